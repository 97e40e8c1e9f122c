// AbortSignals: of a task, of the limiter, shared by thousands.
import { createLimiter, type TaskContext } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { Gates } from '../support/gates.ts';
import { countListeners } from '../support/listeners.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

describe('the signal of a task', () => {
  test('already aborted: rejects with its reason, takes no slot, never runs', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const reason = new Error('before');
    const handle = limiter.submit(gates.task('never'), { signal: AbortSignal.abort(reason) });
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([0, 0]);
    expect(await reasonOf(handle.result)).toBe(reason);
    expect(await reasonOf(handle.started)).toBe(reason);
    expect(handle.state).toBe('done');
    await settle();
    expect(gates.started).toEqual([]);
  });

  test('aborted while queued: out of the queue inside abort()', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const controller = new AbortController();
    void limiter(gates.task('first'));
    const task = limiter.run(gates.task('queued'), { signal: controller.signal });
    expect(limiter.pendingCount).toBe(1);
    controller.abort();
    expect(limiter.pendingCount).toBe(0);
    expect(await reasonOf(task)).toBe(controller.signal.reason);
    gates.open('first');
    await settle();
    expect(gates.started).toEqual(['first']);
  });

  test('aborted between the slot and the start: never runs, and the next one does', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const controller = new AbortController();
    const task = watch(limiter.run(gates.task('admitted'), { signal: controller.signal }));
    const next = watch(limiter(gates.task('next')));
    controller.abort('why');
    gates.open('next');
    await settle();
    expect(gates.started).toEqual(['next']);
    expect(task.reason).toBe('why');
    expect(next.state).toBe('fulfilled');
    expect(limiter.activeCount).toBe(0);
  });

  test('aborted while running: rejects at once, reaches the function, keeps the slot', async () => {
    const limiter = createLimiter(1);
    const controller = new AbortController();
    const gate = deferred();
    let seen: unknown;
    const task = watch(
      limiter.run(
        async ({ signal }: TaskContext) => {
          signal.addEventListener('abort', () => {
            seen = signal.reason;
          });
          await gate.promise;
        },
        { signal: controller.signal },
      ),
    );
    await settle();
    const reason = new Error('enough');
    controller.abort(reason);
    expect(seen).toBe(reason);
    await settle();
    expect(task.reason).toBe(reason);
    expect(limiter.activeCount).toBe(1);
    gate.resolve();
    await settle();
    expect(limiter.activeCount).toBe(0);
  });

  test('a context that is looked at only after the abort knows of it', async () => {
    const limiter = createLimiter(1);
    const controller = new AbortController();
    const gate = deferred();
    let kept: TaskContext | undefined;
    const task = watch(
      limiter.run(
        async (context: TaskContext) => {
          kept = context;
          await gate.promise;
        },
        { signal: controller.signal },
      ),
    );
    await settle();
    controller.abort('late look');
    expect(kept!.signal.aborted).toBe(true);
    expect(kept!.signal.reason).toBe('late look');
    gate.resolve();
    await settle();
    expect(task.state).toBe('rejected');
  });

  test('aborted after the end changes nothing', async () => {
    const limiter = createLimiter(1);
    const controller = new AbortController();
    let context: TaskContext | undefined;
    const value = await limiter.run(
      (given: TaskContext) => {
        context = given;
        return given.signal.aborted;
      },
      { signal: controller.signal },
    );
    controller.abort();
    expect(value).toBe(false);
    expect(context!.signal.aborted).toBe(false);
  });

  test('of acquire', async () => {
    const limiter = createLimiter(1);
    const held = limiter.tryAcquire()!;
    const controller = new AbortController();
    const waiting = limiter.acquire({ signal: controller.signal });
    controller.abort('no permit');
    expect(limiter.pendingCount).toBe(0);
    expect(await reasonOf(waiting)).toBe('no permit');
    expect(await reasonOf(limiter.acquire({ signal: AbortSignal.abort('never') }))).toBe('never');
    held.release();
    expect(limiter.activeCount).toBe(0);
  });

  test('of acquire, aborted after the permit was granted, leaves the permit alone', async () => {
    const limiter = createLimiter(1);
    const controller = new AbortController();
    const permit = await limiter.acquire({ signal: controller.signal });
    controller.abort();
    expect(permit.released).toBe(false);
    expect(limiter.activeCount).toBe(1);
    permit.release();
    expect(limiter.activeCount).toBe(0);
  });

  test('different signals reach different tasks', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    void limiter(gates.task('first'));
    const controllers = [...'abc'].map(() => new AbortController());
    const tasks = controllers.map(({ signal }, index) =>
      watch(limiter.run(gates.task(`t${index}`), { signal })),
    );
    controllers[1]!.abort('one');
    gates.openAll();
    gates.open('t0');
    gates.open('t2');
    await settle();
    expect(tasks.map((task) => task.state)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});

describe('one signal shared by ten thousand tasks', () => {
  const many = 10_000;

  test('needs one listener, and leaves none when all are done', async () => {
    const limiter = createLimiter(8);
    const controller = new AbortController();
    const count = countListeners(controller.signal);
    const tasks = Array.from({ length: many }, (_, index) =>
      limiter.run(() => index, { signal: controller.signal }),
    );
    expect(count.now).toBe(1);
    expect(count.peak).toBe(1);
    expect(await Promise.all(tasks)).toHaveLength(many);
    await settle();
    expect(count.now).toBe(0);
    expect(count.peak).toBe(1);
  });

  test('rejects all of them in the call of abort, and leaves no listener', async () => {
    const limiter = createLimiter(3);
    const gates = new Gates();
    const controller = new AbortController();
    const count = countListeners(controller.signal);
    const tasks = Array.from({ length: many }, (_, index) =>
      limiter.run(gates.task(`t${index}`), { signal: controller.signal }),
    );
    const reasons = Promise.all(tasks.map(reasonOf));
    const bystander = watch(limiter(gates.task('bystander')));
    await settle();
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([3, many - 3 + 1]);
    controller.abort();
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([3, 1]);
    expect(new Set(await reasons)).toEqual(new Set([controller.signal.reason]));
    expect(count.now).toBe(0);
    expect(count.peak).toBe(1);
    gates.openAll();
    gates.open('bystander');
    await settle();
    expect(bystander.state).toBe('fulfilled');
    expect(gates.started).toHaveLength(4);
    expect(limiter.activeCount).toBe(0);
  });

  test('used again after it was free takes its listener again', async () => {
    const limiter = createLimiter(1);
    const controller = new AbortController();
    const count = countListeners(controller.signal);
    for (let round = 0; round < 5; round++) {
      await Promise.all([1, 2, 3].map((value) => limiter.run(() => value, { signal: controller.signal })));
      await settle();
      expect(count.now).toBe(0);
    }
    const gates = new Gates();
    void limiter(gates.task('first'));
    const last = limiter.run(() => 'last', { signal: controller.signal });
    controller.abort('still heard');
    expect(await reasonOf(last)).toBe('still heard');
    gates.open('first');
  });

  test('used by several limiters needs one listener in all', async () => {
    const limiters = [createLimiter(1), createLimiter(1), createLimiter(1)];
    const controller = new AbortController();
    const count = countListeners(controller.signal);
    const tasks = limiters.flatMap((limiter) =>
      Array.from({ length: 10 }, () =>
        limiter.run(() => new Promise<never>(() => {}), { signal: controller.signal }),
      ),
    );
    const reasons = Promise.all(tasks.map(reasonOf));
    expect(count.now).toBe(1);
    controller.abort();
    expect(await reasons).toHaveLength(30);
    await settle();
    expect(count.now).toBe(0);
  });

  test('cleared and cancelled tasks leave no listener either', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    void limiter(gates.task('first'));
    const controller = new AbortController();
    const count = countListeners(controller.signal);
    const cancelled = limiter.submit(() => 1, { signal: controller.signal });
    const cleared = limiter.submit(() => 2, { signal: controller.signal });
    const permit = watch(limiter.acquire({ signal: controller.signal }));
    watch(cancelled.result);
    watch(cleared.result);
    cancelled.cancel();
    expect(count.now).toBe(1);
    limiter.clear();
    await settle();
    expect(permit.state).toBe('rejected');
    expect(count.now).toBe(0);
    gates.open('first');
    await settle();
  });
});

describe('the signal of the limiter', () => {
  test('rejects queued and running tasks with its reason, and closes the limiter to new ones', async () => {
    const controller = new AbortController();
    const limiter = createLimiter({ concurrency: 1, signal: controller.signal });
    const gate = deferred();
    let seen: unknown;
    const running = watch(
      limiter.run(async ({ signal }: TaskContext) => {
        signal.addEventListener('abort', () => {
          seen = signal.reason;
        });
        await gate.promise;
      }),
    );
    const queued = watch(limiter(() => 'queued'));
    const permit = watch(limiter.acquire());
    await settle();
    const reason = new Error('shutting down');
    controller.abort(reason);
    expect(seen).toBe(reason);
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([1, 0]);
    await settle();
    expect([running.reason, queued.reason, permit.reason]).toEqual([reason, reason, reason]);
    expect(await reasonOf(limiter(() => 'new'))).toBe(reason);
    expect(await reasonOf(limiter.run(() => 'new'))).toBe(reason);
    expect(await reasonOf(limiter.acquire())).toBe(reason);
    expect(limiter.tryAcquire()).toBeUndefined();
    gate.resolve();
    await limiter.onIdle();
    expect(limiter.activeCount).toBe(0);
  });

  test('already aborted at the start', async () => {
    const limiter = createLimiter({ concurrency: 1, signal: AbortSignal.abort('never opened') });
    expect(await reasonOf(limiter(() => 1))).toBe('never opened');
    const handle = limiter.submit(() => 1);
    expect(await reasonOf(handle.result)).toBe('never opened');
    expect(handle.state).toBe('done');
    await limiter.onIdle();
    await limiter.close();
  });

  test('a task may have a signal of its own besides', async () => {
    const ofLimiter = new AbortController();
    const ofTask = new AbortController();
    const limiter = createLimiter({ concurrency: 1, signal: ofLimiter.signal });
    const gates = new Gates();
    void limiter(gates.task('first')).catch(() => {});
    const one = watch(limiter.run(gates.task('one'), { signal: ofTask.signal }));
    const two = watch(limiter.run(gates.task('two'), { signal: ofTask.signal }));
    const three = watch(limiter.run(gates.task('three')));
    ofTask.abort('task');
    ofLimiter.abort('limiter');
    gates.openAll();
    await settle();
    expect([one.reason, two.reason, three.reason]).toEqual(['task', 'task', 'limiter']);
  });

  test('has one listener, and none after close', async () => {
    const controller = new AbortController();
    const count = countListeners(controller.signal);
    const limiter = createLimiter({ concurrency: 2, signal: controller.signal });
    await Promise.all(Array.from({ length: 100 }, (_, index) => limiter(() => index)));
    expect(count.peak).toBeLessThanOrEqual(1);
    await limiter.close();
    await settle();
    expect(count.now).toBe(0);
  });

  test('the same signal given to the limiter and to its tasks rejects each once', async () => {
    const controller = new AbortController();
    const limiter = createLimiter({ concurrency: 1, signal: controller.signal });
    const gates = new Gates();
    const tasks = ['a', 'b', 'c'].map((name) =>
      watch(limiter.run(gates.task(name), { signal: controller.signal })),
    );
    await settle();
    controller.abort('both');
    gates.openAll();
    await settle();
    expect(tasks.map((task) => task.reason)).toEqual(['both', 'both', 'both']);
    expect(limiter.activeCount).toBe(0);
  });
});

// Random tasks of a limiter that retries them, round by round: everybody who failed sleeps, then comes back at a moment at
// which all slots are taken and others wait already.
import {
  ClearedError,
  createLimiter,
  type Limiter,
  type Permit,
  RetryError,
  type TaskContext,
} from 'fanfold';
import fc from 'fast-check';
import { expect } from 'vitest';
import { elapse } from './fake-time.ts';
import { countListeners, type ListenerCount } from './listeners.ts';
import { microtasks, settle } from './turns.ts';
import { type Watched, watch } from './watch.ts';

const BACKOFF = 10;

const anyTask = fc.record({
  via: fc.constantFrom('call', 'run', 'submit'),
  /** How its attempts end, the last one for all that follow. */
  attempts: fc.array(
    fc.record({ does: fc.constantFrom('fulfils', 'rejects', 'rejects', 'throws'), rounds: fc.nat(5) }),
    { minLength: 1, maxLength: 4 },
  ),
  /** Rounds between its submission and the next. */
  gap: fc.nat(3),
  /** In which round it is given up on, at what moment, and by whom. */
  endedIn: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.nat(2)),
  endedWhile: fc.constantFrom('asleep', 'queued'),
  endedBy: fc.constantFrom('handle', 'signal'),
});

export const anyRetried = fc.record({
  concurrency: fc.integer({ min: 1, max: 3 }),
  retries: fc.nat(3),
  tasks: fc.array(anyTask, { minLength: 1, maxLength: 8 }),
  /** How many others wait when those who slept come back, in each round. */
  late: fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }),
  /** Whether the queue is cleared then. */
  clears: fc.array(
    fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    { minLength: 4, maxLength: 4 },
  ),
});

export type RetriedPlan = typeof anyRetried extends fc.Arbitrary<infer Plan> ? Plan : never;

interface Submitted {
  readonly result: Watched<unknown>;
  readonly end: (reason: unknown) => void;
  calls: number;
  /** What it is to come to, once that is known. */
  expected:
    | { readonly value: unknown }
    | { readonly attempts: number }
    | { readonly reason: unknown }
    | undefined;
  cleared: boolean;
}

export class RetriedWork {
  readonly plan: RetriedPlan;
  readonly limiter: Limiter;
  readonly tasks: Submitted[] = [];
  readonly listeners: ListenerCount[] = [];
  /** Called in every attempt, for what a test wants to see there. */
  onAttempt: (task: number) => void = () => {};
  /** Called around every submission. */
  submitting: <T>(task: number, submit: () => T) => T = (_task, submit) => submit();
  #running = 0;
  #calls = 0;
  /** Who began since the last look, in that order. */
  #starts: string[] = [];
  /** Who failed and has another attempt, in that order: who sleeps. */
  #sleepers: number[] = [];

  constructor(plan: RetriedPlan) {
    this.plan = plan;
    const { concurrency, retries } = plan;
    this.limiter = createLimiter({ concurrency, retry: { retries, backoff: BACKOFF, jitter: 'none' } });
  }

  async play(): Promise<void> {
    const { plan, limiter } = this;
    for (const [index, { gap }] of plan.tasks.entries()) {
      this.#submit(index);
      await microtasks(gap);
    }
    await settle();
    expect(this.#starts, 'first attempts begin in their order').toEqual(
      plan.tasks.map((_, index) => `${index}`),
    );
    for (let round = 0; round < plan.retries; round++) await this.#round(round);
    await settle();
    expect(this.#sleepers).toEqual([]);
    expect([limiter.activeCount, limiter.pendingCount], 'no slot is lost').toEqual([0, 0]);
    expect(limiter.stats().started, 'every attempt is counted').toBe(this.#calls);
    for (const { now, peak } of this.listeners) {
      expect(now, 'no listener is left').toBe(0);
      // One of the limiter's for the attempt, and one for the whole.
      expect(peak).toBeLessThanOrEqual(2);
    }
    for (const task of this.tasks) this.#checkOutcome(task);
  }

  async #round(round: number): Promise<void> {
    const { plan, limiter } = this;
    expect([limiter.activeCount, limiter.pendingCount], 'who sleeps has no slot and no place').toEqual([
      0, 0,
    ]);
    this.#endTasks(round, 'asleep');
    expect(await limiter(() => 'meanwhile')).toBe('meanwhile');
    this.#calls++;
    const permits: Permit[] = [];
    for (let slot = 0; slot < plan.concurrency; slot++) permits.push(limiter.tryAcquire()!);
    this.#calls += permits.length;
    const names = Array.from({ length: plan.late[round]! }, (_, index) => `late ${index}`);
    const late = names.map((name) => watch(limiter.run(() => this.#call(name), { retry: false })));
    this.#starts = [];
    await elapse(BACKOFF);
    expect(this.#starts, 'an attempt waits for a slot').toEqual([]);
    expect(limiter.pendingCount, 'in the queue').toBe(names.length + this.#sleepers.length);
    this.#endTasks(round, 'queued');
    const awake = this.#sleepers.splice(0);
    expect(limiter.pendingCount, 'until it is given up on').toBe(names.length + awake.length);
    if (plan.clears[round]!) {
      limiter.clear();
      for (const index of awake) this.tasks[index]!.cleared = true;
    }
    for (const permit of permits) permit.release();
    await settle();
    const went = plan.clears[round]! ? [] : [...names, ...awake.map((index) => `${index}`)];
    expect(this.#starts, 'attempts come behind those who waited').toEqual(went);
    for (const { state } of late) expect(state).toBe(plan.clears[round]! ? 'rejected' : 'fulfilled');
  }

  #submit(index: number): void {
    const { limiter } = this;
    const { via } = this.plan.tasks[index]!;
    const controller = new AbortController();
    this.listeners.push(countListeners(controller.signal));
    let end = (reason: unknown): void => controller.abort(reason);
    const { signal } = controller;
    const run = ({ attempt }: TaskContext) => {
      expect(attempt, 'it is told which attempt it is').toBe(this.tasks[index]!.calls + 1);
      return this.#attempt(index);
    };
    const result = this.submitting(index, () => {
      if (via === 'call') return limiter((name: number) => this.#attempt(name), index);
      if (via === 'run') return limiter.run(run, { signal });
      const handle = limiter.submit(run, { signal });
      if (this.plan.tasks[index]!.endedBy === 'handle') end = (reason) => void handle.cancel(reason);
      return handle.result;
    });
    this.tasks.push({ result: watch(result), end, calls: 0, expected: undefined, cleared: false });
  }

  /** Gives up on those whose time it is, unless they have ended or nobody can. */
  #endTasks(round: number, moment: string): void {
    for (const [index, { via, endedIn, endedWhile }] of this.plan.tasks.entries()) {
      if (endedIn !== round || endedWhile !== moment || via === 'call') continue;
      if (this.#sleepers.includes(index)) this.#endTask(index);
    }
  }

  #endTask(index: number): void {
    const task = this.tasks[index]!;
    const reason = new Error(`end of ${index}`);
    task.end(reason);
    task.expected = { reason };
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== index);
  }

  async #call(name: string): Promise<void> {
    this.#enter(name);
    await microtasks(1);
    this.#running--;
  }

  #attempt(index: number): unknown {
    const { retries, tasks } = this.plan;
    const task = this.tasks[index]!;
    const { attempts } = tasks[index]!;
    const { does, rounds } = attempts[Math.min(task.calls, attempts.length - 1)]!;
    task.calls++;
    const { calls } = task;
    this.#enter(`${index}`);
    this.onAttempt(index);
    const fail = (): Error => {
      if (calls > retries) task.expected = { attempts: calls };
      else this.#sleepers.push(index);
      return new Error(`attempt ${calls} of ${index}`);
    };
    if (does === 'throws') {
      this.#running--;
      throw fail();
    }
    return (async () => {
      await microtasks(rounds);
      this.onAttempt(index);
      this.#running--;
      if (does === 'rejects') throw fail();
      task.expected = { value: calls };
      return calls;
    })();
  }

  #enter(name: string): void {
    const { limiter, plan } = this;
    this.#starts.push(name);
    this.#calls++;
    this.#running++;
    expect(this.#running, 'no more than may').toBeLessThanOrEqual(plan.concurrency);
    expect(limiter.activeCount).toBeLessThanOrEqual(plan.concurrency);
    expect(limiter.activeCount, 'whoever runs has a slot').toBeGreaterThanOrEqual(this.#running);
  }

  #checkOutcome({ result, expected, cleared, calls }: Submitted): void {
    if (cleared) {
      expect(result.reason, 'what was cleared is not tried again').toBeInstanceOf(ClearedError);
      return;
    }
    if (expected === undefined) throw new Error('it has not ended');
    if ('value' in expected) {
      expect(result).toMatchObject({ state: 'fulfilled', value: calls });
    } else if ('reason' in expected) {
      expect([result.state, result.reason]).toEqual(['rejected', expected.reason]);
    } else {
      expect(result.reason).toBeInstanceOf(RetryError);
      expect((result.reason as RetryError).attempts).toHaveLength(expected.attempts);
    }
  }
}

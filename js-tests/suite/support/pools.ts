// Random pools: tasks that do anything a task can do, readers that stop, leave and come late, played with jitter by
// microtasks alone.
import {
  createLimiter,
  type Envelope,
  type Limiter,
  type PoolItem,
  type PoolOptions,
  type PoolTask,
  TaskPool,
} from 'fanfold';
import fc from 'fast-check';
import { expect } from 'vitest';
import { countListeners } from './listeners.ts';
import { counted, countedAsync, type Pulls } from './sources.ts';
import { microtasks, settle } from './turns.ts';
import { watchUnhandled } from './unhandled.ts';

/** What a task does on its way. */
const anyStep = fc.record({
  does: fc.constantFrom('waits', 'yields', 'reports', 'suspends', 'fails to suspend', 'receives', 'adds'),
  rounds: fc.nat(4),
});

const anyTask = fc.record({
  kind: fc.constantFrom('function', 'generator', 'sync generator', 'value'),
  steps: fc.array(anyStep, { maxLength: 4 }),
  ends: fc.oneof(
    { weight: 5, arbitrary: fc.constant('returns' as const) },
    { weight: 1, arbitrary: fc.constant('throws' as const) },
  ),
  weight: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, fc.constant(2)),
  priority: fc.integer({ min: -2, max: 2 }),
  /** Rounds after which its own signal is aborted. */
  abortAfter: fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, fc.nat(60)),
});

export const anyPool = fc.record({
  tasks: fc.array(anyTask, { maxLength: 10 }),
  source: fc.constantFrom('array', 'iterable', 'async'),
  delays: fc.array(fc.nat(4), { minLength: 1, maxLength: 4 }),
  sourceFailsAt: fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, fc.nat(10)),
  concurrency: fc.integer({ min: 1, max: 4 }),
  /** What its limiter is besides. */
  limiter: fc.constantFrom('plain', 'by priority', 'below another'),
  capacity: fc.constantFrom(0, 1, 2, 5, Number.POSITIVE_INFINITY),
  progress: fc.constantFrom('all', 'latest'),
  onFailure: fc.oneof(
    { weight: 4, arbitrary: fc.constant('continue' as const) },
    fc.constant('stop' as const),
  ),
  retries: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.nat(2)),
  /** Rounds that the reader takes for each envelope, one after the other. */
  reads: fc.array(fc.oneof({ weight: 4, arbitrary: fc.nat(3) }, fc.nat(40)), { minLength: 1, maxLength: 5 }),
  ends: fc.oneof(
    { weight: 4, arbitrary: fc.constant({ by: 'nothing' as const }) },
    { weight: 1, arbitrary: fc.record({ by: fc.constant('leaving' as const), after: fc.nat(12) }) },
    { weight: 1, arbitrary: fc.record({ by: fc.constant('signal' as const), after: fc.nat(60) }) },
    { weight: 1, arbitrary: fc.record({ by: fc.constant('close' as const), after: fc.nat(60) }) },
  ),
});

type AnyPool = typeof anyPool extends fc.Arbitrary<infer T> ? T : never;
type AnyTask = AnyPool['tasks'][number];

/** What is known of a task. */
interface Known {
  readonly emitted: unknown[];
  readonly seen: Envelope[];
  starts: number;
}

function limiterOf({ concurrency, limiter }: AnyPool): Limiter {
  if (limiter === 'plain') return createLimiter(concurrency);
  if (limiter === 'by priority') return createLimiter({ concurrency, order: 'priority' });
  return createLimiter({ concurrency: concurrency + 1, parent: createLimiter(concurrency) });
}

/** Plays a pool to its end, and checks at every step what has to hold. */
export class PoolPlay {
  readonly #plan: AnyPool;
  readonly #limiter: Limiter;
  readonly #controller = new AbortController();
  readonly #listeners = countListeners(this.#controller.signal);
  readonly #pool: TaskPool;
  readonly #pulls: Pulls | undefined;
  readonly #known = new Map<number, Known>();
  /** Signals of tasks, and after how many rounds they are aborted. */
  readonly #aborts = new Map<AbortController, number>();
  readonly #boom = new Error('the source failed');
  /** Slots that functions have, by their own account. */
  #slots = 0;
  #finalsRead = 0;
  #added = 0;
  #isAsked = false;
  #ended = false;

  constructor(plan: AnyPool) {
    this.#plan = plan;
    this.#limiter = limiterOf(plan);
    const tasks = plan.tasks.map((task) => this.#item(task));
    const { source, pulls } = this.#source(tasks);
    this.#pulls = pulls;
    const options: PoolOptions = {
      results: { capacity: plan.capacity },
      progress: plan.progress,
      onFailure: plan.onFailure,
      retry: plan.retries === undefined ? undefined : { retries: plan.retries, backoff: 0 },
      signal: this.#controller.signal,
    };
    this.#pool = new TaskPool('random', source, this.#limiter, options);
  }

  async play(): Promise<void> {
    const unhandled = watchUnhandled();
    const { ends, reads } = this.#plan;
    const outside = this.#meanwhile();
    let thrown: unknown;
    let left = false;
    try {
      let nth = 0;
      for await (const envelope of this.#pool.runTasks()) {
        this.#read(envelope);
        if (ends.by === 'leaving' && nth >= ends.after) {
          left = true;
          break;
        }
        await microtasks(reads[nth++ % reads.length] as number);
        this.#checkBounds();
      }
    } catch (error) {
      thrown = error;
    }
    this.#ended = true;
    await outside;
    // Retries sleep on a real timer of no length, and whoever was given up on comes to its end.
    for (let round = 0; round < 200 && this.#limiter.activeCount + this.#limiter.pendingCount > 0; round++)
      await settle();
    await settle();
    this.#checkEnd(thrown, left);
    expect(await unhandled.stop()).toEqual([]);
  }

  // ---------------------------------------------------------------- tasks

  #item(task: AnyTask): PoolItem<unknown, unknown> {
    const { weight, priority, abortAfter } = task;
    const { concurrency, limiter } = this.#plan;
    const run = this.#function(task);
    const isPlain = weight === 1 || weight > concurrency;
    if (isPlain && abortAfter === undefined && limiter !== 'by priority') return run;
    const controller = new AbortController();
    if (abortAfter !== undefined) this.#aborts.set(controller, abortAfter);
    return {
      run,
      weight: isPlain ? 1 : weight,
      priority: limiter === 'by priority' ? priority : undefined,
      signal: abortAfter === undefined ? undefined : controller.signal,
    };
  }

  #function(task: AnyTask): (told: PoolTask) => never {
    const weight = task.weight > this.#plan.concurrency ? 1 : task.weight;
    const begin = (told: PoolTask): Known => {
      const known = this.#know(told.index);
      known.starts++;
      this.#take(weight);
      return known;
    };
    const end = (): unknown => {
      this.#slots -= weight;
      if (task.ends === 'throws') throw new Error('a task failed');
      return 'the result';
    };
    const walk = this.#walk.bind(this);
    const kinds: Record<AnyTask['kind'], (told: PoolTask) => unknown> = {
      value: (told) => {
        begin(told);
        return end();
      },
      function: async (told) => {
        const known = begin(told);
        for (const step of task.steps) await walk(step, told, known, weight);
        return end();
      },
      generator: async function* (told) {
        const known = begin(told);
        let isWhole = false;
        try {
          for (const step of task.steps) {
            const given = await walk(step, told, known, weight);
            if (given === undefined) continue;
            if (!told.signal.aborted) known.emitted.push(given);
            yield given;
          }
          isWhole = true;
          return end();
        } finally {
          // It was closed at a yield.
          if (!isWhole) end0();
        }
      },
      'sync generator': function* (told) {
        const known = begin(told);
        let isWhole = false;
        try {
          for (const { does, rounds } of task.steps) {
            if (does !== 'yields') continue;
            const given = { of: told.index, rounds, nth: known.emitted.length };
            known.emitted.push(given);
            yield rounds % 2 === 0 ? given : microtasks(rounds).then(() => given);
          }
          isWhole = true;
          return end();
        } finally {
          if (!isWhole) end0();
        }
      },
    };
    const end0 = (): void => {
      this.#slots -= weight;
    };
    return kinds[task.kind] as (told: PoolTask) => never;
  }

  /** Gives what is to be yielded, if anything. */
  async #walk(
    { does, rounds }: AnyTask['steps'][number],
    told: PoolTask,
    known: Known,
    weight: number,
  ): Promise<unknown> {
    const suspended = async (wait: () => Promise<unknown>): Promise<void> => {
      this.#slots -= weight;
      try {
        await wait();
      } catch {
        // It goes on whatever came of it.
      }
      this.#take(weight, told.signal.aborted);
    };
    switch (does) {
      case 'yields':
        await microtasks(rounds);
        return { of: told.index, rounds, nth: known.emitted.length };
      case 'reports': {
        const value = { of: told.index, rounds, nth: known.emitted.length, fraction: 0.5 };
        if (!told.signal.aborted) known.emitted.push(value);
        const taken = told.progress(value);
        if (rounds % 2 === 0) await taken;
        return undefined;
      }
      case 'suspends':
        await suspended(() => told.suspend(microtasks(rounds)));
        return undefined;
      case 'fails to suspend':
        await suspended(() => told.suspend(microtasks(rounds).then(() => Promise.reject(new Error('no')))));
        return undefined;
      case 'receives':
        await microtasks(rounds);
        // A message that is there is given in the slot that it has.
        this.#slots -= weight;
        await told.receive().catch(() => {});
        this.#take(weight, told.signal.aborted);
        return undefined;
      case 'adds':
        if (this.#added < 5 && !told.signal.aborted) {
          this.#added++;
          try {
            told.add(async (inner) => {
              this.#know(inner.index).starts++;
              this.#take(1);
              await microtasks(rounds);
              this.#slots--;
              return 'the result';
            });
          } catch {
            // The pool has ended meanwhile.
          }
        }
        return undefined;
      default:
        await microtasks(rounds);
        return undefined;
    }
  }

  #take(weight: number, mayBeShut = false): void {
    this.#slots += weight;
    // What goes on since its limiter was shut around it has no slot.
    if (!mayBeShut || !this.#limiter.isClosed)
      expect(this.#slots).toBeLessThanOrEqual(this.#plan.concurrency);
  }

  // ---------------------------------------------------------------- outside

  #source(tasks: PoolItem<unknown, unknown>[]) {
    const { source, sourceFailsAt, delays } = this.#plan;
    if (source === 'array') return { source: tasks, pulls: undefined };
    const habits = {
      ...(sourceFailsAt === undefined ? {} : { failsAt: sourceFailsAt, error: this.#boom }),
      delay: (asked: number) => delays[asked % delays.length] as number,
    };
    const item = (index: number): PoolItem<unknown, unknown> => tasks[index] as PoolItem<unknown, unknown>;
    if (source === 'iterable') {
      const pulls = counted(tasks.length, item, habits);
      return { source: pulls.source, pulls };
    }
    const pulls = countedAsync(tasks.length, item, habits);
    const inner = pulls.source[Symbol.asyncIterator]();
    const next = async (): Promise<IteratorResult<PoolItem<unknown, unknown>>> => {
      expect(this.#isAsked).toBe(false);
      this.#isAsked = true;
      try {
        return await inner.next();
      } finally {
        this.#isAsked = false;
      }
    };
    const iterator = { next, return: () => (inner.return as () => Promise<IteratorResult<never>>)() };
    return { source: { [Symbol.asyncIterator]: () => iterator }, pulls };
  }

  /** Sends messages to all who may wait for one, and ends it when that is due. */
  async #meanwhile(): Promise<void> {
    const { ends } = this.#plan;
    for (let round = 0; !this.#ended; round++) {
      if (ends.by === 'signal' && round === ends.after) this.#controller.abort(new Error('aborted'));
      if (ends.by === 'close' && round === ends.after) void this.#limiter.close({ grace: 0 });
      for (const [controller, after] of this.#aborts)
        if (after === round) controller.abort(new Error('not this one'));
      const { suspended } = this.#pool.stats();
      const one = suspended[round % (suspended.length || 1)];
      if (one !== undefined) this.#pool.send(one.taskId, round);
      // Time for sleepers too.
      if (round % 50 === 49) await settle();
      else await null;
    }
  }

  #know(index: number): Known {
    const known = this.#known.get(index) ?? { emitted: [], seen: [], starts: 0 };
    this.#known.set(index, known);
    return known;
  }

  #read(envelope: Envelope): void {
    const { seen } = this.#know(envelope.index);
    expect(seen.at(-1)?.type ?? 'INTERMEDIATE').toBe('INTERMEDIATE');
    seen.push({ ...envelope });
    if (envelope.type !== 'INTERMEDIATE') this.#finalsRead++;
  }

  /** While the reader stands still, no more is started than there is room for, and slots. */
  #checkBounds(): void {
    const { capacity, concurrency } = this.#plan;
    const begun = [...this.#known.values()].filter(({ starts }) => starts > 0).length;
    const { suspended } = this.#pool.stats();
    // Of those that were begun some have not ended, some wait to be read, and one was taken before that.
    expect(begun).toBeLessThanOrEqual(
      this.#finalsRead + capacity + 2 * concurrency + suspended.length + this.#aborts.size + 1,
    );
  }

  #checkEnd(thrown: unknown, left: boolean): void {
    const { ends, onFailure, progress, tasks, source, sourceFailsAt, retries } = this.#plan;
    const sourceFailed = source !== 'array' && sourceFailsAt !== undefined && sourceFailsAt <= tasks.length;
    for (const { emitted, seen } of this.#known.values()) {
      const values = seen
        .filter(({ type }) => type === 'INTERMEDIATE')
        .map((one) => (one as { value: unknown }).value);
      let at = -1;
      for (const value of values) {
        const next = emitted.indexOf(value, at + 1);
        expect(next).toBeGreaterThan(at);
        at = next;
      }
      const isWhole = seen.at(-1)?.type === 'FINAL';
      if (!isWhole) continue;
      if (progress === 'all') expect(values.length).toBe(emitted.length);
      else if (emitted.length > 0) expect(values.at(-1)).toBe(emitted.at(-1));
    }
    const all = [...this.#known.values()];
    if (!left && ends.by === 'nothing' && onFailure === 'continue') {
      if (sourceFailed) expect(thrown).toBe(this.#boom);
      else expect(thrown).toBeUndefined();
      const count = (sourceFailed ? sourceFailsAt : tasks.length) + this.#added;
      for (let index = 0; index < count; index++) expect(this.#known.has(index)).toBe(true);
      expect(all.length).toBe(count);
      for (const { seen, starts } of all) {
        expect(seen.at(-1)?.type).not.toBe('INTERMEDIATE');
        const last = seen.at(-1) as Envelope;
        const isAborted = last.type === 'ERROR' && (last.error as Error).message === 'not this one';
        // One that was aborted may have been waiting for its start, or for its next one.
        expect(starts).toBeLessThanOrEqual(last.attempt);
        expect(starts).toBeGreaterThanOrEqual(isAborted ? last.attempt - 1 : last.attempt);
        if (retries === undefined) expect(last.attempt).toBe(1);
      }
      expect(this.#pool.progress).toMatchObject({ running: 0, waiting: 0, suspended: 0, total: count });
      if (!sourceFailed || count > 0) expect(this.#pool.progress.fraction).toBe(1);
    }
    const pulls = this.#pulls;
    if (pulls !== undefined) {
      expect(pulls.closed).toBeLessThanOrEqual(1);
      // One that is asked when it is closed may answer that it has ended.
      if (!pulls.ended) expect(pulls.closed).toBe(1);
    }
    expect(this.#slots).toBe(0);
    expect(this.#limiter.activeCount).toBe(0);
    expect(this.#limiter.pendingCount).toBe(0);
    expect(this.#listeners.now).toBe(0);
  }
}

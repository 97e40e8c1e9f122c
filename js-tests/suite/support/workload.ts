// Random use of one limiter, as data: a script of steps, an interpreter that plays it and checks after every step
// what must always hold, and a record of everything that a user could see.
import {
  createLimiter,
  type Limiter,
  type LimiterOptions,
  type Permit,
  type TaskContext,
  type TaskHandle,
} from 'fanfold';
import fc from 'fast-check';
import { expect } from 'vitest';
import { type Deferred, deferred } from './deferred.ts';
import { block, elapse } from './fake-time.ts';
import { countListeners, type ListenerCount } from './listeners.ts';
import { microtasks, settle } from './turns.ts';
import { type Watched, watch } from './watch.ts';

export type Body = 'gated' | 'value' | 'throws' | 'rounds';

/** What the abort listener of a task does with the limiter it runs in. */
export type Meddling = 'asks' | 'takes' | 'submits';

export type Step =
  | {
      readonly do: 'submit';
      readonly body: Body;
      readonly meddles: Meddling | undefined;
      readonly rounds: number;
      readonly signal: number | undefined;
      readonly queueTimeout: number | undefined;
      readonly runTimeout: number | undefined;
    }
  | { readonly do: 'acquire'; readonly signal: number | undefined }
  | { readonly do: 'open' | 'release' | 'cancel' | 'abort'; readonly which: number }
  | { readonly do: 'concurrency'; readonly to: number }
  | { readonly do: 'jitter'; readonly rounds: number }
  | { readonly do: 'elapse' | 'block' | 'pauseFor'; readonly ms: number }
  | { readonly do: 'wait'; readonly below: number }
  | { readonly do: 'tryAcquire' | 'pause' | 'resume' | 'clear' | 'settle' };

export interface Script {
  readonly options: LimiterOptions;
  readonly steps: readonly Step[];
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const constant = <const T>(value: T) => fc.constant(value);
const SIGNALS = 3;

export const anyOptions: fc.Arbitrary<LimiterOptions> = fc.record(
  {
    concurrency: fc.constantFrom(1, 1, 2, 3, 5, Number.POSITIVE_INFINITY),
    maxQueue: fc.constantFrom(0, 1, 2, 5, Number.POSITIVE_INFINITY),
    overflow: fc.constantFrom('reject' as const, 'drop-oldest' as const, 'drop-newest' as const),
    order: fc.constantFrom('fifo' as const, 'lifo' as const),
    queueTimeout: fc.constantFrom(20, 100),
    runTimeout: fc.constantFrom(20, 100),
  },
  { requiredKeys: ['concurrency'] },
);

const signal = maybe(fc.nat(SIGNALS - 1));

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: constant('submit'),
      body: fc.constantFrom<Body>('gated', 'gated', 'value', 'throws', 'rounds'),
      rounds: fc.nat(7),
      meddles: maybe(fc.constantFrom<Meddling>('asks', 'takes', 'submits')),
      signal,
      queueTimeout: maybe(fc.constantFrom(5, 30)),
      runTimeout: maybe(fc.constantFrom(5, 30)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: constant('acquire'), signal }) },
  { weight: 6, arbitrary: fc.record({ do: constant('open'), which: fc.nat(100) }) },
  { weight: 3, arbitrary: fc.record({ do: constant('release'), which: fc.nat(100) }) },
  { weight: 3, arbitrary: fc.record({ do: constant('cancel'), which: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ do: constant('abort'), which: fc.nat(SIGNALS - 1) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: constant('concurrency'),
      to: fc.constantFrom(1, 2, 3, 6, Number.POSITIVE_INFINITY),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: constant('jitter'), rounds: fc.nat(9) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: constant('elapse'), ms: fc.constantFrom(0, 1, 4, 5, 19, 20, 50, 200) }),
  },
  { weight: 1, arbitrary: fc.record({ do: constant('block'), ms: fc.constantFrom(1, 5, 30, 200) }) },
  { weight: 1, arbitrary: fc.record({ do: constant('pauseFor'), ms: fc.constantFrom(0.5, 10, 40) }) },
  { weight: 1, arbitrary: fc.record({ do: constant('wait'), below: fc.nat(4) }) },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constantFrom('tryAcquire', 'pause', 'resume', 'resume', 'clear', 'settle', 'settle', 'settle'),
    }),
  },
);

export const anyScript: fc.Arbitrary<Script> = fc.record({
  options: anyOptions,
  steps: fc.array(anyStep, { minLength: 1, maxLength: 60 }),
});

export interface Submitted {
  readonly name: string;
  readonly handle: TaskHandle<unknown>;
  readonly result: Watched<unknown>;
  readonly started: Watched<void>;
  ran: boolean;
}

/** Plays scripts. Every field is there for tests to look at. */
export class Workload {
  readonly trace: string[] = [];
  readonly limiter: Limiter;
  readonly tasks: Submitted[] = [];
  readonly waiters: Watched<unknown>[] = [];
  readonly permits: Permit[] = [];
  readonly listeners: ListenerCount[] = [];
  /** The functions that were called, in that order, by the number of their submission. */
  readonly starts: number[] = [];
  /** Functions called and not settled yet. */
  running = 0;
  /** Submissions of all kinds that got past the border. */
  accepted = 0;
  readonly #controllers: AbortController[] = [];
  readonly #gates: Deferred<void>[] = [];
  #lastActive = 0;

  constructor(options: LimiterOptions) {
    this.limiter = createLimiter(options);
    for (let index = 0; index < SIGNALS; index++) this.#renewSignal(index);
  }

  /** Holds at every moment at which user code can look. */
  check(): void {
    const { limiter } = this;
    const active = limiter.activeCount;
    const held = this.permits.length;
    expect(this.running + held, 'every function that runs and every permit has a slot').toBeLessThanOrEqual(
      active,
    );
    // Lowering the limit takes no slot away, but no slot is given beyond the limit.
    expect(active, 'no slot beyond the limit').toBeLessThanOrEqual(
      Math.max(limiter.concurrency, this.#lastActive),
    );
    this.#lastActive = active;
  }

  /** Holds when nothing more is going to happen by itself. */
  checkAtRest(): void {
    const { limiter } = this;
    this.check();
    expect(limiter.activeCount, 'no slot is lost').toBe(this.running + this.permits.length);
    if (!limiter.isPaused && limiter.activeCount < limiter.concurrency) {
      expect(limiter.pendingCount, 'nobody waits while there is a free slot').toBe(0);
    }
    const states = this.tasks.map((task) => task.handle.state);
    const waiting = states.filter((state) => state === 'queued').length;
    expect(limiter.pendingCount, 'the queue is what waits').toBeGreaterThanOrEqual(waiting);
  }

  async play(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      await this.#step(step);
      this.check();
    }
    await settle();
    this.checkAtRest();
  }

  /** Lets everything come to its end, and closes. */
  async finish(): Promise<void> {
    const { limiter } = this;
    // What a busy step left behind goes off here, and not in the next script.
    await elapse(0);
    limiter.resume();
    const closing = watch(limiter.close({ grace: 1_000_000 }));
    while (closing.state === 'pending') {
      for (const gate of this.#gates) gate.resolve();
      for (const permit of this.permits.splice(0)) permit.release();
      await settle();
    }
    this.trace.push(
      `closed ${JSON.stringify(closing.value, (key, value) => (key === 'elapsed' ? 0 : value))}`,
    );
    await settle();
    expect(closing.state).toBe('fulfilled');
  }

  #renewSignal(index: number): void {
    const controller = new AbortController();
    this.#controllers[index] = controller;
    this.listeners.push(countListeners(controller.signal));
  }

  #log(event: string): void {
    this.trace.push(`${event} | ${this.limiter.activeCount} ${this.limiter.pendingCount}`);
    this.check();
  }

  #follow(name: string, promise: PromiseLike<unknown>): void {
    promise.then(
      () => this.#log(`${name} fulfilled`),
      (reason: unknown) =>
        this.#log(`${name} rejected ${reason instanceof Object && 'name' in reason ? reason.name : reason}`),
    );
  }

  #submit(step: Step & { do: 'submit' }): void {
    const index = this.tasks.length;
    const name = `t${index}`;
    const gate = deferred();
    this.#gates[index] = gate;
    const enter = () => {
      this.starts.push(index);
      task.ran = true;
      this.running += 1;
      this.#log(`${name} starts`);
    };
    const leave = () => {
      this.running -= 1;
      this.#log(`${name} ends`);
    };
    const body = ({ signal }: TaskContext): unknown => {
      enter();
      const { meddles } = step;
      if (meddles !== undefined) signal.addEventListener('abort', () => this.#meddle(name, meddles));
      if (step.body === 'throws') {
        leave();
        throw new Error(name);
      }
      if (step.body === 'value') {
        leave();
        return name;
      }
      const wait = step.body === 'gated' ? gate.promise : microtasks(step.rounds);
      return wait.then(() => {
        leave();
        return name;
      });
    };
    const options = {
      ...(step.signal === undefined ? {} : { signal: this.#controllers[step.signal]!.signal }),
      ...(step.queueTimeout === undefined ? {} : { queueTimeout: step.queueTimeout }),
      ...(step.runTimeout === undefined ? {} : { runTimeout: step.runTimeout }),
    };
    const handle = this.limiter.submit(body, options);
    const task: Submitted = {
      name,
      handle,
      result: watch(handle.result),
      started: watch(handle.started),
      ran: false,
    };
    this.tasks.push(task);
    this.accepted += 1;
    this.#follow(name, handle.result);
    this.#log(`${name} submitted`);
  }

  /** In the middle of whatever found out that the task is to be given up. */
  #meddle(name: string, how: Meddling): void {
    this.#log(`${name} aborted`);
    if (how === 'takes') this.#tryAcquire();
    if (how === 'submits') {
      const plain = { meddles: undefined, signal: undefined, queueTimeout: undefined, runTimeout: undefined };
      this.#submit({ do: 'submit', body: 'value', rounds: 0, ...plain });
    }
  }

  #tryAcquire(): void {
    const permit = this.limiter.tryAcquire();
    if (permit !== undefined) {
      this.accepted += 1;
      this.permits.push(permit);
    }
    this.#log(`tryAcquire ${permit !== undefined}`);
  }

  #acquire(step: Step & { do: 'acquire' }): void {
    const name = `permit ${this.waiters.length}`;
    const promise = this.limiter.acquire(
      step.signal === undefined ? {} : { signal: this.#controllers[step.signal]!.signal },
    );
    this.accepted += 1;
    this.waiters.push(
      watch(
        promise.then((permit) => {
          this.permits.push(permit);
          this.#log(`${name} granted`);
        }),
      ),
    );
  }

  async #step(step: Step): Promise<void> {
    const { limiter } = this;
    switch (step.do) {
      case 'submit':
        return this.#submit(step);
      case 'acquire':
        return this.#acquire(step);
      case 'tryAcquire':
        return this.#tryAcquire();
      case 'open':
        this.#gates[step.which % Math.max(1, this.#gates.length)]?.resolve();
        return;
      case 'release': {
        const [permit] = this.permits.splice(step.which % Math.max(1, this.permits.length), 1);
        permit?.release();
        permit?.release();
        return;
      }
      case 'cancel': {
        const task = this.tasks[step.which % Math.max(1, this.tasks.length)];
        if (task !== undefined)
          this.#log(`cancel ${task.name} ${task.handle.cancel(new RangeError(task.name))}`);
        return;
      }
      case 'abort':
        this.#controllers[step.which]!.abort();
        this.#log(`abort ${step.which}`);
        return this.#renewSignal(step.which);
      case 'concurrency':
        limiter.concurrency = step.to;
        return this.#log(`concurrency ${step.to}`);
      case 'pause':
        limiter.pause();
        return this.#log('pause');
      case 'pauseFor':
        limiter.pause(step.ms);
        return this.#log(`pause ${step.ms}`);
      case 'resume':
        limiter.resume();
        return this.#log('resume');
      case 'clear':
        return this.#log(`clear ${limiter.clear()}`);
      case 'wait':
        this.waiters.push(
          watch(
            step.below === 0
              ? limiter.onIdle()
              : step.below === 1
                ? limiter.onEmpty()
                : limiter.onRoom(step.below),
          ),
        );
        return;
      case 'jitter':
        return microtasks(step.rounds);
      case 'elapse':
        return elapse(step.ms);
      case 'block':
        block(step.ms);
        return;
      case 'settle':
        await settle();
        return this.checkAtRest();
    }
  }
}

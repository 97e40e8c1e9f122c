import * as fanfold from 'fanfold/p-queue';
import * as real from 'p-queue';
import { expect, test } from 'vitest';
import { inOrder, Recorder, type Seen } from './recorder.ts';
import { show } from './show.ts';

/** One of the two modules under comparison. */
export type PQueueModule = typeof real;

export const REAL: PQueueModule = real;
export const FANFOLD = fanfold as unknown as PQueueModule;

/** For `describe.each`: what is stated of the drop-in is stated of p-queue too. */
export const BOTH = [
  ['p-queue', REAL],
  ['fanfold/p-queue', FANFOLD],
] as const;

export type PQueue = real.default;
export type Options = ConstructorParameters<typeof real.default>[0];
type AddOptions = Parameters<PQueue['add']>[1];

export const EVENTS = [
  'add',
  'active',
  'completed',
  'error',
  'next',
  'empty',
  'idle',
  'pendingZero',
  'rateLimit',
  'rateLimitCleared',
] as const;

/** A promise that fulfils after so many milliseconds of fake time, with a value. */
export function later<T>(ms: number, value?: T): Promise<T> {
  return new Promise((resolve) => void setTimeout(resolve, ms, value));
}

/** Plays one scenario against one module. */
export class QueueStage extends Recorder {
  readonly module: PQueueModule;
  #queue: PQueue | undefined;

  /** @param now Milliseconds for what is written down; without it no times are. */
  constructor(module: PQueueModule, now?: () => number) {
    super();
    this.module = module;
    const begun = now?.() ?? 0;
    // Beside each event stands what the queue says of itself at that moment.
    const note = this.note.bind(this);
    this.note = (event, channel) => {
      const time = now === undefined ? '' : ` at ${now() - begun}`;
      note(`${event}${time} | ${this.#state()}`, channel);
    };
  }

  /** Makes the queue whose counts are written beside every event, and listens to all that happens in it. */
  create(options?: Options): PQueue {
    const queue = new this.module.default(options);
    this.#queue = queue;
    for (const event of EVENTS) {
      queue.on(event, (...args: unknown[]) =>
        this.note(`${event}${args.map((arg) => ` ${show(arg)}`)}`, 'event'),
      );
    }
    return queue;
  }

  /** A function that waits at its gate. */
  gated(name: string): (told: object) => Promise<unknown> {
    return async (told) => {
      this.note(`${name} starts, told ${Object.keys(told)}`, 'task');
      try {
        return await this.gate(name).promise;
      } finally {
        this.note(`${name} ends`, 'task');
      }
    };
  }

  /** Adds a function, one that waits at its gate by default, and follows its promise. */
  add(
    queue: PQueue,
    name: string,
    options?: AddOptions,
    fn: (told: object) => unknown = this.gated(name),
  ): void {
    this.follow(name, queue.add(fn, options));
    this.note(`${name} added`);
  }

  /** Writes a mark from a microtask queued now. */
  probe(name: string): void {
    queueMicrotask(() => this.note(`probe ${name}`, 'probe'));
  }

  #state(): string {
    const queue = this.#queue;
    if (queue === undefined) return 'no queue';
    const flags = (['isPaused', 'isRateLimited', 'isSaturated'] as const).filter((flag) => queue[flag]);
    const running = queue.runningTasks.map(({ id }) => id);
    return `${queue.size} wait, ${queue.pending} run, ${running.length} of ${queue.concurrency} [${running}] ${flags}`;
  }
}

export type QueueScenario = (stage: QueueStage) => void | Promise<void>;

export async function play(
  module: PQueueModule,
  scenario: QueueScenario,
  now?: () => number,
): Promise<Seen[]> {
  const stage = new QueueStage(module, now);
  await scenario(stage);
  await stage.flush('end of scenario');
  return stage.seen;
}

/** Declares a test: the scenario must leave the same trace on the drop-in as on p-queue, event by event. */
export function sameAsPQueue(name: string, scenario: QueueScenario, now?: () => number): void {
  test(name, async () => {
    const expected = await play(REAL, scenario, now);
    const got = await play(FANFOLD, scenario, now);
    expect(inOrder(got)).toEqual(inOrder(expected));
  });
}

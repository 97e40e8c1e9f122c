import fanfoldLimit, { limitFunction as fanfoldLimitFunction } from 'fanfold/p-limit';
import realLimit, { limitFunction as realLimitFunction } from 'p-limit';
import { expect, test } from 'vitest';
import { type Deferred, deferred } from './deferred.ts';
import { settle } from './turns.ts';

/** One of the two modules under comparison. */
export interface Subject {
  readonly pLimit: typeof realLimit;
  readonly limitFunction: typeof realLimitFunction;
}

export const REAL: Subject = { pLimit: realLimit, limitFunction: realLimitFunction };
export const FANFOLD: Subject = {
  pLimit: fanfoldLimit as typeof realLimit,
  limitFunction: fanfoldLimitFunction as typeof realLimitFunction,
};

export type Limit = ReturnType<typeof realLimit>;

/** A readable form in which a value of one run equals the same value of another run. */
export function show(value: unknown): string {
  if (value instanceof Error || value instanceof DOMException) {
    return `${value.constructor.name}(${value.name}: ${value.message})`;
  }
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value === 'object' && value !== null) return Object.prototype.toString.call(value);
  return String(value);
}

/** Plays one scenario against one subject, and writes down everything that a user could see, in order. */
export class Stage {
  readonly entries: string[] = [];
  readonly pLimit: Subject['pLimit'];
  readonly limitFunction: Subject['limitFunction'];
  #limit: Limit | undefined;
  readonly #gates = new Map<string, Deferred<unknown>>();

  constructor(subject: Subject) {
    this.pLimit = subject.pLimit;
    this.limitFunction = subject.limitFunction;
  }

  /** Makes the limit whose counts are written beside every event. */
  create(...args: Parameters<typeof realLimit>): Limit {
    const limit = this.pLimit(...args);
    this.#limit = limit;
    return limit;
  }

  log(event: string): void {
    const limit = this.#limit;
    const counts =
      limit === undefined
        ? ''
        : ` | active ${limit.activeCount} pending ${limit.pendingCount} of ${limit.concurrency}`;
    this.entries.push(`${event}${counts}`);
  }

  /** Writes down how a promise ends, at the moment when the one who waits for it goes on. */
  follow(name: string, promise: PromiseLike<unknown>): void {
    promise.then(
      (value) => this.log(`${name} gives ${show(value)}`),
      (reason: unknown) => this.log(`${name} fails with ${show(reason)}`),
    );
  }

  gate(name: string): Deferred<unknown> {
    let gate = this.#gates.get(name);
    if (gate === undefined) {
      gate = deferred<unknown>();
      // The task of a gate may be cleared and never wait for it.
      gate.promise.catch(() => {});
      this.#gates.set(name, gate);
    }
    return gate;
  }

  /** Lets the task of that name finish with its name as its value. */
  open(name: string): void {
    this.log(`open ${name}`);
    this.gate(name).resolve(name);
  }

  /** Lets the task of that name fail. */
  fail(name: string): void {
    this.log(`fail ${name}`);
    this.gate(name).reject(new RangeError(`${name} failed`));
  }

  /** Submits a task that waits for its gate, and follows its promise. */
  submit(limit: Limit, name: string): void {
    const promise = limit(async () => {
      this.log(`${name} starts`);
      try {
        return await this.gate(name).promise;
      } finally {
        this.log(`${name} ends`);
      }
    });
    this.log(`${name} submitted`);
    this.follow(name, promise);
  }

  /** Submits a function that answers at once, and follows its promise. */
  submitNow(limit: Limit, name: string, body: () => unknown = () => name): void {
    const promise = limit(() => {
      this.log(`${name} runs`);
      return body();
    });
    this.log(`${name} submitted`);
    this.follow(name, promise);
  }

  /** Writes a mark from a microtask queued now. */
  probe(name: string): void {
    queueMicrotask(() => this.log(`probe ${name}`));
  }

  async flush(mark = 'settled'): Promise<void> {
    await settle();
    this.log(mark);
  }
}

export type Scenario = (stage: Stage) => void | Promise<void>;

export async function play(subject: Subject, scenario: Scenario): Promise<string[]> {
  const stage = new Stage(subject);
  await scenario(stage);
  await stage.flush('end of scenario');
  return stage.entries;
}

/** Declares a test: the scenario must leave the same trace on the drop-in as on the published p-limit. */
export function sameAsPLimit(name: string, scenario: Scenario): void {
  test(name, async () => {
    const expected = await play(REAL, scenario);
    const got = await play(FANFOLD, scenario);
    expect(got).toEqual(expected);
  });
}

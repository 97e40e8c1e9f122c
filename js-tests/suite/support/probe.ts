// Random sources that keep a record of all that is done to them, answering after rounds of the microtask queue.
import fc from 'fast-check';
import { expect } from 'vitest';
import { microtasks } from './turns.ts';

export const anyProbe = fc.record({
  /** What it is; `promises` is an iterable that gives promises. */
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constant('async' as const) },
    { weight: 1, arbitrary: fc.constant('generator' as const) },
    { weight: 1, arbitrary: fc.constant('sync' as const) },
    { weight: 1, arbitrary: fc.constant('promises' as const) },
  ),
  count: fc.nat(6),
  /** Rounds before each answer. */
  delays: fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }),
  /** What it does after so many values; what answers at once does not hang. */
  after: fc.oneof(
    { weight: 5, arbitrary: fc.constant('ends' as const) },
    { weight: 1, arbitrary: fc.constant('fails' as const) },
    { weight: 1, arbitrary: fc.constant('hangs' as const) },
  ),
  /** Rounds that closing takes. */
  closing: fc.nat(3),
});

export type ProbePlan = typeof anyProbe extends fc.Arbitrary<infer Plan> ? Plan : never;

export class Probe {
  readonly plan: ProbePlan;
  readonly name: string;
  readonly error: Error;
  /** All that it gives. */
  readonly values: string[];
  /** Values that it gave, or promises of them. */
  given = 0;
  asked = 0;
  closed = 0;
  /** Whether it said itself that there are no more. */
  hasEnded = false;
  /** What was done to it that must not be. */
  readonly wrongs: string[] = [];
  #outstanding = 0;
  /** Whether its end must have been heard of. */
  #isEndKnown = false;
  readonly #onGive: (value: string) => void;

  constructor(plan: ProbePlan, at: number, onGive: (value: string) => void = () => {}) {
    this.plan = plan;
    this.name = `s${at}`;
    this.error = new Error(`${this.name} failed`);
    this.values = Array.from({ length: plan.count }, (_, index) => `${this.name}:${index}`);
    this.#onGive = onGive;
  }

  get isSync(): boolean {
    return this.plan.kind === 'sync' || this.plan.kind === 'promises';
  }

  get hangs(): boolean {
    return this.plan.after === 'hangs' && !this.isSync;
  }

  get fails(): boolean {
    return this.plan.after === 'fails';
  }

  get source(): AsyncIterable<string> {
    if (this.plan.kind === 'generator') return this.#generator();
    const close = () => {
      this.closed++;
      if (this.#isEndKnown) this.wrongs.push('closed after its end');
    };
    const iterable = this.isSync
      ? {
          [Symbol.iterator]: () => ({
            next: () => this.#answer(),
            return: () => {
              close();
              return { done: true, value: undefined };
            },
          }),
        }
      : {
          [Symbol.asyncIterator]: () => ({
            next: () => this.#answerLater(),
            return: async () => {
              close();
              await microtasks(this.plan.closing);
              return { done: true, value: undefined };
            },
          }),
        };
    return iterable as unknown as AsyncIterable<string>;
  }

  /** However it was used: closed once, unless it has ended; never asked twice at once, nor after its end. */
  checkAtEnd(): void {
    expect(this.wrongs, this.name).toEqual([]);
    // A generator that was never asked, or that hangs, has nothing to close.
    const isIdle = this.plan.kind === 'generator' && (this.asked === 0 || this.#outstanding > 0);
    // It may have ended in the moment in which it was closed.
    const least = this.hasEnded || isIdle ? 0 : 1;
    expect(this.closed, `${this.name} closed`).toBeGreaterThanOrEqual(least);
    expect(this.closed, `${this.name} closed`).toBeLessThanOrEqual(1);
  }

  async *#generator(): AsyncGenerator<string, void, undefined> {
    let isLeft = true;
    try {
      for (;;) {
        const { done, value } = await this.#answerLater();
        if (done === true) break;
        yield value;
      }
      isLeft = false;
    } catch (error) {
      isLeft = false;
      throw error;
    } finally {
      if (isLeft) this.closed++;
    }
  }

  async #answerLater(): Promise<IteratorResult<string, undefined>> {
    if (this.#outstanding > 0) this.wrongs.push('asked twice at once');
    this.#outstanding++;
    const { delays } = this.plan;
    await microtasks(delays[this.asked % delays.length]!);
    if (this.hangs && this.given === this.plan.count) {
      this.asked++;
      await new Promise(() => {});
    }
    this.#outstanding--;
    return this.#answer();
  }

  #answer(): IteratorResult<string, undefined> {
    if (this.hasEnded) this.wrongs.push('asked after its end');
    if (this.isSync && this.closed > 0) this.wrongs.push('asked after it was closed');
    this.asked++;
    if (this.given === this.plan.count) {
      this.hasEnded = true;
      void microtasks(this.isSync ? 0 : 3).then(() => {
        this.#isEndKnown = true;
      });
      if (this.fails) throw this.error;
      return { done: true, value: undefined };
    }
    const value = this.values[this.given++]!;
    this.#onGive(value);
    if (this.plan.kind !== 'promises') return { done: false, value };
    const { delays } = this.plan;
    const promise = microtasks(delays[this.given % delays.length]!).then(() => value);
    return { done: false, value: promise as unknown as string };
  }
}

/** How somebody reads. */
export const anyReading = fc.record({
  /** How many questions are outstanding at once. */
  width: fc.integer({ min: 1, max: 3 }),
  /** Rounds between an answer and the next question. */
  rounds: fc.array(fc.nat(6), { minLength: 1, maxLength: 3 }),
  /** After how many values it is left. */
  leaveAfter: fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, fc.nat(8)),
});

export type ReadingPlan = typeof anyReading extends fc.Arbitrary<infer Plan> ? Plan : never;

/** Reads as planned, and what came of it: the values in their order, and the first error. */
export class Reading<T> {
  readonly values: T[] = [];
  error: unknown;
  hasEnded = false;
  hasLeft = false;
  /** Whether all that it asked was answered. */
  isAnswered = false;
  readonly #onValue: (value: T) => void;

  constructor(onValue: (value: T) => void = () => {}) {
    this.#onValue = onValue;
  }

  async read(items: AsyncIterableIterator<T, undefined>, plan: ReadingPlan): Promise<void> {
    const order: Promise<void>[] = [];
    let asked = 0;
    const ask = async (): Promise<void> => {
      for (;;) {
        if (this.hasEnded || this.hasLeft) return;
        const nth = asked++;
        if (nth === plan.leaveAfter) {
          this.hasLeft = true;
          await items.return!();
          return;
        }
        const answer = items.next();
        const before = order.at(-1);
        const own = this.#take(answer, before);
        order.push(own);
        await own;
        await microtasks(plan.rounds[nth % plan.rounds.length]!);
      }
    };
    await Promise.all(Array.from({ length: plan.width }, ask));
    this.isAnswered = true;
  }

  async #take(
    answer: Promise<IteratorResult<T, undefined>>,
    before: Promise<void> | undefined,
  ): Promise<void> {
    let result: IteratorResult<T, undefined>;
    try {
      result = await answer;
    } catch (error) {
      await before;
      expect(this.error, 'an error once').toBe(undefined);
      this.error = error;
      this.hasEnded = true;
      return;
    }
    // Answers come in the order of the questions, so that this changes nothing but in which round they are seen.
    await before;
    if (result.done === true) {
      this.hasEnded = true;
      return;
    }
    expect(this.hasEnded, 'a value after the end').toBe(false);
    this.values.push(result.value);
    this.#onValue(result.value);
  }
}

import fanfoldLimit, { limitFunction as fanfoldLimitFunction } from 'fanfold/p-limit';
import realLimit, { limitFunction as realLimitFunction } from 'p-limit';
import { expect, test } from 'vitest';
import { type Deferred, deferred } from './deferred.ts';
import { show } from './show.ts';
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

/** Who wrote an entry: the script itself, a function that runs in the limit, or somebody who waits. */
type Kind = 'script' | 'start' | 'inside' | 'end' | 'caller' | 'probe';

export interface Entry {
  readonly kind: Kind;
  readonly event: string;
  readonly counts: string;
}

/** Plays one scenario against one subject, and writes down everything that a user could see, in order. */
export class Stage {
  readonly entries: Entry[] = [];
  readonly pLimit: Subject['pLimit'];
  readonly limitFunction: Subject['limitFunction'];
  #limit: Limit | undefined;
  /** Who is writing: a function that runs in the limit sets this for its synchronous part. */
  #kind: Kind = 'script';
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

  log(event: string, kind: Kind = this.#kind): void {
    const limit = this.#limit;
    const counts =
      limit === undefined
        ? ''
        : `active ${limit.activeCount} pending ${limit.pendingCount} of ${limit.concurrency}`;
    this.entries.push({ kind, event, counts });
  }

  /** Wraps a function for the limit: what it writes before it returns is written from inside. */
  task<Args extends unknown[]>(name: string, body: (...args: Args) => unknown): (...args: Args) => unknown {
    return (...args) => {
      this.log(`${name} starts`, 'start');
      this.#kind = 'inside';
      try {
        return body(...args);
      } finally {
        this.#kind = 'script';
      }
    };
  }

  /** Writes down how a promise ends, at the moment when the one who waits for it goes on. */
  follow(name: string, promise: PromiseLike<unknown>): void {
    promise.then(
      (value) => this.log(`${name} gives ${show(value)}`, 'caller'),
      (reason: unknown) => this.log(`${name} fails with ${show(reason)}`, 'caller'),
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

  /** Opens several gates, each after everything that the one before led to. */
  async openEach(names: readonly string[]): Promise<void> {
    for (const name of names) {
      this.open(name);
      await this.flush();
    }
  }

  /** Lets the task of that name fail. */
  fail(name: string): void {
    this.log(`fail ${name}`);
    this.gate(name).reject(new RangeError(`${name} failed`));
  }

  /** Submits a task that waits for its gate, and follows its promise. */
  submit(limit: Limit, name: string): void {
    const promise = limit(
      this.task(name, async () => {
        try {
          return await this.gate(name).promise;
        } finally {
          this.log(`${name} ends`, 'end');
        }
      }),
    );
    this.log(`${name} submitted`);
    this.follow(name, promise);
  }

  /** Submits a function that answers at once, and follows its promise. */
  submitNow(limit: Limit, name: string, body: () => unknown = () => name): void {
    const promise = limit(this.task(name, body));
    this.log(`${name} submitted`);
    this.follow(name, promise);
  }

  /** Writes a mark from a microtask queued now. */
  probe(name: string): void {
    queueMicrotask(() => this.log(`probe ${name}`, 'probe'));
  }

  async flush(mark = 'settled'): Promise<void> {
    await settle();
    this.log(mark);
  }
}

export type Scenario = (stage: Stage) => void | Promise<void>;

export async function play(subject: Subject, scenario: Scenario): Promise<Entry[]> {
  const stage = new Stage(subject);
  await scenario(stage);
  await stage.flush('end of scenario');
  return stage.entries;
}

/** Everything: each event with the counts at its moment, in one sequence. */
export function everything(entries: readonly Entry[]): string[] {
  return entries.map(({ kind, event, counts }) => `${kind}: ${event} | ${counts}`);
}

/**
 * What does not depend on how many rounds of the microtask queue a step takes: all that the script itself did and saw,
 * with the counts; and between two moments at which all is settled, the starts in their order, and what else
 * happened, to whom and with what.
 */
export function orders(entries: readonly Entry[]): string[] {
  const lines: string[] = [];
  let block = new Map<Kind, string[]>();
  const close = () => {
    for (const kind of ['start', 'inside', 'end', 'caller', 'probe'] as const) {
      const events = block.get(kind) ?? [];
      for (const line of kind === 'start' ? events : events.sort()) lines.push(`${kind}: ${line}`);
    }
    block = new Map();
  };
  for (const { kind, event, counts } of entries) {
    if (kind === 'script') {
      if (event === 'settled' || event === 'end of scenario') close();
      lines.push(`script: ${event} | ${counts}`);
    } else {
      block.set(kind, [...(block.get(kind) ?? []), event]);
    }
  }
  close();
  return lines;
}

/** Declares a test: the scenario must leave the same trace on the drop-in as on the published p-limit. */
export function sameAsPLimit(name: string, scenario: Scenario): void {
  test(name, async () => {
    const expected = await play(REAL, scenario);
    const got = await play(FANFOLD, scenario);
    expect(everything(got)).toEqual(everything(expected));
  });
}

/** The same for scenarios in which several tasks go their way in one step: nobody promised how these ways interleave. */
export function sameOrdersAsPLimit(name: string, scenario: Scenario): void {
  test(name, async () => {
    const expected = await play(REAL, scenario);
    const got = await play(FANFOLD, scenario);
    expect(orders(got)).toEqual(orders(expected));
  });
}

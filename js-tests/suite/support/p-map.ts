import * as fanfold from 'fanfold/p-map';
import * as real from 'p-map';
import { expect, test } from 'vitest';
import { byChannel, inOrder, Recorder, type Seen } from './recorder.ts';
import { show } from './show.ts';

/** One of the two modules under comparison. */
export type PMapModule = typeof real;

export const REAL: PMapModule = real;
export const FANFOLD = fanfold as unknown as PMapModule;

/** For `describe.each`: what is stated of the drop-in is stated of p-map too. */
export const BOTH = [
  ['p-map', REAL],
  ['fanfold/p-map', FANFOLD],
] as const;

/** What an iterator of a test does besides giving its items. */
export interface SourceOptions {
  /** Throws a RangeError instead of giving the item at that place. */
  readonly throwsAt?: number;
  /** What `return` does: throws, never answers, or is not there. Default: answers. */
  readonly onReturn?: 'throws' | 'hangs' | 'missing';
}

/** Plays one scenario against one module. */
export class MapStage extends Recorder {
  readonly module: PMapModule;

  constructor(module: PMapModule) {
    super();
    this.module = module;
  }

  /** A mapper that waits at the gate named like its element, and gives its name. */
  readonly gated = (element: unknown, index: unknown): Promise<unknown> => {
    this.note(`maps ${show(element)} at ${show(index)}`, 'mapper');
    return this.gate(String(element)).promise;
  };

  /** A mapper that answers at once, with the element as a text. */
  readonly plain = (element: unknown, index: unknown): unknown => {
    this.note(`maps ${show(element)} at ${show(index)}`, 'mapper');
    return `${String(element)}'`;
  };

  /** An iterable whose iterator writes down all that is asked of it, and answers at once. */
  items(
    items: readonly unknown[],
    { throwsAt = Number.POSITIVE_INFINITY, onReturn }: SourceOptions = {},
  ): Iterable<unknown> {
    return { [Symbol.iterator]: () => this.#iterator(items, throwsAt, onReturn) as Iterator<unknown> };
  }

  /** The same as an async iterable. Its answers are promises that are settled when it gives them. */
  asyncItems(
    items: readonly unknown[],
    { throwsAt = Number.POSITIVE_INFINITY, onReturn }: SourceOptions = {},
  ): AsyncIterable<unknown> {
    return {
      [Symbol.asyncIterator]: () => {
        const iterator = this.#iterator(items, throwsAt, onReturn);
        let hasThrown = false;
        // It may be asked again before anybody has heard that it failed, and then says no more.
        const next = async () => {
          if (hasThrown) return new Promise(() => {});
          try {
            return iterator.next();
          } catch (error) {
            hasThrown = true;
            throw error;
          }
        };
        return { ...iterator, next } as AsyncIterator<unknown>;
      },
    };
  }

  /** An async iterable whose answers the script gives, in whatever order. */
  queue(): Queue {
    return new Queue(this);
  }

  #iterator(items: readonly unknown[], throwsAt: number, onReturn: SourceOptions['onReturn']) {
    this.note('opened', 'source');
    let place = 0;
    // An async source may be asked again before it was heard that it has ended: how often is a matter of microtasks.
    let hasEnded = false;
    const iterator = {
      next: () => {
        if (place === throwsAt) {
          place++;
          this.note('next throws', 'source');
          throw new RangeError(`the source throws at ${throwsAt}`);
        }
        if (place < items.length) {
          this.note(`next gives ${show(items[place])}`, 'source');
          return { done: false, value: items[place++] };
        }
        if (!hasEnded) this.note('next says done', 'source');
        hasEnded = true;
        return { done: true, value: undefined };
      },
    };
    if (onReturn === 'missing') return iterator;
    return {
      ...iterator,
      return: (...args: unknown[]) => {
        this.note(`return of ${args.length}`, 'source');
        if (onReturn === 'throws') throw new Error('return throws');
        if (onReturn === 'hangs') return new Promise(() => {});
        return { done: true, value: undefined };
      },
    };
  }
}

/** A source as slow as the script wants: each `next` is answered by its number, counted from 0. */
export class Queue implements AsyncIterable<unknown> {
  readonly #stage: MapStage;
  #asked = 0;

  constructor(stage: MapStage) {
    this.#stage = stage;
  }

  /** How often `next` was called. */
  get asked(): number {
    return this.#asked;
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    this.#stage.note('opened', 'source');
    return {
      next: () => {
        this.#stage.note(`next ${this.#asked}`, 'source');
        return this.#stage.gate(`next ${this.#asked++}`).promise as Promise<IteratorResult<unknown>>;
      },
      return: async () => {
        this.#stage.note('return', 'source');
        return { done: true, value: undefined };
      },
    };
  }

  give(which: number, value: unknown): void {
    this.#stage.open(`next ${which}`, { done: false, value });
  }

  end(which: number): void {
    this.#stage.open(`next ${which}`, { done: true, value: undefined });
  }

  break(which: number): void {
    this.#stage.fail(`next ${which}`);
  }
}

export type MapScenario = (stage: MapStage) => void | Promise<void>;

export async function play(module: PMapModule, scenario: MapScenario): Promise<Seen[]> {
  const stage = new MapStage(module);
  await scenario(stage);
  await stage.flush('end of scenario');
  return stage.seen;
}

/** Declares a test: between any two steps of the scenario, source, mapper and callers see the same in the same order. */
export function sameAsPMap(name: string, scenario: MapScenario): void {
  test(name, async () => {
    const expected = await play(REAL, scenario);
    const got = await play(FANFOLD, scenario);
    expect(byChannel(got)).toEqual(byChannel(expected));
  });
}

/** The same with all that is seen in one sequence, for steps that happen one after the other for a reason. */
export function sameSequenceAsPMap(name: string, scenario: MapScenario): void {
  test(name, async () => {
    const expected = await play(REAL, scenario);
    const got = await play(FANFOLD, scenario);
    expect(inOrder(got)).toEqual(inOrder(expected));
  });
}

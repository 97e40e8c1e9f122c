import { microtasks } from './turns.ts';

/** How often a source was asked and told. */
export interface Pulls {
  /** Calls of `next`. */
  asked: number;
  /** Items given. */
  given: number;
  /** Calls of `return`. */
  closed: number;
  /** Whether it has said that there are no more, or thrown. */
  ended: boolean;
}

/** What a source does besides giving items. */
export interface SourceHabits {
  /** Throws this instead of giving the item with that index. */
  readonly failsAt?: number;
  readonly error?: unknown;
  /** Throws this when it is closed. */
  readonly closeError?: unknown;
  /** Rounds of the microtask queue before each answer; only where it is async. */
  readonly delay?: number | ((index: number) => number);
  readonly onPull?: (index: number) => void;
}

export type CountedSource<Item> = Pulls & { readonly source: Iterable<Item> };
export type CountedAsyncSource<Item> = Pulls & { readonly source: AsyncIterable<Item> };

/** `count` items, of which there may be `Infinity`, with a record of who asked for what. */
export function counted<Item = number>(
  count: number,
  item: (index: number) => Item = (index) => index as Item,
  habits: SourceHabits = {},
): CountedSource<Item> {
  const pulls: Pulls = { asked: 0, given: 0, closed: 0, ended: false };
  const iterator: Iterator<Item> = {
    next: () => answer(pulls, count, item, habits),
    return: () => {
      pulls.closed++;
      if ('closeError' in habits) throw habits.closeError;
      return { done: true, value: undefined };
    },
  };
  return Object.assign(pulls, { source: { [Symbol.iterator]: () => iterator } });
}

/** The same as an async iterable. */
export function countedAsync<Item = number>(
  count: number,
  item: (index: number) => Item = (index) => index as Item,
  habits: SourceHabits = {},
): CountedAsyncSource<Item> {
  const pulls: Pulls = { asked: 0, given: 0, closed: 0, ended: false };
  const { delay = 1 } = habits;
  const iterator: AsyncIterator<Item> = {
    next: async () => {
      await microtasks(typeof delay === 'number' ? delay : delay(pulls.asked));
      return answer(pulls, count, item, habits);
    },
    return: async () => {
      pulls.closed++;
      await null;
      if ('closeError' in habits) throw habits.closeError;
      return { done: true, value: undefined };
    },
  };
  return Object.assign(pulls, { source: { [Symbol.asyncIterator]: () => iterator } });
}

function answer<Item>(
  pulls: Pulls,
  count: number,
  item: (index: number) => Item,
  { failsAt, error, onPull }: SourceHabits,
): IteratorResult<Item> {
  const index = pulls.given;
  pulls.asked++;
  onPull?.(index);
  if (index === failsAt) {
    pulls.ended = true;
    throw error;
  }
  if (index >= count) {
    pulls.ended = true;
    return { done: true, value: undefined };
  }
  pulls.given++;
  return { done: false, value: item(index) };
}

/** Sources of both kinds, with what tests call them. */
export const KINDS = [
  ['an iterable', counted],
  ['an async iterable', countedAsync],
] as unknown as readonly [string, typeof counted][];

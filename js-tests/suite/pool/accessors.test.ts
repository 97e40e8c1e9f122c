// Code of the user's that throws where a value is only looked at: the task fails, and its slot is another's.
import { createLimiter, type PoolTask } from 'fanfold';
import { expect, test } from 'vitest';
import { type Item, linesOf, poolOf } from '../support/envelopes.ts';

const boom = new Error('boom');
const raise = (): never => {
  throw boom;
};
const after = () => 'next';

/** An iterator that gives this each time. */
const giving = (result: object, symbol: symbol): object => ({
  next: () => result,
  throw: raise,
  [symbol]() {
    return this;
  },
});

/** An object that throws when it is asked for this. */
const raising = (name: string, object: object = {}): object =>
  Object.defineProperty(object, name, { get: raise });

const failing: [string, () => unknown][] = [
  ['`next` of what is returned', () => raising('next')],
  ['`next` of what a promise gives', async () => raising('next')],
  ['`throw` of what a promise gives', async () => raising('throw', { next() {} })],
  [
    '`next`, the second time',
    async () => {
      let times = 0;
      return {
        get next() {
          return times++ === 0 ? () => {} : raise();
        },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    },
  ],
  ['`done` of an async answer', () => giving(raising('done'), Symbol.asyncIterator)],
  ['`value` of an async answer', () => giving(raising('value'), Symbol.asyncIterator)],
  ['`done` of an answer', () => giving(raising('done'), Symbol.iterator)],
  ['`value` of an answer', () => giving(raising('value'), Symbol.iterator)],
  ['`then` of an answer', () => giving(raising('then'), Symbol.asyncIterator)],
  [
    '`then` of what is yielded',
    function* () {
      yield raising('then');
    },
  ],
  [
    '`constructor` of a promise that is yielded',
    function* () {
      yield raising('constructor', Promise.resolve(1));
    },
  ],
];

test.each(failing)('that throws in %s', async (_, fn) => {
  expect(await linesOf(poolOf([fn as Item, after], 1))).toEqual(['0 ERROR boom', '1 FINAL next']);
  // One that hears of outcomes follows them in its own way.
  const limiter = createLimiter({ concurrency: 1, breaker: { threshold: 99 } });
  expect(await linesOf(poolOf([fn as Item, after], limiter))).toEqual(['0 ERROR boom', '1 FINAL next']);
});

test('a `fraction` that throws says nothing, and the value is told', async () => {
  const value = {
    get fraction() {
      return raise();
    },
    toString: () => 'odd',
  };
  const told = async (task: PoolTask) => {
    await task.progress(value);
    return 'end';
  };
  async function* yielding() {
    yield value;
    return 'end';
  }
  function* inSteps() {
    yield value;
    return 'end';
  }
  for (const fn of [told, yielding, inSteps])
    expect(await linesOf(poolOf([fn as Item, after], 1))).toEqual([
      '0 INTERMEDIATE odd',
      '0 FINAL end',
      '1 FINAL next',
    ]);
});

test('`return` that throws keeps no slot of a generator that is given up on', async () => {
  let looks = 0;
  const pool = poolOf(
    [
      {
        timeout: 1,
        run: () =>
          ({
            next: () => new Promise(() => {}),
            get return() {
              // The error of closing it would be reported as unhandled.
              return looks++ === 0 ? raise() : undefined;
            },
            [Symbol.asyncIterator]() {
              return this;
            },
          }) as never,
      },
      after,
    ],
    1,
  );
  const lines = await linesOf(pool);
  expect(lines[0]).toMatch(/^0 ERROR .* longer than its timeout/);
  expect(lines[1]).toBe('1 FINAL next');
});

// Values are handed on as they are, whatever they are.
import { PushPullBuffer, type PushPullBufferOptions } from 'fanfold';
import { describe, expect, test, vi } from 'vitest';

const thenable = {
  // biome-ignore lint/suspicious/noThenProperty: a value that looks like a promise is what is tested
  then: vi.fn(),
};
const object = { some: 'object' };
const values: unknown[] = [
  undefined,
  null,
  Number.NaN,
  0,
  '',
  false,
  object,
  Object.freeze([]),
  thenable,
  Promise.resolve(1),
  { value: 1, done: true },
  () => 1,
  Symbol.iterator,
];

const kinds: [string, Omit<PushPullBufferOptions<unknown>, 'capacity'>][] = [
  ['fifo', {}],
  ['lifo', { order: 'lifo' }],
  ['priority', { order: 'priority' }],
  ['weighed', { weigh: () => 1 }],
];

describe.each(kinds)('%s', (_name, options) => {
  test.each([1, 0])('each value comes out as the one that went in (capacity %i)', async (capacity) => {
    const { sink, source } = new PushPullBuffer<unknown>({ capacity, ...options });
    for (const value of values) {
      const sent = sink.next(value);
      const { value: got, done } = await source.next();
      expect([Object.is(got, value), done, await sent]).toEqual([true, false, { done: false }]);
      const waiting = source.next();
      sink.push(value);
      expect(Object.is((await waiting).value, value)).toBe(true);
    }
    expect(thenable.then).not.toHaveBeenCalled();
  });

  test('in a batch, too', async () => {
    const { sink, source } = new PushPullBuffer<unknown>({ capacity: values.length, ...options });
    for (const value of values) sink.push(value);
    const got = await source.pull(Number.POSITIVE_INFINITY);
    expect(got.length).toBe(values.length);
    const expected = options.order === 'lifo' ? [...values].reverse() : values;
    got.forEach((value, at) => {
      expect(Object.is(value, expected[at])).toBe(true);
    });
    expect(thenable.then).not.toHaveBeenCalled();
  });

  test('undefined is a value, and not the end', async () => {
    const buffer = new PushPullBuffer<undefined>({ capacity: 3, ...options });
    for (let nth = 0; nth < 3; nth++) buffer.sink.push(undefined);
    expect(buffer.size).toBe(3);
    buffer.sink.return();
    let count = 0;
    for await (const value of buffer.source) {
      expect(value).toBe(undefined);
      count++;
    }
    expect(count).toBe(3);
  });
});

test('a result belongs to who got it', async () => {
  const { sink, source } = new PushPullBuffer<number>({ capacity: 2 });
  sink.push(1);
  sink.push(2);
  const first = await source.next();
  first.value = 9;
  expect(await source.next()).toEqual({ value: 2, done: false });
});

test('a ring that grew, wrapped around and was drained is in order', async () => {
  const buffer = new PushPullBuffer<number>({ capacity: Number.POSITIVE_INFINITY });
  let [pushed, pulled] = [0, 0];
  for (const [more, fewer] of [
    [10, 7],
    [40, 30],
    [5000, 4990],
    [30, 53],
    [3, 3],
    [20_000, 19_000],
    [1_000, 1_950],
    [9_000, 9_050],
  ] as const) {
    for (let count = 0; count < more; count++) buffer.sink.push(pushed++);
    for (const value of await buffer.source.pull(fewer)) expect(value).toBe(pulled++);
    expect(buffer.size).toBe(pushed - pulled);
  }
  expect(buffer.size).toBe(0);
});

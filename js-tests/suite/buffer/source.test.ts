// The end where values are pulled.
import { PushPullBuffer } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

const DONE = { value: undefined, done: true };
const given = <T>(value: T) => ({ value, done: false });

function filled(...values: number[]): PushPullBuffer<number> {
  const buffer = new PushPullBuffer<number>({ capacity: 8 });
  for (const value of values) buffer.sink.push(value);
  return buffer;
}

describe('next', () => {
  test('gives the values, then the end, again and again', async () => {
    const { sink, source } = filled(1, 2);
    sink.return();
    expect([await source.next(), await source.next()]).toEqual([given(1), given(2)]);
    expect([await source.next(), await source.next()]).toEqual([DONE, DONE]);
  });

  test('waits for a value; those who wait are served as they came', async () => {
    const buffer = filled();
    const calls = [buffer.source.next(), buffer.source.next(), buffer.source.next()];
    expect(buffer.waitingPulls).toBe(3);
    buffer.sink.push(1);
    await buffer.sink.next(2);
    expect(buffer.waitingPulls).toBe(1);
    buffer.sink.return();
    expect(buffer.waitingPulls).toBe(0);
    expect(await Promise.all(calls)).toEqual([given(1), given(2), DONE]);
  });

  test('lets in who waits with a value', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 1 });
    buffer.sink.push(1);
    const waiting = watch(buffer.sink.next(2));
    void buffer.source.next();
    expect([buffer.size, buffer.waitingPushes]).toEqual([1, 0]);
    await settle();
    expect(waiting.value).toEqual({ done: false });
  });
});

describe('pull', () => {
  test('gives up to n values, as many as there are', async () => {
    const { source } = filled(1, 2, 3, 4, 5);
    expect([await source.pull(2), await source.pull(9)]).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
  });

  test('waits for the first, and only for that', async () => {
    const { sink, source } = filled();
    const pulled = source.pull(3);
    sink.push(1);
    sink.push(2);
    expect(await pulled).toEqual([1]);
    expect(await source.pull(3)).toEqual([2]);
  });

  test('takes the values of those who wait for room, too', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 2 });
    const sent = [1, 2, 3, 4, 5].map((value) => buffer.sink.next(value));
    expect(await buffer.source.pull(4)).toEqual([1, 2, 3, 4]);
    expect([buffer.size, buffer.waitingPushes]).toEqual([1, 0]);
    expect(await buffer.source.pull(Number.POSITIVE_INFINITY)).toEqual([5]);
    expect(await Promise.all(sent)).toEqual(sent.map(() => ({ done: false })));
  });

  test('gives an empty list at the end, also to who waits', async () => {
    const { sink, source } = filled();
    const pulled = source.pull(3);
    sink.return();
    expect([await pulled, await source.pull(1)]).toEqual([[], []]);
  });

  test('rejects with the producer’s error once, after the values', async () => {
    const { sink, source } = filled(1, 2);
    sink.throw('broken');
    expect(await source.pull(5)).toEqual([1, 2]);
    expect(await reasonOf(source.pull(5))).toBe('broken');
    expect(await source.pull(5)).toEqual([]);
  });
});

describe('return', () => {
  test('drops what is stored, releases producers and other consumers', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 1 });
    const { sink, source } = buffer;
    const sent = [sink.next(1), sink.next(2)];
    expect(await source.return()).toEqual(DONE);
    expect([buffer.size, buffer.waitingPushes, buffer.dropped]).toEqual([0, 0, 0]);
    expect(await Promise.all(sent)).toEqual([{ done: false }, { done: true }]);
    expect(await source.next()).toEqual(DONE);
    const other = filled();
    const waiting = [other.source.next(), other.source.pull(2)];
    await other.source.return();
    expect(await Promise.all(waiting)).toEqual([DONE, []]);
  });

  test('is what a loop does that is left early', async () => {
    const buffer = filled(1, 2, 3);
    for await (const value of buffer.source) if (value === 2) break;
    expect([buffer.size, buffer.sink.isClosed]).toEqual([0, true]);
    expect(await buffer.sink.next(4)).toEqual({ done: true });
  });

  test('swallows an error that nobody was told yet', async () => {
    const { sink, source } = filled(1);
    sink.throw('broken');
    await source.return();
    expect(await source.next()).toEqual(DONE);
  });

  test('is what the end of its scope does', async () => {
    const buffer = filled(1);
    const dispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');
    await (buffer.source as unknown as Record<symbol, () => Promise<void>>)[dispose]!();
    expect([buffer.size, buffer.sink.isClosed]).toEqual([0, true]);
  });
});

describe('throw', () => {
  test('rejects with its error, and tells it to all others who wait or ask', async () => {
    const { sink, source } = filled();
    const pulled = watch(source.next());
    const error = new Error('wrong');
    expect(await reasonOf(source.throw(error))).toBe(error);
    await settle();
    expect(pulled.reason).toBe(error);
    expect(await reasonOf(sink.next(1))).toBe(error);
    expect(await reasonOf(source.next())).toBe(error);
  });

  test('after the end changes nothing for producers', async () => {
    const { sink, source } = filled();
    await source.return();
    expect(await reasonOf(source.throw('late'))).toBe('late');
    expect(await sink.next(1)).toEqual({ done: true });
    expect(await source.next()).toEqual(DONE);
  });
});

describe('as an async iterator', () => {
  test('is its own iterator, and gives each value once to many consumers', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 4 });
    expect(buffer.source[Symbol.asyncIterator]()).toBe(buffer.source);
    const got: number[][] = [[], [], []];
    const consumers = got.map(async (values) => {
      for await (const value of buffer.source) values.push(value);
    });
    await Promise.all(
      [0, 1].map(async (producer) => {
        for (let value = 0; value < 50; value++) await buffer.sink.next(producer * 100 + value);
      }),
    );
    buffer.sink.return();
    await Promise.all(consumers);
    const all = got.flat().sort((a, b) => a - b);
    expect(all).toEqual(
      [0, 1].flatMap((producer) => Array.from({ length: 50 }, (_, at) => producer * 100 + at)),
    );
    for (const values of got) expect(values.length).toBeGreaterThan(0);
  });

  test('throws the producer’s error into the loop, after the values', async () => {
    const { sink, source } = filled(1, 2);
    sink.throw('broken');
    const seen: number[] = [];
    const loop = async () => {
      for await (const value of source) seen.push(value);
    };
    expect(await reasonOf(loop())).toBe('broken');
    expect(seen).toEqual([1, 2]);
    expect(await source.next()).toEqual(DONE);
  });
});

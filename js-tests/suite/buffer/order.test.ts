// In which order values come out, what they weigh, and what gives way.
import { BufferFullError, type BufferOrder, type BufferOverflow, PushPullBuffer } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { settle } from '../support/turns.ts';
import { reasonOf, thrownBy, watch } from '../support/watch.ts';

const ALL = Number.POSITIVE_INFINITY;

async function pulled(order: BufferOrder, overflow: BufferOverflow, values: number[]): Promise<unknown> {
  const buffer = new PushPullBuffer<number>({
    capacity: 3,
    order,
    overflow,
    ...(order === 'priority' ? { priority: (value) => Math.trunc(value / 10) } : {}),
  });
  const taken = values.map((value) => buffer.sink.push(value));
  const { dropped } = buffer;
  return { out: await buffer.source.pull(ALL), dropped, taken };
}

describe('order and overflow', () => {
  test.each([
    ['fifo', 'suspend', [1, 2, 3], 0, [true, true, true, false]],
    ['fifo', 'drop-oldest', [2, 3, 4], 1, [true, true, true, true]],
    ['fifo', 'drop-newest', [1, 2, 3], 1, [true, true, true, false]],
    ['fifo', 'conflate', [1, 2, 4], 1, [true, true, true, true]],
    ['lifo', 'suspend', [3, 2, 1], 0, [true, true, true, false]],
    ['lifo', 'drop-oldest', [4, 3, 2], 1, [true, true, true, true]],
    ['lifo', 'drop-newest', [3, 2, 1], 1, [true, true, true, false]],
    ['lifo', 'conflate', [4, 2, 1], 1, [true, true, true, true]],
  ] as const)('%s, %s', async (order, overflow, out, dropped, taken) => {
    expect(await pulled(order, overflow, [1, 2, 3, 4])).toEqual({ out, dropped, taken });
  });

  test.each([
    ['suspend', [31, 11, 12], 0, [true, true, true, false, false]],
    ['drop-oldest', [31, 12, 13], 2, [true, true, true, true, false]],
    ['drop-newest', [31, 11, 12], 2, [true, true, true, false, false]],
    ['conflate', [31, 11, 13], 2, [true, true, true, true, false]],
  ] as const)(
    'priority, %s: the lowest gives way, which may be the newcomer',
    async (overflow, out, dropped, taken) => {
      expect(await pulled('priority', overflow, [11, 31, 12, 13, 1])).toEqual({ out, dropped, taken });
    },
  );

  test.each(['fifo', 'lifo', 'priority'] as const)('error, %s', (order) => {
    const buffer = new PushPullBuffer<number>({ capacity: 1, order, overflow: 'error' });
    buffer.sink.push(1);
    expect(thrownBy(() => buffer.sink.push(2))).toBeInstanceOf(BufferFullError);
    expect([buffer.size, buffer.dropped]).toEqual([1, 0]);
  });

  test.each(['drop-oldest', 'drop-newest', 'conflate'] as const)(
    '%s: next does not wait',
    async (overflow) => {
      const buffer = new PushPullBuffer<number>({ capacity: 1, overflow });
      const sent = [1, 2, 3].map((value) => buffer.sink.next(value));
      expect(await Promise.all(sent)).toEqual(sent.map(() => ({ done: false })));
      expect([buffer.size, buffer.dropped]).toEqual([1, 2]);
      expect(await buffer.source.next()).toEqual({ value: overflow === 'drop-newest' ? 1 : 3, done: false });
    },
  );

  test('who waits for a value is given it before anything is dropped', async () => {
    for (const overflow of ['drop-oldest', 'drop-newest', 'conflate', 'error'] as const) {
      const buffer = new PushPullBuffer<number>({ capacity: 0, overflow });
      const next = buffer.source.next();
      expect([buffer.sink.push(1), buffer.dropped]).toEqual([true, 0]);
      expect(await next).toEqual({ value: 1, done: false });
    }
  });

  test('lifo: who waits is let in as they came', async () => {
    const { sink, source } = new PushPullBuffer<number>({ capacity: 1, order: 'lifo' });
    for (const value of [1, 2, 3]) void sink.next(value);
    expect(await source.pull(ALL)).toEqual([1, 2, 3]);
  });

  test('priority: who waits is let in by priority, and as they came within one', async () => {
    const options = { capacity: 1, order: 'priority', priority: (value: number) => value % 10 } as const;
    const { sink, source } = new PushPullBuffer<number>(options);
    for (const value of [0, 1, 12, 2, 11]) void sink.next(value);
    expect(await source.pull(ALL)).toEqual([0, 12, 2, 1, 11]);
  });

  test('priority: without a function all are equal', async () => {
    const { sink, source } = new PushPullBuffer<number>({ capacity: 3, order: 'priority' });
    for (const value of [2, 1, 3]) sink.push(value);
    expect(await source.pull(ALL)).toEqual([2, 1, 3]);
  });
});

describe('capacity', () => {
  test('of 0: a value is only handed over', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 0 });
    expect(buffer.sink.push(1)).toBe(false);
    const sent = watch(buffer.sink.next(2));
    await settle();
    expect([sent.state, buffer.size, buffer.waitingPushes]).toEqual(['pending', 0, 1]);
    expect(await buffer.source.next()).toEqual({ value: 2, done: false });
    const next = buffer.source.next();
    expect([buffer.sink.push(3), await next]).toEqual([true, { value: 3, done: false }]);
  });

  test('of 0, weighed and by priority', async () => {
    const { sink, source } = new PushPullBuffer<number>({
      capacity: 0,
      order: 'priority',
      weigh: () => 1,
      priority: (value) => value,
    });
    for (const value of [1, 3, 2]) void sink.next(value);
    expect(await source.pull(2)).toEqual([3, 2]);
    const heavy = new PushPullBuffer<number>({ capacity: 0, weigh: () => 2 });
    expect(thrownBy(() => heavy.sink.push(1))).toBeInstanceOf(RangeError);
  });

  test('of Infinity: everything is taken', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: ALL });
    for (let value = 0; value < 10_000; value++) expect(buffer.sink.push(value)).toBe(true);
    expect([buffer.capacity, buffer.size]).toEqual([ALL, 10_000]);
    expect(await buffer.source.pull(ALL)).toEqual(Array.from({ length: 10_000 }, (_, at) => at));
  });
});

describe('weights', () => {
  test('fill the capacity in units; size counts values', () => {
    const buffer = new PushPullBuffer<number>({ capacity: 5, weigh: (value) => value });
    expect([buffer.sink.push(2), buffer.sink.push(2), buffer.sink.push(2), buffer.sink.push(1)]).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect(buffer.size).toBe(3);
  });

  test('a heavy value that waits is not overtaken by a lighter one', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 3, weigh: (value) => value });
    buffer.sink.push(2);
    const heavy = watch(buffer.sink.next(3));
    const light = watch(buffer.sink.next(1));
    expect(buffer.sink.push(1)).toBe(false);
    await buffer.source.next();
    await settle();
    expect([heavy.state, light.state]).toEqual(['fulfilled', 'pending']);
    expect(await buffer.source.pull(ALL)).toEqual([3, 1]);
  });

  test('when a heavy value is taken back, the lighter ones behind it are let in', async () => {
    const controller = new AbortController();
    const buffer = new PushPullBuffer<number>({ capacity: 3, weigh: (value) => value });
    buffer.sink.push(2);
    const heavy = watch(buffer.sink.next(3, { signal: controller.signal }));
    const light = watch(buffer.sink.next(1));
    controller.abort('no more');
    await settle();
    expect([heavy.reason, light.value, buffer.size]).toEqual(['no more', { done: false }, 2]);
  });

  test('as many give way as have to, or none if that is not enough', async () => {
    const oldest = new PushPullBuffer<number>({
      capacity: 4,
      overflow: 'drop-oldest',
      weigh: (value) => value,
    });
    for (const value of [1, 2, 1, 3]) oldest.sink.push(value);
    expect([oldest.dropped, await oldest.source.pull(ALL)]).toEqual([2, [1, 3]]);
    const ranked = new PushPullBuffer<{ weight: number; rank: number }>({
      capacity: 3,
      overflow: 'drop-oldest',
      order: 'priority',
      weigh: ({ weight }) => weight,
      priority: ({ rank }) => rank,
    });
    const kept = [
      { weight: 1, rank: 1 },
      { weight: 2, rank: 9 },
    ];
    for (const value of kept) ranked.sink.push(value);
    expect([ranked.sink.push({ weight: 2, rank: 5 }), ranked.dropped]).toEqual([false, 1]);
    expect(await ranked.source.pull(ALL)).toEqual([...kept].reverse());
  });

  test.each([0, -1, 1.5, Number.NaN, 4, '1', undefined, null])(
    'of %o are refused by name',
    async (weight) => {
      const buffer = new PushPullBuffer<number>({ capacity: 3, weigh: () => weight as number });
      const kind = typeof weight === 'number' ? RangeError : TypeError;
      for (const error of [thrownBy(() => buffer.sink.push(1)), await reasonOf(buffer.sink.next(1))]) {
        expect((error as Error).constructor).toBe(kind);
        expect((error as Error).message).toContain('`weigh(value)`');
      }
      expect([buffer.size, buffer.waitingPushes, buffer.dropped]).toEqual([0, 0, 0]);
    },
  );

  test.each([0.5, Number.NaN, 2 ** 31, -(2 ** 31) - 1, '1', undefined])(
    'priority of %o is refused',
    async (rank) => {
      const buffer = new PushPullBuffer<number>({
        capacity: 3,
        order: 'priority',
        priority: () => rank as number,
      });
      const kind = typeof rank === 'number' ? RangeError : TypeError;
      for (const error of [thrownBy(() => buffer.sink.push(1)), await reasonOf(buffer.sink.next(1))]) {
        expect((error as Error).constructor).toBe(kind);
        expect((error as Error).message).toContain('`priority(value)`');
      }
      expect(buffer.size).toBe(0);
    },
  );

  test('what the function throws is thrown, and nothing happens', async () => {
    const error = new Error('cannot weigh');
    const buffer = new PushPullBuffer<number>({
      capacity: 3,
      weigh() {
        throw error;
      },
    });
    expect(thrownBy(() => buffer.sink.push(1))).toBe(error);
    expect(await reasonOf(buffer.sink.next(1))).toBe(error);
    expect([buffer.size, buffer.waitingPushes]).toEqual([0, 0]);
  });

  test('a function that uses the buffer finds it in order', async () => {
    const buffer: PushPullBuffer<number> = new PushPullBuffer<number>({
      capacity: 2,
      weigh(value) {
        if (value === 1) buffer.sink.push(10);
        if (value === 2) void buffer.source.next();
        if (value === 3) buffer.sink.return();
        if (value === 4) void buffer.source.return();
        return 1;
      },
    });
    expect([buffer.sink.push(1), buffer.sink.push(2), buffer.size]).toEqual([true, true, 2]);
    expect(await buffer.source.pull(1)).toEqual([1]);
    expect([await buffer.sink.next(3), buffer.sink.isClosed]).toEqual([{ done: true }, true]);
    expect(await buffer.source.pull(ALL)).toEqual([2]);
    expect(await buffer.source.pull(ALL)).toEqual([]);
  });
});

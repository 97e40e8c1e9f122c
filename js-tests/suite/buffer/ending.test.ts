// Ending, failing, abandoning: from either side, at every moment.
import { PushPullBuffer } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { settle } from '../support/turns.ts';
import { watchUnhandled } from '../support/unhandled.ts';
import { reasonOf, watch } from '../support/watch.ts';

const DONE = { value: undefined, done: true };
const given = <T>(value: T) => ({ value, done: false });
const ALL = Number.POSITIVE_INFINITY;

describe('sink.return', () => {
  test('lets what is in it, and what waits to be, still arrive', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 1 });
    const sent = [1, 2, 3].map((value) => buffer.sink.next(value));
    buffer.sink.return();
    expect([buffer.size, buffer.waitingPushes]).toEqual([1, 2]);
    const got: number[] = [];
    for await (const value of buffer.source) got.push(value);
    expect(got).toEqual([1, 2, 3]);
    expect(await Promise.all(sent)).toEqual(sent.map(() => ({ done: false })));
  });

  test('a second time does nothing, nor does a throw after it', async () => {
    const { sink, source } = new PushPullBuffer<number>({ capacity: 1 });
    sink.return();
    sink.return();
    sink.throw(new Error('late'));
    expect(await source.next()).toEqual(DONE);
  });

  test('takes back who leaves afterwards, and comes to the end', async () => {
    const controller = new AbortController();
    const { sink, source } = new PushPullBuffer<number>({ capacity: 0 });
    const sent = watch(sink.next(1, { signal: controller.signal }));
    sink.return();
    controller.abort('no');
    await settle();
    expect([sent.reason, await source.next()]).toEqual(['no', DONE]);
  });
});

describe('sink.throw', () => {
  test('the error comes after the values, to one pull, and then the end', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 1 });
    for (const value of [1, 2]) void buffer.sink.next(value);
    const error = new Error('broken');
    buffer.sink.throw(error);
    buffer.sink.throw(new Error('second'));
    expect([await buffer.source.next(), await buffer.source.next()]).toEqual([given(1), given(2)]);
    expect(await reasonOf(buffer.source.next())).toBe(error);
    expect([await buffer.source.next(), await buffer.source.pull(1)]).toEqual([DONE, []]);
  });

  test('of those who wait the first is told', async () => {
    const { sink, source } = new PushPullBuffer<number>({ capacity: 1 });
    const waiting = [watch(source.next()), watch(source.next()), watch(source.pull(2))] as const;
    sink.throw('broken');
    await settle();
    expect(waiting.map(({ reason, value }) => reason ?? value)).toEqual(['broken', DONE, []]);
    expect(await source.next()).toEqual(DONE);
  });

  test('is told even where it is undefined', async () => {
    const { sink, source } = new PushPullBuffer<number>({ capacity: 1 });
    sink.throw(undefined);
    expect(await reasonOf(source.next())).toBe(undefined);
    expect(await source.next()).toEqual(DONE);
  });
});

describe('leaving', () => {
  test('releases every producer, whatever it waits for', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 2, weigh: () => 2 });
    buffer.sink.push(0);
    const sent = [1, 2, 3].map((value) => buffer.sink.next(value));
    const ready = buffer.sink.ready();
    await buffer.source.return();
    expect(await Promise.all([...sent, ready])).toEqual([...sent, ready].map(() => ({ done: true })));
    expect([buffer.size, buffer.waitingPushes]).toEqual([0, 0]);
  });

  test('after the end of the sink ends it for what waited, too', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 1 });
    const sent = [1, 2].map((value) => buffer.sink.next(value));
    buffer.sink.return();
    await buffer.source.return();
    expect(await Promise.all(sent)).toEqual([{ done: false }, { done: true }]);
    expect(await buffer.source.next()).toEqual(DONE);
  });
});

describe('unhandled rejections', () => {
  async function unhandled(action: () => unknown): Promise<unknown[]> {
    const watching = watchUnhandled();
    await action();
    await settle();
    return watching.stop();
  }

  test('never arise from what nobody asked for', async () => {
    expect(
      await unhandled(async () => {
        const controller = new AbortController();
        const failed = new PushPullBuffer<number>({ capacity: 1 });
        failed.sink.push(1);
        failed.sink.throw(new Error('nobody pulls'));
        const left = new PushPullBuffer<number>({ capacity: 1, signal: controller.signal });
        left.sink.push(1);
        void left.source.return();
        const aborted = new PushPullBuffer<number>({ capacity: 1, signal: controller.signal });
        aborted.sink.push(1);
        controller.abort(new Error('nobody waits'));
        new PushPullBuffer<number>({ capacity: 1, signal: controller.signal }).sink.return();
        const threw = new PushPullBuffer<number>({ capacity: 1 });
        await threw.source.throw(new Error('seen')).catch(() => {});
        expect([threw.sink.push(1), aborted.sink.push(1)]).toEqual([false, false]);
      }),
    ).toEqual([]);
  });

  test('are reported once for a call whose promise nobody follows', async () => {
    const error = new Error('nobody follows');
    expect(
      await unhandled(() => {
        const { sink, source } = new PushPullBuffer<number>({ capacity: 1 });
        void source.next();
        sink.throw(error);
      }),
    ).toEqual([error]);
  });
});

test('of a buffer that is over, all counters stay', async () => {
  const buffer = new PushPullBuffer<number>({ capacity: 1, overflow: 'drop-oldest' });
  for (const value of [1, 2, 3]) buffer.sink.push(value);
  buffer.sink.return();
  expect(await buffer.source.pull(ALL)).toEqual([3]);
  await buffer.source.return();
  const { size, dropped, waitingPulls, waitingPushes } = buffer;
  expect({ size, dropped, waitingPulls, waitingPushes }).toEqual({
    size: 0,
    dropped: 2,
    waitingPulls: 0,
    waitingPushes: 0,
  });
});

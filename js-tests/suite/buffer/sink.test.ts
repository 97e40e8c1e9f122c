// The end where values are pushed.
import { BufferFullError, PushPullBuffer } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { settle } from '../support/turns.ts';
import { reasonOf, thrownBy, watch } from '../support/watch.ts';

const TAKEN = { done: false };
const LEFT = { done: true };

describe('next', () => {
  test('resolves when there was room, and waits when there is none', async () => {
    const { sink, source } = new PushPullBuffer<string>({ capacity: 2 });
    expect(await Promise.all([sink.next('a'), sink.next('b')])).toEqual([TAKEN, TAKEN]);
    const waiting = watch(sink.next('c'));
    await settle();
    expect(waiting.state).toBe('pending');
    expect(await source.next()).toEqual({ value: 'a', done: false });
    await settle();
    expect(waiting.value).toEqual(TAKEN);
  });

  test('first come, first served: nobody overtakes who waits, with next or with push', async () => {
    const buffer = new PushPullBuffer<string>({ capacity: 1 });
    const { sink, source } = buffer;
    sink.push('a');
    const b = watch(sink.next('b'));
    const c = watch(sink.next('c'));
    expect([await source.next(), sink.push('d'), buffer.size]).toEqual([
      { value: 'a', done: false },
      false,
      1,
    ]);
    await settle();
    expect([b.state, c.state]).toEqual(['fulfilled', 'pending']);
    expect(await source.pull(5)).toEqual(['b', 'c']);
    await settle();
    expect(c.value).toEqual(TAKEN);
  });

  test('is served before it is looked at again: the value is counted when the call returns', () => {
    const buffer = new PushPullBuffer<number>({ capacity: 1 });
    void buffer.sink.next(1);
    void buffer.sink.next(2);
    expect([buffer.size, buffer.waitingPushes]).toEqual([1, 1]);
  });

  test('gives { done: true } once the consumer has left, and once the sink is closed', async () => {
    const left = new PushPullBuffer<number>({ capacity: 1 });
    left.sink.push(1);
    const waiting = [left.sink.next(2), left.sink.next(3)];
    await left.source.return();
    expect(await Promise.all(waiting)).toEqual([LEFT, LEFT]);
    expect(await left.sink.next(4)).toEqual(LEFT);
    const closed = new PushPullBuffer<number>({ capacity: 1 });
    closed.sink.return();
    expect(await closed.sink.next(1)).toEqual(LEFT);
    expect(closed.size).toBe(0);
  });

  test('rejects with what the consumer threw, now and later', async () => {
    const { sink, source } = new PushPullBuffer<number>({ capacity: 1 });
    sink.push(1);
    const error = new Error('enough');
    const [waiting, ready] = [watch(sink.next(2)), watch(sink.ready())];
    expect(await reasonOf(source.throw(error))).toBe(error);
    await settle();
    expect([waiting.reason, ready.reason]).toEqual([error, error]);
    expect(waiting.reason).toBe(error);
    expect(await reasonOf(sink.next(3))).toBe(error);
    expect(await reasonOf(sink.ready())).toBe(error);
    expect(sink.push(4)).toBe(false);
  });
});

describe('push', () => {
  test('says whether the value was taken', () => {
    const { sink } = new PushPullBuffer<number>({ capacity: 2 });
    expect([sink.push(1), sink.push(2), sink.push(3)]).toEqual([true, true, false]);
  });

  test('hands over to who waits for a value, without storing it', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 1 });
    const [one, two] = [buffer.source.next(), buffer.source.next()];
    expect([buffer.sink.push(1), buffer.sink.push(2), buffer.size]).toEqual([true, true, 0]);
    expect(await Promise.all([one, two])).toEqual([
      { value: 1, done: false },
      { value: 2, done: false },
    ]);
  });

  test('takes nothing any more after the end', async () => {
    for (const end of ['return', 'throw'] as const) {
      const buffer = new PushPullBuffer<number>({ capacity: 2 });
      buffer.sink[end](new Error('over'));
      expect([buffer.sink.push(1), buffer.size, buffer.dropped]).toEqual([false, 0, 0]);
    }
    const { sink, source } = new PushPullBuffer<number>({ capacity: 2, overflow: 'error' });
    await source.return();
    expect(sink.push(1)).toBe(false);
  });

  test('throws a BufferFullError that names the buffer where that is the overflow', async () => {
    const { sink } = new PushPullBuffer<number>({ capacity: 1, overflow: 'error', name: 'rows' });
    expect(sink.push(1)).toBe(true);
    for (const error of [thrownBy(() => sink.push(2)), await reasonOf(sink.next(2))]) {
      expect(error).toBeInstanceOf(BufferFullError);
      expect(error).toMatchObject({ code: 'FANFOLD_BUFFER_FULL', buffer: 'rows', capacity: 1 });
    }
  });
});

describe('ready', () => {
  test('resolves at once where there is room', async () => {
    const { sink } = new PushPullBuffer<number>({ capacity: 1 });
    expect(await sink.ready()).toEqual(TAKEN);
    expect(sink.push(1)).toBe(true);
  });

  test('waits until there is room and nobody waits with a value', async () => {
    const { sink, source } = new PushPullBuffer<number>({ capacity: 1 });
    sink.push(1);
    const ready = watch(sink.ready());
    const next = watch(sink.next(2));
    await source.next();
    await settle();
    expect([ready.state, next.state]).toEqual(['pending', 'fulfilled']);
    await source.next();
    await settle();
    expect(ready.value).toEqual(TAKEN);
    expect(sink.push(3)).toBe(true);
  });

  test('with no capacity, resolves when somebody waits for a value', async () => {
    const { sink, source } = new PushPullBuffer<number>({ capacity: 0 });
    const ready = watch(sink.ready());
    await settle();
    expect(ready.state).toBe('pending');
    const pulled = source.next();
    await settle();
    expect([ready.value, sink.push(1)]).toEqual([TAKEN, true]);
    expect(await pulled).toEqual({ value: 1, done: false });
  });

  test('tells all who wait for it at the same time', async () => {
    const { sink, source } = new PushPullBuffer<number>({ capacity: 1 });
    sink.push(1);
    const all = [sink.ready(), sink.ready(), sink.ready()];
    await source.next();
    expect(await Promise.all(all)).toEqual([TAKEN, TAKEN, TAKEN]);
  });

  test('counts nobody among those who wait with values', () => {
    const buffer = new PushPullBuffer<number>({ capacity: 0 });
    void buffer.sink.ready();
    expect([buffer.waitingPushes, buffer.waitingPulls]).toEqual([0, 0]);
  });

  test('gives { done: true } when nothing is taken any more, whoever said so', async () => {
    for (const end of [
      ({ sink }: PushPullBuffer<number>) => sink.return(),
      ({ sink }: PushPullBuffer<number>) => sink.throw(new Error('over')),
      ({ source }: PushPullBuffer<number>) => source.return(),
    ]) {
      const buffer = new PushPullBuffer<number>({ capacity: 1 });
      buffer.sink.push(1);
      const waiting = buffer.sink.ready();
      void end(buffer);
      expect([await waiting, await buffer.sink.ready()]).toEqual([LEFT, LEFT]);
    }
  });
});

describe('isClosed', () => {
  test.each([
    ['sink.return()', ({ sink }: PushPullBuffer<number>) => sink.return()],
    ['sink.throw()', ({ sink }: PushPullBuffer<number>) => sink.throw('over')],
    ['source.return()', ({ source }: PushPullBuffer<number>) => source.return()],
    ['source.throw()', ({ source }: PushPullBuffer<number>) => source.throw('over').catch(() => {})],
  ])('is true at once after %s', (_name, end) => {
    const buffer = new PushPullBuffer<number>({ capacity: 1 });
    buffer.sink.push(1);
    expect(buffer.sink.isClosed).toBe(false);
    void end(buffer);
    expect(buffer.sink.isClosed).toBe(true);
  });
});

// Signals: of a wait, and of the whole buffer.
import { PushPullBuffer } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { countListeners } from '../support/listeners.ts';
import { outcome } from '../support/outcome.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

const DONE = { value: undefined, done: true };

/** Both kinds of buffers: one that counts by itself, and one whose values the engine knows. */
const kinds = [
  ['plain', {}],
  ['weighed', { weigh: () => 1 }],
] as const;

describe.each(kinds)('the signal of a wait (%s)', (_name, options) => {
  test('takes back a value that waited for room', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const buffer = new PushPullBuffer<number>({ capacity: 1, ...options });
    buffer.sink.push(1);
    const [two, three] = [watch(buffer.sink.next(2, { signal })), watch(buffer.sink.next(3))];
    const error = new Error('changed my mind');
    controller.abort(error);
    expect(buffer.waitingPushes).toBe(1);
    await settle();
    expect(two.reason).toBe(error);
    expect(await buffer.source.pull(9)).toEqual([1, 3]);
    await settle();
    expect(three.value).toEqual({ done: false });
  });

  test('ends a pull, and the next value goes to the next', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const buffer = new PushPullBuffer<number>({ capacity: 1, ...options });
    const calls = [buffer.source.next({ signal }), buffer.source.pull(2, { signal }), buffer.source.next()];
    const watched = calls.map((call) => watch<unknown>(call));
    controller.abort('enough');
    expect(buffer.waitingPulls).toBe(1);
    buffer.sink.push(1);
    await settle();
    expect(watched.map(({ reason, value }) => reason ?? value)).toEqual([
      'enough',
      'enough',
      { value: 1, done: false },
    ]);
  });

  test('ends a wait for room', async () => {
    const controller = new AbortController();
    const buffer = new PushPullBuffer<number>({ capacity: 0, ...options });
    const ready = watch(buffer.sink.ready({ signal: controller.signal }));
    controller.abort('enough');
    await settle();
    expect(ready.reason).toBe('enough');
  });

  test('that is aborted already refuses: nothing is pushed, nothing taken', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 2, ...options });
    buffer.sink.push(1);
    const wait = { signal: AbortSignal.abort('before') };
    for (const call of [
      buffer.sink.next(2, wait),
      buffer.sink.ready(wait),
      buffer.source.next(wait),
      buffer.source.pull(3, wait),
    ]) {
      expect(await reasonOf(call)).toBe('before');
    }
    expect([buffer.size, buffer.waitingPulls, buffer.waitingPushes]).toEqual([1, 0, 0]);
  });

  test('has one listener while some wait, and none afterwards', async () => {
    const { signal } = new AbortController();
    const listeners = countListeners(signal);
    const buffer = new PushPullBuffer<number>({ capacity: 1, ...options });
    for (let value = 0; value < 20; value++) void buffer.sink.next(value, { signal });
    void buffer.sink.ready({ signal });
    expect(listeners.now).toBe(1);
    await buffer.source.pull(Number.POSITIVE_INFINITY, { signal });
    expect(listeners.now).toBe(0);
    const calls = [buffer.source.next({ signal }), buffer.source.pull(2, { signal })];
    expect(listeners.now).toBe(1);
    buffer.sink.return();
    await Promise.all(calls);
    expect([listeners.now, listeners.peak]).toEqual([0, 1]);
  });

  test('aborts as many as wait, in their order', async () => {
    const controller = new AbortController();
    const buffer = new PushPullBuffer<number>({ capacity: 0, ...options });
    const told: number[] = [];
    for (let value = 0; value < 100; value++) {
      buffer.sink.next(value, { signal: controller.signal }).catch(() => told.push(value));
    }
    controller.abort();
    expect(buffer.waitingPushes).toBe(0);
    await settle();
    expect(told).toEqual(Array.from({ length: 100 }, (_, at) => at));
  });
});

test('a signal that is aborted while a value is weighed ends the call', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = countListeners(signal);
  const buffer = new PushPullBuffer<number>({
    capacity: 1,
    weigh(value) {
      if (value === 2) controller.abort('weighed');
      return 1;
    },
  });
  buffer.sink.push(1);
  expect(await reasonOf(buffer.sink.next(2, { signal }))).toBe('weighed');
  expect([buffer.waitingPushes, listeners.now]).toEqual([0, 0]);
});

describe.each(kinds)('the signal of a buffer (%s)', (_name, options) => {
  test('ends it for both sides, at once, with its reason', async () => {
    const controller = new AbortController();
    const buffer = new PushPullBuffer<number>({ capacity: 1, ...options, signal: controller.signal });
    buffer.sink.push(1);
    const waiting = [watch(buffer.sink.next(2)), watch(buffer.sink.ready())];
    const error = new Error('all over');
    controller.abort(error);
    expect([buffer.size, buffer.waitingPushes, buffer.sink.isClosed]).toEqual([0, 0, true]);
    await settle();
    expect(waiting.map(({ reason }) => reason)).toEqual([error, error]);
    for (const call of [
      buffer.sink.next(3),
      buffer.sink.ready(),
      buffer.source.next(),
      buffer.source.pull(1),
    ]) {
      expect(await reasonOf(call)).toBe(error);
    }
    expect([buffer.sink.push(4), buffer.dropped]).toEqual([false, 0]);
  });

  test('ends who waits for values', async () => {
    const controller = new AbortController();
    const buffer = new PushPullBuffer<number>({ capacity: 1, ...options, signal: controller.signal });
    const waiting = [watch<unknown>(buffer.source.next()), watch<unknown>(buffer.source.pull(2))];
    controller.abort('all over');
    await settle();
    expect(waiting.map(({ reason }) => reason)).toEqual(['all over', 'all over']);
  });

  test('that is aborted already', async () => {
    const buffer = new PushPullBuffer<number>({
      capacity: 1,
      ...options,
      signal: AbortSignal.abort('before'),
    });
    expect([buffer.sink.isClosed, buffer.sink.push(1)]).toEqual([true, false]);
    expect(await reasonOf(buffer.sink.next(1))).toBe('before');
    expect(await reasonOf(buffer.source.next())).toBe('before');
  });

  test('takes the place of an error that nobody was told yet', async () => {
    const controller = new AbortController();
    const buffer = new PushPullBuffer<number>({ capacity: 1, ...options, signal: controller.signal });
    buffer.sink.push(1);
    buffer.sink.throw('broken');
    controller.abort('all over');
    expect(await reasonOf(buffer.source.next())).toBe('all over');
  });

  test('changes nothing once all has come out', async () => {
    const controller = new AbortController();
    const buffer = new PushPullBuffer<number>({ capacity: 1, ...options, signal: controller.signal });
    buffer.sink.push(1);
    buffer.sink.return();
    await buffer.source.next();
    controller.abort('late');
    expect([await buffer.source.next(), await buffer.sink.next(2)]).toEqual([DONE, { done: true }]);
  });

  test.each([
    ['ended while empty', async ({ sink }: PushPullBuffer<number>) => sink.return()],
    [
      'ended while somebody waited',
      async ({ sink, source }: PushPullBuffer<number>) => {
        const next = source.next();
        sink.return();
        await next;
      },
    ],
    [
      'ended and drained',
      async ({ sink, source }: PushPullBuffer<number>) => {
        sink.push(1);
        void sink.next(2);
        sink.return();
        expect(await source.pull(5)).toEqual([1, 2]);
      },
    ],
    [
      'ended and drained one by one',
      async ({ sink, source }: PushPullBuffer<number>) => {
        sink.push(1);
        sink.return();
        await source.next();
      },
    ],
    [
      'failed, and told so',
      async ({ sink, source }: PushPullBuffer<number>) => {
        sink.throw('broken');
        await reasonOf(source.next());
      },
    ],
    [
      'failed while somebody waited',
      async ({ sink, source }: PushPullBuffer<number>) => {
        const next = reasonOf(source.next());
        sink.throw('broken');
        await next;
      },
    ],
    [
      'ended, and the last who waited left',
      async ({ sink }: PushPullBuffer<number>) => {
        const controller = new AbortController();
        sink.push(0);
        const next = watch(sink.next(1, { signal: controller.signal }));
        sink.return();
        controller.abort();
        await settle();
        expect(next.state).toBe('rejected');
      },
      true,
    ],
    ['left', async ({ source }: PushPullBuffer<number>) => source.return()],
    ['left with an error', async ({ source }: PushPullBuffer<number>) => reasonOf(source.throw('no'))],
  ] as const)('has no listener any more when it was %s', async (_name, act, isStored?: boolean) => {
    const { signal } = new AbortController();
    const listeners = countListeners(signal);
    const buffer = new PushPullBuffer<number>({ capacity: 1, ...options, signal });
    expect(listeners.now).toBe(1);
    await act(buffer);
    if (isStored === true) await buffer.source.next();
    expect(listeners.now).toBe(0);
  });
});

describe.each(kinds)('a signal that is somebody else’s code (%s)', (_name, options) => {
  /** Whoever listens to it, or stops to, calls this. */
  function odd(called: (method: 'add' | 'remove') => void): AbortSignal {
    const { signal } = new AbortController();
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: unknown[]) => {
      called('add');
      add(...(args as Parameters<typeof add>));
    };
    signal.removeEventListener = (...args: unknown[]) => {
      called('remove');
      remove(...(args as Parameters<typeof remove>));
    };
    return signal;
  }

  const waits: [string, number, (buffer: PushPullBuffer<number>, signal: AbortSignal) => unknown][] = [
    ['next', 1, ({ sink }, signal) => sink.next(2, { signal })],
    ['ready', 1, ({ sink }, signal) => sink.ready({ signal })],
    ['source.next', 0, ({ source }, signal) => source.next({ signal })],
    ['pull', 0, ({ source }, signal) => source.pull(2, { signal })],
  ];

  test.each(waits)('%s: one that throws harms nobody', async (_wait, fill, wait) => {
    const buffer = new PushPullBuffer<number>({ capacity: 1, ...options });
    if (fill === 1) buffer.sink.push(1);
    const signal = odd(() => {
      throw new Error('not me');
    });
    expect(await outcome(() => wait(buffer, signal))).toMatch(/^(throws|rejects with).*not me/);
    const { size, waitingPulls, waitingPushes } = buffer;
    expect({ size, waitingPulls, waitingPushes }).toEqual({ size: fill, waitingPulls: 0, waitingPushes: 0 });
    const [next] = [buffer.source.next(), buffer.sink.push(3)];
    expect((await next).done).toBe(false);
  });

  test.each(waits)('%s: one that uses the buffer finds it in order', async (_wait, fill, wait) => {
    for (const use of [
      ({ sink }: PushPullBuffer<number>) => void sink.push(7),
      ({ source }: PushPullBuffer<number>) => void watch(source.next()),
      ({ sink }: PushPullBuffer<number>) => sink.return(),
      ({ source }: PushPullBuffer<number>) => void source.return(),
    ]) {
      const buffer: PushPullBuffer<number> = new PushPullBuffer<number>({ capacity: 1, ...options });
      if (fill === 1) buffer.sink.push(1);
      const waiting = watch(
        wait(
          buffer,
          odd(() => use(buffer)),
        ) as Promise<unknown>,
      );
      for (let round = 0; round < 3; round++) {
        buffer.sink.push(8);
        watch(buffer.source.pull(1));
        await settle();
      }
      expect(waiting.state).toBe('fulfilled');
      await buffer.source.return();
      const { size, waitingPulls, waitingPushes } = buffer;
      expect({ size, waitingPulls, waitingPushes }).toEqual({ size: 0, waitingPulls: 0, waitingPushes: 0 });
    }
  });

  test('one that is aborted right after somebody was served does not take the seat of the next', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const buffer = new PushPullBuffer<number>({ capacity: 1, ...options });
    const first = buffer.source.next({ signal });
    buffer.sink.push(1);
    const second = buffer.source.next();
    controller.abort('late');
    buffer.sink.push(2);
    expect([await first, await second]).toEqual([
      { value: 1, done: false },
      { value: 2, done: false },
    ]);
  });
});

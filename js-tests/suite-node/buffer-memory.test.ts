// Bounded memory of buffers: nothing keeps one that nobody holds, nor what went through it.
import { PushPullBuffer, type PushPullBufferOptions } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { countListeners } from '../suite/support/listeners.ts';
import { settle } from '../suite/support/turns.ts';
import { reasonOf, watch } from '../suite/support/watch.ts';

const { gc } = globalThis;

type Settings = Omit<PushPullBufferOptions<unknown>, 'capacity'>;

async function collected(): Promise<void> {
  for (let round = 0; round < 4; round++) {
    await settle();
    gc!();
  }
}

async function isCollected(ref: WeakRef<object>): Promise<boolean> {
  for (let round = 0; round < 20 && ref.deref() !== undefined; round++) await collected();
  return ref.deref() === undefined;
}

/** Of the JavaScript heap, and of array buffers, in which the table of the engine's handles is. */
async function bytesInUse(): Promise<number> {
  await collected();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const kinds: [string, Settings][] = [
  ['plain', {}],
  ['weighed', { weigh: () => 1 }],
  ['priority', { order: 'priority' }],
];

/** What was done with a buffer when it is let go. Whoever waits holds it by what follows the wait, and by nothing else. */
const states: [string, (buffer: PushPullBuffer<unknown>) => void][] = [
  ['that was never used', () => {}],
  ['with values', ({ sink }) => void [sink.push({}), sink.push({})]],
  [
    'into which some wait to be let in',
    (buffer) => {
      for (let nth = 0; nth < 5; nth++) void buffer.sink.next({}).then(() => buffer.size);
      void buffer.sink.ready().then(() => buffer.size);
    },
  ],
  [
    'that some wait to be given something',
    (buffer) => {
      void buffer.source.next().then(() => buffer.size);
      void buffer.source.pull(5).then(() => buffer.size);
    },
  ],
  [
    'in a loop that waits',
    (buffer) => {
      void (async () => {
        for await (const value of buffer.source) void [value, buffer.size];
      })();
    },
  ],
  [
    'that was ended, with values',
    ({ sink }) => {
      sink.push({});
      sink.return();
    },
  ],
  [
    'that failed, and nobody was told',
    ({ sink }) => {
      sink.throw(new Error('nobody'));
    },
  ],
  [
    'with streams',
    (buffer) => {
      void buffer.readable.getReader().read();
      void buffer.writable.getWriter().write({});
      void buffer.writable;
    },
  ],
];

describe.runIf(gc).each(kinds)('a buffer that nobody holds any more (%s)', (_kind, settings) => {
  const make = (use: (buffer: PushPullBuffer<unknown>) => void, signal?: AbortSignal) => {
    const buffer = new PushPullBuffer<unknown>({ capacity: 2, ...settings, signal });
    use(buffer);
    return new WeakRef<object>(buffer.sink);
  };

  test.each(states)('%s is collected', async (_name, use) => {
    expect(await isCollected(make(use))).toBe(true);
  });

  test.each(states)('%s is collected, and leaves no listener on its signal', async (_name, use) => {
    const { signal } = new AbortController();
    const listeners = countListeners(signal);
    expect(await isCollected(make(use, signal))).toBe(true);
    // Those who tidy up are called some time after the collection.
    for (let round = 0; round < 20 && listeners.now > 0; round++) await collected();
    expect([listeners.now, signal.aborted]).toEqual([0, false]);
  });

  test('leaves nothing behind, neither here nor with the engine', async () => {
    const { signal } = new AbortController();
    const many = async () => {
      for (let nth = 0; nth < 800; nth++) {
        for (const [, use] of states) make(use, nth % 2 === 0 ? signal : undefined);
        if (nth % 20 === 19) await settle();
      }
      await collected();
    };
    await many();
    await many();
    const before = await bytesInUse();
    for (let round = 0; round < 4; round++) await many();
    // Less than what the engine's handle leads to.
    expect((await bytesInUse()) - before).toBeLessThan(4 * 800 * states.length * 20);
  });
});

describe.runIf(gc).each(kinds)('a buffer that somebody holds (%s)', (kind, settings) => {
  test('keeps no value that has come out, was dropped or was taken back', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const buffer = new PushPullBuffer<object>({ capacity: 1, ...settings } as PushPullBufferOptions<object>);
    const refs = await (async () => {
      const values = Array.from({ length: 4 }, (_, nth) => ({ nth }));
      const sent = values.map((value) => watch(buffer.sink.next(value, { signal })));
      await buffer.source.pull(2);
      controller.abort();
      await settle();
      expect(sent.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
      await buffer.source.next();
      const waiting = buffer.source.next();
      const last = { nth: 4 };
      buffer.sink.push(last);
      await waiting;
      return [...values, last].map((value) => new WeakRef(value));
    })();
    for (const ref of refs) expect(await isCollected(ref)).toBe(true);
    expect(buffer.sink.push({})).toBe(true);
  });

  test('keeps nothing of what it held when its consumer left', async () => {
    const buffer = new PushPullBuffer<object>({ capacity: 1, ...settings } as PushPullBufferOptions<object>);
    const refs = await (async () => {
      const values = [{}, {}];
      const sent = values.map((value) => buffer.sink.next(value));
      await buffer.source.return();
      await Promise.all(sent);
      return values.map((value) => new WeakRef(value));
    })();
    for (const ref of refs) expect(await isCollected(ref)).toBe(true);
    expect(buffer.sink.isClosed).toBe(true);
  });

  test('who holds one end alone is served by who holds the other', async () => {
    const open = () => {
      const { sink, source } = new PushPullBuffer<number>({ capacity: 1, ...settings } as never);
      return { sink, source };
    };
    const { sink, source } = open();
    await collected();
    const waiting = source.next();
    await collected();
    sink.push(1);
    expect(await waiting).toEqual({ value: 1, done: false });
  });

  test('who waits with a signal is told of it, though nobody holds the buffer', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = (() => {
      const { source } = new PushPullBuffer<number>({ capacity: 1, ...settings } as never);
      return reasonOf(source.next({ signal }));
    })();
    await collected();
    controller.abort('told');
    expect(await waiting).toBe('told');
  });

  test('after a drain of up to a million values memory is where it was', async () => {
    const buffer = new PushPullBuffer<object>({ capacity: 1024, ...settings } as never);
    const unbounded = new PushPullBuffer<object>({
      capacity: Number.POSITIVE_INFINITY,
      ...settings,
    } as never);
    const none = new PushPullBuffer<object>({ capacity: 0, ...settings } as never);
    const use = async (many: number) => {
      const produce = (async () => {
        for (let nth = 0; nth < many; nth++) await buffer.sink.next({ nth });
      })();
      for (let nth = 0; nth < many; nth++) await buffer.source.next();
      await produce;
      for (let nth = 0; nth < many / 10; nth++) unbounded.sink.push({ nth });
      while (unbounded.size > 0) await unbounded.source.pull(1000);
      const sent = Array.from({ length: many / 50 }, (_, nth) => none.sink.next({ nth }));
      while (none.waitingPushes > 0) await none.source.pull(1000);
      await Promise.all(sent);
      const pulled = Array.from({ length: many / 50 }, () => none.source.next());
      for (let nth = 0; nth < many / 50; nth++) none.sink.push({ nth });
      await Promise.all(pulled);
    };
    await use(50_000);
    await use(50_000);
    const before = await bytesInUse();
    await use(kind === 'plain' ? 1_000_000 : 200_000);
    expect((await bytesInUse()) - before).toBeLessThan(500_000);
    expect([buffer.size, unbounded.size, none.size]).toEqual([0, 0, 0]);
  });
});

test.runIf(gc)('a few values that stay do not keep the room that many had', async () => {
  const buffer = new PushPullBuffer<object>({ capacity: Number.POSITIVE_INFINITY });
  const before = await bytesInUse();
  for (let nth = 0; nth < 200_000; nth++) buffer.sink.push({ nth });
  while (buffer.size > 10) await buffer.source.pull(Math.min(buffer.size - 10, 1000));
  expect((await bytesInUse()) - before).toBeLessThan(800_000);
  expect(buffer.size).toBe(10);
});

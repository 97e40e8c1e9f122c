// Fair keys: those who share a limiter take turns, whoever has more waiting, and each may be limited for itself.
import {
  createLimiter,
  createMutex,
  type FeedbackAnswer,
  httpFeedback,
  type Key,
  type LimiterOptions,
  type PerKey,
  QueueFullError,
  type TaskHandle,
} from 'fanfold';
import { describe, expect, test } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, thrownBy, watch } from '../support/watch.ts';

useFakeTime();

const after = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** A limiter of one slot that is taken, and what starts in it one after the other when that is released. */
async function order(
  options: Omit<LimiterOptions, 'concurrency'>,
  tasks: readonly [name: string, key?: Key, wishes?: { weight?: number; priority?: number }][],
): Promise<string> {
  const limiter = createLimiter({ concurrency: 2, ...options });
  const held = await limiter.acquire({ weight: 2 });
  const started: string[] = [];
  const results = tasks.map(([name, key, wishes]) =>
    limiter.run(async () => started.push(name), { key, weight: 2, ...wishes }),
  );
  held.release();
  await Promise.all(results);
  return started.join(' ');
}

describe('keys', () => {
  test('take turns, first in first out within each; tasks without a key share one', async () => {
    expect(
      await order({}, [['a1', 'a'], ['a2', 'a'], ['a3', 'a'], ['-1'], ['-2'], ['b1', 'b'], ['a4', 'a']]),
    ).toBe('a1 -1 b1 a2 -2 a3 a4');
  });

  test('go by the order of the limiter within each', async () => {
    expect(
      await order({ order: 'priority' }, [
        ['a1', 'a'],
        ['a2', 'a', { priority: 9 }],
        ['b1', 'b'],
        ['b2', 'b', { priority: 1 }],
      ]),
    ).toBe('a2 b2 a1 b1');
    expect(
      await order({ order: 'lifo' }, [
        ['a1', 'a'],
        ['a2', 'a'],
        ['b1', 'b'],
      ]),
    ).toBe('a2 b1 a1');
  });

  test('pay for what their tasks weigh', async () => {
    const light = { weight: 1 };
    // Two of the light ones are as much as a heavy one.
    expect(
      await order({}, [
        ['a1', 'a'],
        ['b1', 'b', light],
        ['a2', 'a'],
        ['b2', 'b', light],
        ['b3', 'b', light],
        ['b4', 'b', light],
        ['a3', 'a'],
      ]),
    ).toBe('a1 b1 b2 a2 b3 b4 a3');
  });

  test('have shares as they weigh, asked once while they have something to do', async () => {
    const asked: Key[] = [];
    const weight = (key: Key) => {
      asked.push(key);
      return key === 'a' ? 3 : 1;
    };
    const light = { weight: 1 };
    const names = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'b3', 'b4'];
    const limiter = createLimiter({ concurrency: 1, perKey: { weight } });
    const held = await limiter.acquire();
    const started: string[] = [];
    const all = names.map((name) => limiter.run(async () => started.push(name), { key: name[0], ...light }));
    held.release();
    await Promise.all(all);
    expect(started.join(' ')).toBe('a1 a2 a3 b1 a4 b2 b3 b4');
    expect(asked).toEqual(['a', 'b']);
    await limiter.run(() => 1, { key: 'a' });
    expect(asked).toEqual(['a', 'b', 'a']);
  });

  test('are compared as those of a map, whatever they are', async () => {
    const [object, symbol] = [{}, Symbol('a')];
    const keys = [1, '1', 1n, true, null, Number.NaN, object, {}, symbol, -0];
    const same = [1, '1', 1n, true, null, Number.NaN, object, {}, symbol, 0];
    const limiter = createLimiter({ concurrency: 99, perKey: { concurrency: 1 } });
    const gates = new Gates();
    const run = (list: readonly Key[]) =>
      list.map((key, index) => limiter.submit(gates.task(`${index}`), { key }));
    const handles = [...run(keys), ...run(same)];
    await settle();
    // Only the two objects without a name of their own are two keys.
    expect(gates.running).toBe(keys.length + 1);
    expect(handles.map((handle) => limiter.blockedBy(handle)?.reason)).toEqual([
      ...keys.map(() => undefined),
      ...same.map((_, index) => (index === 7 ? undefined : 'key')),
    ]);
    gates.openAll();
    await limiter.onIdle();
  });

  test('a free slot goes to somebody, if anybody may have it', async () => {
    const limiter = createLimiter(4);
    const gates = new Gates();
    for (let index = 0; index < 9; index++) void limiter.run(gates.task(`a${index}`), { key: 'a' });
    await settle();
    expect(gates.running).toBe(4);
    gates.openAll();
    await limiter.onIdle();
    expect(gates.ended).toHaveLength(9);
  });

  test('permits and mutexes have them too', async () => {
    const mutex = createMutex();
    const held = await mutex.acquire({ key: 'a' });
    const started: string[] = [];
    const all = ['a1', 'a2', 'b1'].map((name) =>
      name === 'a2'
        ? mutex.acquire({ key: 'a' }).then((permit) => {
            started.push(name);
            permit.release();
          })
        : mutex.runExclusive(async () => void started.push(name), { key: name[0] }),
    );
    held.release();
    await Promise.all(all);
    expect(started).toEqual(['a1', 'b1', 'a2']);
  });

  test('later attempts are of the same key', async () => {
    const limiter = createLimiter({ concurrency: 9, perKey: { concurrency: 1 } });
    let peak = 0;
    let running = 0;
    const flaky = async ({ attempt }: { attempt: number }) => {
      peak = Math.max(peak, ++running);
      await after(10);
      running--;
      if (attempt < 3) throw new Error('again');
      return attempt;
    };
    const retry = { retries: 3, backoff: 5 };
    const all = [1, 2, 3].map(() => limiter.run(flaky, { key: 'a', retry }));
    await elapse(1000);
    expect(await Promise.all(all)).toEqual([3, 3, 3]);
    expect(peak).toBe(1);
  });

  test('below a parent keys are those of their own limiter', async () => {
    const parent = createLimiter(1);
    const child = createLimiter({ concurrency: 9, parent });
    const held = await parent.acquire();
    const started: string[] = [];
    const all = ['a1', 'a2', 'a3', 'b1'].map((name) =>
      child.run(async () => started.push(name), { key: name[0] }),
    );
    all.push(parent.run(async () => started.push('parent'), { key: 'b' }));
    held.release();
    await Promise.all(all);
    expect(started.join(' ')).toBe('a1 parent b1 a2 a3');
  });
});

describe('perKey', () => {
  test('concurrency: so many of each, and others go on', async () => {
    const limiter = createLimiter({ concurrency: 5, perKey: { concurrency: 2 } });
    const gates = new Gates();
    const handles = ['a1', 'a2', 'a3', 'b1', '-1', '-2', '-3'].map((name) =>
      limiter.submit(gates.task(name), name[0] === '-' ? {} : { key: name[0] }),
    );
    await settle();
    expect(gates.started).toEqual(['a1', 'a2', 'b1', '-1', '-2']);
    expect(limiter.blockedBy(handles[2]!)).toEqual({ limiter: 'limiter', reason: 'key' });
    gates.open('b1');
    await settle();
    expect(gates.started).toHaveLength(5);
    gates.open('a1');
    await settle();
    expect(gates.started).toEqual(['a1', 'a2', 'b1', '-1', '-2', 'a3']);
    gates.openAll();
    await limiter.onIdle();
  });

  test('maxQueue: so many of each, by what the limiter says of overflow', async () => {
    for (const [overflow, expected] of [
      ['reject', [undefined, undefined, 'full', undefined]],
      ['drop-oldest', ['full', undefined, undefined, undefined]],
    ] as const) {
      const limiter = createLimiter({ concurrency: 1, name: 'api', overflow, perKey: { maxQueue: 2 } });
      const held = await limiter.acquire();
      const watched = ['a', 'a', 'a', 'b'].map((key) => watch(limiter.run(() => key, { key })));
      await settle();
      expect(watched.map(({ reason }) => (reason === undefined ? undefined : 'full'))).toEqual(expected);
      const error = watched.find(({ reason }) => reason)?.reason as QueueFullError;
      expect(error).toBeInstanceOf(QueueFullError);
      expect(error.message).toBe('The queue of limiter "api" is full (of a key, perKey.maxQueue: 2)');
      held.release();
      await limiter.onIdle();
      expect(limiter.stats()).toMatchObject({ dropped: 1, fulfilled: 4 });
    }
  });

  test('a full queue of all pushes out one of the key that has most waiting', async () => {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 5, overflow: 'drop-newest' });
    const held = await limiter.acquire({ key: 'x' });
    const names = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1'];
    const watched = names.map((name) => watch(limiter.run(() => name, { key: name[0] })));
    await settle();
    expect(names.filter((_, index) => watched[index]?.state === 'rejected')).toEqual(['a3', 'a4']);
    held.release();
    await limiter.onIdle();
  });

  test('rate: a window for each, besides the limiter’s own', async () => {
    const limiter = createLimiter({
      concurrency: 99,
      rate: { limit: 5, interval: 1000 },
      perKey: { rate: { limit: 2, interval: 1000 } },
    });
    const began = performance.now();
    const at: Record<string, number[]> = { a: [], b: [], c: [] };
    const handles = [...'aaaabbbc'].map((key) =>
      limiter.submit(async () => at[key]?.push(Math.round(performance.now() - began)), { key }),
    );
    await settle();
    expect(at).toEqual({ a: [0, 0], b: [0, 0], c: [0] });
    expect(limiter.blockedBy(handles[2] as TaskHandle<unknown>)?.reason).toBe('key');
    expect(limiter.stats().nextStart).toBe(1000);
    await elapse(1000);
    expect(at).toEqual({ a: [0, 0, 1000, 1000], b: [0, 0, 1000], c: [0] });
    await limiter.onIdle();
  });

  test('costs of a key’s rate', async () => {
    const limiter = createLimiter({
      concurrency: 9,
      perKey: { rate: { limit: 100, interval: 1000, resource: 'tokens' } },
    });
    const began = performance.now();
    const at: number[] = [];
    for (const key of 'aab') {
      void limiter.run(async () => at.push(performance.now() - began), { key, cost: { tokens: 60 } });
    }
    await elapse(1000);
    expect(at).toEqual([0, 0, 1000]);
    expect(thrownBy(() => limiter.run(() => 1, { key: 'a', cost: { tokens: 101 } }))).toBeInstanceOf(
      RangeError,
    );
  });

  test('what a key may never have is refused, and so are options that make no sense', async () => {
    const limiter = createLimiter({ concurrency: 4, perKey: { concurrency: 2 } });
    expect(String(thrownBy(() => limiter.run(() => 1, { weight: 3 })))).toMatch(/slots that a key may have/);
    const cases: [PerKey | number | null, RegExp][] = [
      [3, /^TypeError: .*`perKey`/],
      [null, /^TypeError: .*`perKey`/],
      [{ concurrency: 0 }, /^RangeError: .*`perKey\.concurrency`/],
      [{ concurrency: '1' as never }, /^TypeError: .*`perKey\.concurrency`/],
      [{ maxQueue: -1 }, /^RangeError: .*`perKey\.maxQueue`/],
      [{ rate: { limit: 0, interval: 1 } }, /^RangeError: .*`perKey\.rate\.limit`/],
      [
        { rate: [{ limit: 1, interval: 1, resource: 1 as never }] },
        /^TypeError: .*`perKey\.rate\[0\]\.resource`/,
      ],
      [{ weight: 2 as never }, /^TypeError: .*`perKey\.weight`/],
      [{ weigth: () => 2 } as PerKey, /^TypeError: .*`perKey\.weigth`, did you mean `perKey\.weight`/],
    ];
    for (const [perKey, expected] of cases) {
      expect(String(thrownBy(() => createLimiter({ concurrency: 1, perKey: perKey as PerKey })))).toMatch(
        expected,
      );
    }
  });

  test('weights and costs of more keys than one turn takes, coming and going', async () => {
    const rate = { limit: 1e9, interval: 1, resource: 'tokens' };
    const limiter = createLimiter({ concurrency: 7, perKey: { weight: (key) => Number(key) + 1, rate } });
    for (let round = 0; round < 3; round++) {
      const keys = Array.from({ length: 5000 }, (_, index) => (index * 7919) % 5000);
      const all = keys.map((key) => limiter.run(async () => key, { key, cost: { tokens: key } }));
      await elapse(10);
      expect(await Promise.all(all)).toEqual(keys);
    }
  });

  test('a weight that is none, or throws, refuses the task before anything has changed', async () => {
    const error = new Error('mine');
    let answer: () => number = () => 0;
    const limiter = createLimiter({ concurrency: 1, perKey: { weight: () => answer() } });
    expect(String(thrownBy(() => limiter.run(() => 1, { key: 'a' })))).toMatch(
      /^RangeError: .*`perKey\.weight\(\)`/,
    );
    answer = () => {
      throw error;
    };
    expect(thrownBy(() => limiter.run(() => 1, { key: 'a' }))).toBe(error);
    expect(limiter.pendingCount).toBe(0);
    // What it submits itself comes first.
    const started: string[] = [];
    answer = () => {
      answer = () => 7;
      void limiter.run(async () => started.push('inner'), { key: 'a' });
      return 2;
    };
    await limiter.run(async () => started.push('outer'), { key: 'a' });
    expect(started).toEqual(['inner', 'outer']);
  });
});

describe('feedback of a key', () => {
  /** Attempts of keys, at what times, of which the first of 'a' is answered so. */
  async function attempts(answer: (key: Key | undefined) => FeedbackAnswer, keys: readonly Key[]) {
    let isFirst = true;
    const limiter = createLimiter({
      concurrency: 1,
      feedback: ({ key }) => {
        const given = isFirst ? answer(key) : undefined;
        isFirst = false;
        return given;
      },
    });
    const began = performance.now();
    const at: string[] = [];
    const handles = keys.map((key) =>
      limiter.submit(async () => void at.push(`${String(key)} ${performance.now() - began}`), { key }),
    );
    await settle();
    return { limiter, at, handles };
  }

  test.each<[string, (key: Key | undefined) => FeedbackAnswer]>([
    ['a key', (key) => ({ pauseFor: 500, scope: key })],
    ['{ key }', (key) => ({ pauseFor: 500, scope: { key } })],
  ])('scope: %s holds that one back for exactly so long, and the others go on', async (_name, answer) => {
    const { limiter, at, handles } = await attempts(answer, ['a', 'a', 'b', 'a', 'b']);
    expect(at).toEqual(['a 0', 'b 0', 'b 0']);
    expect(limiter.blockedBy(handles[1]!)).toEqual({ limiter: 'limiter', reason: 'key' });
    expect(limiter.stats().nextStart).toBe(500);
    await elapse(499);
    expect(at).toHaveLength(3);
    await elapse(1);
    expect(at).toEqual(['a 0', 'b 0', 'b 0', 'a 500', 'a 500']);
  });

  test('{ key } is a key even if that is a word, and undefined the tasks without one', async () => {
    const words = await attempts((key) => ({ pauseFor: 500, scope: { key } }), ['self', 'self', 'b']);
    expect(words.at).toEqual(['self 0', 'b 0']);
    const lone = await attempts(
      () => ({ pauseFor: 500, scope: { key: undefined } }),
      ['a', undefined as never, 'b'],
    );
    expect(lone.at).toEqual(['a 0', 'b 0']);
    await elapse(500);
    expect([words.at.at(-1), lone.at.at(-1)]).toEqual(['self 500', 'undefined 500']);
  });

  test('a key that has nothing to do can be held back, and weighs what it weighs', async () => {
    const limiter = createLimiter({
      concurrency: 1,
      perKey: { weight: (key) => (key === 'idle' ? 2 : 1) },
      feedback: ({ key }) => (key === 'a' ? { pauseFor: 500, scope: { key: 'idle' } } : undefined),
    });
    await limiter.run(() => 1, { key: 'a' });
    const started: string[] = [];
    for (const name of ['idle', 'idle', 'idle', 'b', 'b']) {
      void limiter.run(async () => started.push(name), { key: name });
    }
    await settle();
    expect(started).toEqual(['b', 'b']);
    await elapse(500);
    expect(started).toHaveLength(5);
  });

  test('a shorter hold, or none, does not end a longer one', async () => {
    const limiter = createLimiter({
      concurrency: 9,
      feedback: ({ key }) => (typeof key === 'number' ? { pauseFor: key, scope: { key: 'a' } } : undefined),
    });
    for (const key of [500, 100, 0]) await limiter.run(() => 1, { key });
    const gates = new Gates();
    void limiter.run(gates.task('a'), { key: 'a' });
    await elapse(499);
    expect(gates.started).toEqual([]);
    await elapse(1);
    expect(gates.started).toEqual(['a']);
    gates.openAll();
  });

  test('what names no key is an error, and a spread of one says nothing', async () => {
    const wrong = (answer: FeedbackAnswer) =>
      createLimiter({ concurrency: 1, feedback: () => answer }).run(() => 1, { key: 'a' });
    expect(await reasonOf(wrong({ pauseFor: 1, scope: 'roots' }))).toBeInstanceOf(RangeError);
    expect(await reasonOf(wrong({ pauseFor: 1, scope: 7 }))).toBeInstanceOf(RangeError);
    expect(await reasonOf(wrong({ pauseFor: 1, scope: 'a', spread: 1 }))).toBeInstanceOf(TypeError);
  });

  test('httpFeedback holds back the key whose budget is used up', async () => {
    const limiter = createLimiter({ concurrency: 4, feedback: httpFeedback({ scope: 'key' }) });
    const refused = () => new Response(null, { status: 429, headers: { 'retry-after': '2' } });
    await limiter.run(refused, { key: 'a' });
    const started: string[] = [];
    for (const key of 'ab') void limiter.run(async () => started.push(key), { key });
    await elapse(1999);
    expect(started).toEqual(['b']);
    await elapse(1);
    expect(started).toEqual(['b', 'a']);
    await limiter.run(refused);
    expect(await limiter.run(() => 1, { key: 'a' })).toBe(1);
  });
});

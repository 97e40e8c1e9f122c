// What is asked of the source, how often and when: reading, ending, closing, throwing.
import { describe, expect, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { outcomeKind } from '../support/outcome.ts';
import { BOTH, type MapStage, sameAsPMap } from '../support/p-map.ts';
import { microtasks, settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

/** Something to ask, that counts how often it was asked and closed. */
function counted(next: (nth: number) => unknown, end?: () => unknown) {
  const count = { next: 0, return: 0 };
  const iterator = {
    next: () => next(count.next++),
    return: () => {
      count.return++;
      return end?.() ?? { done: true, value: undefined };
    },
  };
  const sync = { [Symbol.iterator]: () => iterator } as unknown as Iterable<number>;
  const async = { [Symbol.asyncIterator]: () => iterator } as unknown as AsyncIterable<number>;
  return { count, sync, async };
}

const numbers = (nth: number) => ({ done: false, value: nth });

describe.each(BOTH)('%s', (_name, { default: pMap, pMapSettled, pMapStop }) => {
  describe.each([1, 2, 5, Number.POSITIVE_INFINITY])('%s at once', (concurrency) => {
    test('a source that says done is not asked again', async () => {
      const sync = counted((nth) => ({ done: nth === 3, value: nth }));
      expect(await pMap(sync.sync, (item) => item, { concurrency })).toEqual([0, 1, 2]);
      await settle();
      expect(sync.count).toEqual({ next: 4, return: 0 });
      const async = counted(async (nth) => ({ done: nth >= 3, value: nth }));
      expect(await pMap(async.async, (item) => item, { concurrency: Math.min(concurrency, 1) })).toEqual([
        0, 1, 2,
      ]);
      await settle();
      expect(async.count).toEqual({ next: 4, return: 0 });
    });

    test('a source that throws is what it rejects with, whatever stopOnError says', async () => {
      for (const stopOnError of [true, false]) {
        for (const at of [0, 1, 3]) {
          const reason = new Error(`at ${at}`);
          const { count, sync } = counted((nth) => {
            if (nth === at) throw reason;
            return numbers(nth);
          });
          const mapped: number[] = [];
          const mapper = (item: number) => {
            mapped.push(item);
            return Promise.reject(new Error('mapper')).catch((error) => {
              if (!stopOnError) throw error;
            });
          };
          expect(await reasonOf(pMap(sync, mapper, { concurrency, stopOnError }))).toBe(reason);
          await settle();
          expect(count.next).toBe(at + 1);
          expect(mapped).toEqual([0, 1, 2].slice(0, mapped.length));
          expect(mapped.length).toBeLessThanOrEqual(at);
        }
      }
    });

    test('an async source that rejects is what it rejects with', async () => {
      const reason = new Error('async');
      const { count, async } = counted(async (nth) => {
        if (nth === 1) throw reason;
        return numbers(nth);
      });
      expect(await reasonOf(pMapSettled(async, (item) => item, { concurrency }))).toBe(reason);
      expect(count.return).toBe(1);
    });

    test('it is closed once when a mapper fails or stops', async () => {
      const failing = counted(numbers);
      await reasonOf(pMap(failing.sync, () => Promise.reject(new Error('fails')), { concurrency }));
      const stopping = counted(numbers);
      await pMap(stopping.sync, () => pMapStop, { concurrency });
      await settle();
      expect([failing.count.return, stopping.count.return]).toEqual([1, 1]);
    });
  });

  test('it is closed after its own throw too', async () => {
    const { count, sync } = counted(() => {
      throw new Error('source');
    });
    await reasonOf(pMap(sync, () => 1));
    expect(count).toEqual({ next: 1, return: 1 });
  });

  test('return is called on the iterator, with nothing', async () => {
    const calls: unknown[] = [];
    const iterator = {
      next: () => ({ done: false, value: 1 }),
      return(...args: unknown[]) {
        calls.push([this === iterator, args.length]);
        return {};
      },
    };
    await pMap({ [Symbol.iterator]: () => iterator } as unknown as Iterable<number>, () => pMapStop);
    expect(calls).toEqual([[true, 0]]);
  });

  test('what return throws, rejects with or never answers changes nothing', async () => {
    const reason = new Error('mapper');
    const ends = [
      () => {
        throw new Error('return');
      },
      () => Promise.reject(new Error('return')),
      () => new Promise(() => {}),
      () => 5,
    ];
    for (const end of ends) {
      const { sync, async } = counted(numbers, end);
      expect(await reasonOf(pMap(sync, () => Promise.reject(reason), { concurrency: 1 }))).toBe(reason);
      expect(await reasonOf(pMap(async, () => Promise.reject(reason), { concurrency: 1 }))).toBe(reason);
      expect(await pMap(sync, (item) => (item > 4 ? pMapStop : item), { concurrency: 1 })).toHaveLength(3);
      await settle();
    }
  });

  test('an iterator without return is just left', async () => {
    const source = { [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }) }) };
    expect(await reasonOf(pMap(source, () => Promise.reject('mapper')))).toBe('mapper');
  });

  test('a generator runs its finally', async () => {
    let closed = 0;
    function* source() {
      try {
        yield* [1, 2, 3];
      } finally {
        closed++;
      }
    }
    await reasonOf(pMap(source(), () => Promise.reject(new Error('fails')), { concurrency: 1 }));
    expect(closed).toBe(1);
  });

  test('an async generator that is busy runs its finally when it comes to it; nobody waits for that', async () => {
    const gate = deferred();
    let closed = 0;
    async function* source() {
      try {
        yield 1;
        await gate.promise;
        yield 2;
      } finally {
        closed++;
      }
    }
    const mapper = () => microtasks(20).then(() => Promise.reject('fails'));
    expect(await reasonOf(pMap(source(), mapper))).toBe('fails');
    expect(closed).toBe(0);
    gate.resolve();
    await settle();
    expect(closed).toBe(1);
  });

  test('an endless source is read as far as there is room, and no further', async () => {
    const { count, sync } = counted(numbers);
    const controller = new AbortController();
    const { signal } = controller;
    const run = watch(pMap(sync, () => new Promise(() => {}), { concurrency: 3, signal }));
    await settle();
    expect(count.next).toBe(3);
    controller.abort();
    await settle();
    expect(run.state).toBe('rejected');
    expect(count).toEqual({ next: 3, return: 1 });
  });

  test('without a limit, what mappers do is seen between the items: an endless source can be stopped', async () => {
    const { count, sync } = counted(numbers);
    const reason = await reasonOf(pMap(sync, (item) => (item === 100 ? Promise.reject('enough') : item)));
    expect(reason).toBe('enough');
    expect(count.next).toBeGreaterThan(100);
    expect(count.next).toBeLessThan(200);
    expect(count.return).toBe(1);
  });

  test('the first item is asked for in the call, the mapper called later', async () => {
    const seen: string[] = [];
    const { sync } = counted((nth) => {
      seen.push(`next ${nth}`);
      return { done: nth === 2, value: nth };
    });
    const done = pMap(sync, (item) => seen.push(`map ${item}`));
    expect(seen).toEqual(['next 0']);
    await done;
    expect(seen).toHaveLength(5);
  });

  test('done is anything that is true', async () => {
    const { sync } = counted((nth) => (nth === 2 ? { done: 1 } : { done: 0, value: nth }));
    expect(await pMap(sync, (item) => item)).toEqual([0, 1]);
  });

  test('the value that comes with done is dropped', async () => {
    function* source() {
      yield 1;
      return 2;
    }
    expect(await pMap(source() as Iterable<number>, (item) => item)).toEqual([1]);
  });

  test.each([
    ['an iterator without next', () => ({ [Symbol.iterator]: () => ({}) })],
    ['an answer that is no object', () => counted(() => undefined).sync],
    ['an answer that becomes no object', () => counted(async () => null).async],
  ])('%s rejects with a TypeError', async (_kind, source) => {
    expect(await outcomeKind(() => pMap(source() as Iterable<number>, () => 1))).toBe(
      'rejects with TypeError',
    );
  });

  test('what throws when the iterator is made is what it rejects with', async () => {
    const source = {
      [Symbol.iterator](): Iterator<number> {
        throw new RangeError('no iterator');
      },
    };
    expect(await reasonOf(pMap(source, () => 1))).toEqual(new RangeError('no iterator'));
  });

  describe('an async source that answers in another order than it was asked', () => {
    /** Three runners, the last two of which wait for the source at once. */
    const prepare = async () => {
      const answers = Array.from({ length: 8 }, () => deferred<IteratorResult<string>>());
      const { count, async } = counted((nth) => answers[nth]!.promise);
      const mapped: string[] = [];
      const source = async as unknown as AsyncIterable<string>;
      const mapper = (item: string, index: number) => {
        mapped.push(`${item}${index}`);
        return item;
      };
      const run = watch(pMap(source, mapper, { concurrency: 3 }));
      const give = async (nth: number, value: string) => {
        answers[nth]!.resolve({ done: false, value });
        await settle();
      };
      const end = async (nth: number) => {
        answers[nth]!.resolve({ done: true, value: undefined });
        await settle();
      };
      const fail = async (nth: number) => {
        answers[nth]!.reject(new Error(`answer ${nth}`));
        await settle();
      };
      await settle();
      await give(0, 'a');
      expect(count.next).toBe(3);
      return { count, mapped, run, give, end, fail };
    };

    test('each item has the index of its question', async () => {
      const { run, give, end, mapped } = await prepare();
      await give(2, 'c');
      await give(1, 'b');
      expect(mapped).toEqual(['a0', 'c2', 'b1']);
      for (const rest of [3, 4, 5]) await end(rest);
      expect(run.value).toEqual(['a', 'b', 'c']);
    });

    test('done waits for the questions before it', async () => {
      const { run, give, end, count } = await prepare();
      await end(2);
      expect(run.state).toBe('pending');
      await give(1, 'b');
      expect(run.value).toEqual(['a', 'b']);
      expect(count).toEqual({ next: 3, return: 0 });
    });

    test('done does not wait for the questions behind it, and drops what they give', async () => {
      const { run, give, end, mapped } = await prepare();
      await end(1);
      expect(run.value).toEqual(['a']);
      await give(2, 'c');
      expect(mapped).toEqual(['a0']);
    });

    test('an item that came before the done in front of it is dropped', async () => {
      const { run, give, end, mapped } = await prepare();
      await give(2, 'c');
      await end(1);
      expect(run.value).toEqual(['a']);
      expect(mapped).toEqual(['a0', 'c2']);
    });

    test('a failure behind the done changes nothing, one in front of it rejects', async () => {
      const behind = await prepare();
      await behind.end(1);
      await behind.fail(2);
      expect(behind.run.value).toEqual(['a']);
      const front = await prepare();
      await front.end(2);
      await front.fail(1);
      expect(front.run.reason).toEqual(new Error('answer 1'));
      expect(front.count.return).toBe(0);
    });
  });
});

describe('what the source sees', () => {
  const ends: [string, (stage: MapStage) => Promise<void>][] = [
    ['all went well', (stage) => stage.openEach('a', 'b', 'c', 'd')],
    [
      'the first fails',
      async (stage) => {
        stage.fail('a');
        await stage.flush();
        await stage.openEach('b', 'c', 'd');
      },
    ],
    [
      'the second fails',
      async (stage) => {
        await stage.openEach('a');
        stage.fail('b');
        await stage.flush();
        await stage.openEach('c', 'd');
      },
    ],
  ];
  for (const [what, end] of ends) {
    for (const concurrency of [1, 2, Number.POSITIVE_INFINITY]) {
      for (const onReturn of ['throws', 'hangs', 'missing'] as const) {
        sameAsPMap(`${what}, ${concurrency} at once, return ${onReturn}`, async (stage) => {
          const source = stage.items(['a', 'b', 'c', 'd'], { onReturn });
          stage.follow('run', stage.module.default(source, stage.gated, { concurrency }));
          await stage.flush();
          await end(stage);
        });
      }

      for (const throwsAt of [0, 1, 2]) {
        for (const kind of ['items', 'asyncItems'] as const) {
          sameAsPMap(`${what}, ${concurrency} at once, ${kind} throw at ${throwsAt}`, async (stage) => {
            const source = stage[kind](['a', 'b', 'c'], { throwsAt });
            stage.follow(
              'run',
              stage.module.default(source, stage.gated, { concurrency, stopOnError: false }),
            );
            await stage.flush();
            await end(stage);
          });
        }
      }
    }
  }

  for (const concurrency of [2, 3, 5]) {
    sameAsPMap(`done while others are still asked, ${concurrency} at once`, async (stage) => {
      const queue = stage.queue();
      stage.follow('run', stage.module.default(queue, stage.gated, { concurrency }));
      await stage.flush();
      queue.give(0, 'a');
      await stage.flush();
      queue.give(1, 'b');
      await stage.flush();
      await stage.openEach('a', 'b');
      stage.note(`asked ${queue.asked} times`);
      queue.end(queue.asked - 1);
      await stage.flush();
      queue.give(2, 'c');
      await stage.flush();
      await stage.openEach('c');
      for (let rest = 3; rest < queue.asked; rest++) queue.end(rest);
    });

    sameAsPMap(`a failure while others are still asked, ${concurrency} at once`, async (stage) => {
      const queue = stage.queue();
      stage.follow('run', stage.module.default(queue, stage.gated, { concurrency }));
      await stage.flush();
      queue.give(0, 'a');
      await stage.flush();
      stage.open('a');
      await stage.flush();
      queue.break(queue.asked - 1);
      await stage.flush();
      queue.give(1, 'b');
    });
  }
});

// pMapStop ends the mapping as `break` ends a loop.
import { describe, expect, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { Gates } from '../support/gates.ts';
import { countListeners } from '../support/listeners.ts';
import { BOTH, sameAsPMap } from '../support/p-map.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

describe.each(BOTH)('%s', (_name, { default: pMap, pMapSettled, pMapSkip, pMapStop }) => {
  const upTo = (last: number) => (item: number) => (item > last ? pMapStop : item);
  function* numbers() {
    for (let number = 1; ; number++) yield number;
  }

  test('the results before it, and nothing of it', async () => {
    expect(await pMap([1, 2, 3, 4], upTo(2))).toEqual([1, 2]);
    expect(await pMap([1, 2, 3, 4], upTo(2), { concurrency: 1 })).toEqual([1, 2]);
    expect(await pMap([1, 2, 3, 4], upTo(0))).toEqual([]);
    expect(await pMap([1, 2, 3, 4], upTo(4))).toEqual([1, 2, 3, 4]);
    expect(await pMap([1, 2, 3, 4], async (item) => upTo(3)(item))).toEqual([1, 2, 3]);
  });

  test.each([1, 2, 10, Number.POSITIVE_INFINITY])(
    'ends an endless source, %s at once',
    async (concurrency) => {
      expect(await pMap(numbers(), upTo(20), { concurrency })).toEqual(
        Array.from({ length: 20 }, (_, i) => i + 1),
      );
      async function* slowly() {
        yield* numbers();
      }
      expect(await pMap(slowly(), upTo(3), { concurrency })).toEqual([1, 2, 3]);
    },
  );

  test('waits for what is before it, and not for what is behind', async () => {
    const gates = new Gates();
    const run = watch(pMap('abcd', (item) => gates.task(item)(), { concurrency: 4 }));
    await settle();
    gates.open('c', pMapStop);
    await settle();
    expect(run.state).toBe('pending');
    gates.open('b');
    await settle();
    expect(run.state).toBe('pending');
    gates.open('a');
    await settle();
    expect(run).toMatchObject({ state: 'fulfilled', value: ['a', 'b'] });
    expect(gates.running).toBe(1);
    gates.openAll();
  });

  test('of two the one further in front counts, whichever came first', async () => {
    for (const order of ['bd', 'db']) {
      const gates = new Gates();
      const run = pMap('abcd', (item) => gates.task(item)(), { concurrency: 4 });
      await settle();
      for (const name of order) {
        gates.open(name, pMapStop);
        await settle();
      }
      gates.open('a');
      expect(await run).toEqual(['a']);
      gates.openAll();
    }
  });

  test('an error before it rejects, one behind it is dropped', async () => {
    for (const [failing, expected] of [
      ['a', 'rejected'],
      ['c', 'fulfilled'],
    ]) {
      const gates = new Gates();
      const run = watch(pMap('abc', (item) => gates.task(item)(), { concurrency: 3 }));
      await settle();
      gates.open('b', pMapStop);
      await settle();
      gates.fail(failing!, 'fails');
      await settle();
      gates.openAll();
      await settle();
      expect(run.state).toBe(expected);
    }
  });

  test('an error behind it that came first rejects', async () => {
    const gates = new Gates();
    const run = watch(pMap('abc', (item) => gates.task(item)(), { concurrency: 3 }));
    await settle();
    gates.fail('c', 'was first');
    await settle();
    gates.open('a', pMapStop);
    expect(run.reason).toBe('was first');
  });

  test('with stopOnError: false, the errors before it are collected and the others are not', async () => {
    const gates = new Gates();
    const run = reasonOf(pMap('abcde', (item) => gates.task(item)(), { stopOnError: false }));
    await settle();
    gates.fail('e', 'behind');
    gates.fail('b', 'in front');
    await settle();
    gates.open('d', pMapStop);
    gates.open('c');
    gates.open('a');
    expect(((await run) as AggregateError).errors).toEqual(['in front']);
  });

  test('where all errors are behind it, it fulfils', async () => {
    const gates = new Gates();
    const run = pMap('abc', (item) => gates.task(item)(), { stopOnError: false });
    await settle();
    gates.fail('c', 'behind');
    await settle();
    gates.open('b', pMapStop);
    gates.open('a');
    expect(await run).toEqual(['a']);
  });

  test('together with pMapSkip', async () => {
    expect(
      await pMap([1, 2, 3, 4, 5], (item) => (item === 4 ? pMapStop : item % 2 ? item : pMapSkip)),
    ).toEqual([1, 3]);
  });

  test('an item behind it that is not ready is not mapped', async () => {
    const item = deferred<string>();
    const mapped: string[] = [];
    const run = pMap(['stop', item.promise], (name) => {
      mapped.push(name);
      return name === 'stop' ? pMapStop : name;
    });
    expect(await run).toEqual([]);
    item.resolve('late');
    await settle();
    expect(mapped).toEqual(['stop']);
  });

  test('an item behind it that is rejected does not matter', async () => {
    const item = deferred<string>();
    const run = pMap(['stop', item.promise], () => pMapStop);
    expect(await run).toEqual([]);
    item.reject(new Error('too late'));
    await settle();
  });

  test('an abort while something in front is waited for still rejects', async () => {
    const controller = new AbortController();
    const listeners = countListeners(controller.signal);
    const gates = new Gates();
    const run = reasonOf(pMap('ab', (item) => gates.task(item)(), { signal: controller.signal }));
    await settle();
    gates.open('b', pMapStop);
    await settle();
    controller.abort('aborted');
    expect(await run).toBe('aborted');
    expect(listeners.now).toBe(0);
    gates.openAll();
  });

  test('the listener is gone when a stop ended it', async () => {
    const controller = new AbortController();
    const listeners = countListeners(controller.signal);
    await pMap([1, 2], () => pMapStop, { signal: controller.signal });
    expect(listeners).toMatchObject({ now: 0, added: 1 });
  });

  test('an item that is pMapStop is an item', async () => {
    expect(await pMap([1, pMapStop, 2], (item) => typeof item)).toEqual(['number', 'symbol', 'number']);
    expect(await pMap([1, pMapStop, 2], (item) => item)).toEqual([1]);
  });

  test('pMapSettled: failures in front of it stay as results', async () => {
    const results = await pMapSettled([1, 2, 3], (item) =>
      item === 1 ? Promise.reject('one') : item === 3 ? pMapStop : item,
    );
    expect(results).toEqual([
      { status: 'rejected', reason: 'one' },
      { status: 'fulfilled', value: 2 },
    ]);
  });
});

describe('what the source sees', () => {
  for (const concurrency of [1, 2, 4]) {
    sameAsPMap(`of a stop that comes last, ${concurrency} at once`, async (stage) => {
      const { default: pMap, pMapStop } = stage.module;
      stage.follow('run', pMap(stage.items(['a', 'b', 'c', 'd', 'e']), stage.gated, { concurrency }));
      await stage.flush();
      await stage.openEach('a');
      stage.open('b', pMapStop);
      await stage.flush();
      await stage.openEach('c', 'd', 'e');
    });

    sameAsPMap(
      `of a stop while something in front still runs: closed when that has ended, ${concurrency} at once`,
      async (stage) => {
        const { default: pMap, pMapStop } = stage.module;
        stage.follow('run', pMap(stage.items(['a', 'b', 'c', 'd', 'e', 'f']), stage.gated, { concurrency }));
        await stage.flush();
        stage.open('b', pMapStop);
        await stage.flush();
        await stage.openEach('c', 'd', 'a');
      },
    );

    sameAsPMap(`of a stop while it is being asked, ${concurrency} at once`, async (stage) => {
      const { default: pMap, pMapStop } = stage.module;
      const queue = stage.queue();
      stage.follow('run', pMap(queue, stage.gated, { concurrency }));
      await stage.flush();
      queue.give(0, 'a');
      await stage.flush();
      stage.open('a', pMapStop);
      await stage.flush();
      queue.give(1, 'b');
      await stage.flush();
    });
  }

  sameAsPMap('of a stop while an earlier answer is still to come', async (stage) => {
    const { default: pMap, pMapStop } = stage.module;
    const queue = stage.queue();
    stage.follow('run', pMap(queue, stage.gated, { concurrency: 3 }));
    await stage.flush();
    queue.give(0, 'a');
    await stage.flush();
    stage.open('a');
    await stage.flush();
    stage.note(`asked ${queue.asked} times`);
    queue.give(2, 'c');
    await stage.flush();
    stage.open('c', pMapStop);
    await stage.flush();
    queue.give(1, 'b');
    await stage.flush();
    stage.open('b');
  });
});

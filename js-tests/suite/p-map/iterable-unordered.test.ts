// pMapIterable with preserveOrder: false: results as they come.
import { describe, expect, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { Gates } from '../support/gates.ts';
import { BOTH, sameAsPMap } from '../support/p-map.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

const { POSITIVE_INFINITY } = Number;
const open = <T>(iterable: AsyncIterable<T>) => iterable[Symbol.asyncIterator]() as AsyncGenerator<T>;

describe.each(BOTH)('%s', (_name, { pMapIterable, pMapSkip, pMapStop }) => {
  const start = (items: string, concurrency = POSITIVE_INFINITY) => {
    const gates = new Gates();
    const indexes: number[] = [];
    const mapper = (item: string, index: number) => {
      indexes.push(index);
      return gates.task(item)();
    };
    const iterator = open(pMapIterable(items, mapper, { concurrency, preserveOrder: false }));
    return { gates, iterator, indexes };
  };

  test('each result is given when it is ready', async () => {
    const { gates, iterator } = start('abcd');
    const got: unknown[] = [];
    for (const name of ['c', 'a', 'd', 'b']) {
      const next = watch(iterator.next());
      await settle();
      expect(next.state).toBe('pending');
      gates.open(name);
      await settle();
      got.push(next.value?.value);
    }
    expect(got).toEqual(['c', 'a', 'd', 'b']);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test('results that are ready wait in the order in which they came', async () => {
    const { gates, iterator, indexes } = start('abcd');
    const first = watch(iterator.next());
    await settle();
    for (const name of ['d', 'b', 'a', 'c']) {
      gates.open(name);
      await settle();
    }
    expect(first.value?.value).toBe('d');
    expect([(await iterator.next()).value, (await iterator.next()).value]).toEqual(['b', 'a']);
    expect(indexes).toEqual([0, 1, 2, 3]);
  });

  test('a slow item holds back nothing but its own place', async () => {
    const { gates, iterator } = start('abcdefg', 2);
    const got: unknown[] = [];
    for (const name of ['b', 'c', 'd', 'e']) {
      const next = iterator.next();
      await settle();
      gates.open(name);
      got.push((await next).value);
    }
    expect(got).toEqual(['b', 'c', 'd', 'e']);
    expect(gates.peak).toBe(2);
    await iterator.return(undefined);
    gates.openAll();
  });

  test('an error is thrown as soon as it comes, and what is not taken by then is dropped', async () => {
    const { gates, iterator } = start('abc');
    const nexts = [1, 2].map(() => watch(iterator.next()));
    await settle();
    gates.fail('c', 'c fails');
    await settle();
    expect(nexts[0]).toMatchObject({ state: 'rejected', reason: 'c fails' });
    expect(nexts[1]!.value).toEqual({ done: true, value: undefined });
    gates.openAll();
  });

  test('after an error nothing is begun any more', async () => {
    const { gates, iterator } = start('abcdef', 2);
    const next = reasonOf(iterator.next());
    await settle();
    gates.fail('b', 'b fails');
    expect(await next).toBe('b fails');
    gates.openAll();
    await settle();
    expect(gates.started).toEqual(['a', 'b']);
  });

  test('results that came before an error are given before it', async () => {
    const { gates, iterator } = start('abc');
    void watch(iterator.next());
    await settle();
    for (const name of ['a', 'b']) gates.open(name);
    await settle();
    gates.fail('c', 'c fails');
    await settle();
    expect((await iterator.next()).value).toBe('b');
    expect(await reasonOf(iterator.next())).toBe('c fails');
  });

  test('a stop ends it where it would have been given', async () => {
    const { gates, iterator } = start('abcd');
    const nexts = [1, 2, 3].map(() => watch(iterator.next()));
    await settle();
    gates.open('d');
    await settle();
    gates.open('b', pMapStop);
    await settle();
    expect(nexts.map(({ value }) => value)).toEqual([
      { done: false, value: 'd' },
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    gates.openAll();
  });

  test('skipped results are stepped over', async () => {
    const { gates, iterator } = start('abc');
    const next = watch(iterator.next());
    await settle();
    gates.open('b', pMapSkip);
    await settle();
    expect(next.state).toBe('pending');
    gates.open('c');
    await settle();
    expect(next.value?.value).toBe('c');
    gates.openAll();
  });

  test('what is ready in time comes in the order of the input', async () => {
    const values: number[] = [];
    for await (const value of pMapIterable([1, 2, 3, 4, 5], (item) => item, { preserveOrder: false })) {
      values.push(value);
    }
    expect(values).toEqual([1, 2, 3, 4, 5]);
  });

  test('results of thousands of items: all of them, once', async () => {
    const items = Array.from({ length: 3000 }, (_, index) => index);
    const values: number[] = [];
    const mapper = async (item: number) => {
      for (let round = (item * 7) % 5; round > 0; round--) await null;
      return item;
    };
    const options = { concurrency: 13, backpressure: 50, preserveOrder: false };
    for await (const value of pMapIterable(items, mapper, options)) values.push(value);
    expect(values.sort((a, b) => a - b)).toEqual(items);
  });

  test('a source that throws ends it with that, and is asked and mapped no more', async () => {
    const count = { read: 0, mapped: 0, closed: 0 };
    const source = {
      [Symbol.iterator]: () => ({
        next: () => {
          if (count.read++ === 3) throw new RangeError('source');
          return { done: false as const, value: count.read };
        },
        return: () => {
          count.closed++;
          return { done: true as const, value: undefined };
        },
      }),
    };
    const mapper = () => {
      count.mapped++;
      return new Promise(() => {});
    };
    const iterator = open(pMapIterable(source, mapper, { preserveOrder: false }));
    const next = watch(iterator.next());
    await settle();
    expect(next.reason).toEqual(new RangeError('source'));
    const { mapped } = count;
    await settle();
    expect(count).toEqual({ read: 4, mapped, closed: 1 });
    expect(mapped).toBeLessThanOrEqual(3);
  });

  test('done gives back the places of what was asked after it, which a source may never answer', async () => {
    const answers = Array.from({ length: 8 }, () => deferred<IteratorResult<string>>());
    let asked = 0;
    const source = { [Symbol.asyncIterator]: () => ({ next: () => answers[asked++]!.promise }) };
    const iterator = open(pMapIterable(source, (item) => item, { concurrency: 3, preserveOrder: false }));
    const nexts = [1, 2, 3].map(() => watch(iterator.next()));
    await settle();
    answers[0]!.resolve({ done: false, value: 'a' });
    await settle();
    expect(asked).toBeGreaterThan(2);
    answers[1]!.resolve({ done: true, value: undefined });
    await settle();
    expect(nexts.map(({ value }) => value?.done)).toEqual([false, true, true]);
  });
});

for (const [concurrency, backpressure] of [
  [1, 1],
  [2, 2],
  [2, 4],
  [3, POSITIVE_INFINITY],
  [POSITIVE_INFINITY, POSITIVE_INFINITY],
]) {
  const options = { concurrency: concurrency!, backpressure: backpressure!, preserveOrder: false };
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];

  for (const kind of ['items', 'asyncItems'] as const) {
    sameAsPMap(
      `a consumer that is always there: ${concurrency} at once, backpressure ${backpressure}, ${kind}`,
      async (stage) => {
        const iterator = open(stage.module.pMapIterable(stage[kind](names), stage.gated, options));
        for (let next = 0; next < 7; next++) stage.follow(`next ${next}`, iterator.next());
        await stage.flush();
        await stage.openEach('b', 'd', 'a', 'c', 'f', 'e');
      },
    );

    sameAsPMap(
      `a slow consumer: ${concurrency} at once, backpressure ${backpressure}, ${kind}`,
      async (stage) => {
        const iterator = open(stage.module.pMapIterable(stage[kind](names), stage.gated, options));
        stage.follow('next 0', iterator.next());
        await stage.flush();
        await stage.openEach('b', 'a', 'd', 'c');
        for (let next = 1; next < 7; next++) {
          stage.follow(`next ${next}`, iterator.next());
          await stage.flush();
          await stage.openEach(names[6 - next]!);
        }
      },
    );

    sameAsPMap(`an error: ${concurrency} at once, backpressure ${backpressure}, ${kind}`, async (stage) => {
      const iterator = open(stage.module.pMapIterable(stage[kind](names), stage.gated, options));
      stage.follow('next 0', iterator.next());
      await stage.flush();
      await stage.openEach('a');
      stage.fail('b');
      await stage.flush();
      await stage.openEach('d', 'c');
      for (let next = 1; next < 4; next++) stage.follow(`next ${next}`, iterator.next());
      await stage.flush();
      await stage.openEach('e', 'f');
    });
  }

  sameAsPMap(`a slow source: ${concurrency} at once, backpressure ${backpressure}`, async (stage) => {
    const queue = stage.queue();
    const iterator = open(stage.module.pMapIterable(queue, stage.gated, options));
    for (let next = 0; next < 4; next++) stage.follow(`next ${next}`, iterator.next());
    await stage.flush();
    queue.give(0, 'a');
    await stage.flush();
    stage.note(`asked ${queue.asked} times`);
    await stage.openEach('a');
    queue.give(1, 'b');
    await stage.flush();
    queue.end(queue.asked - 1);
    await stage.flush();
    await stage.openEach('b');
    for (let rest = 2; rest < queue.asked; rest++) {
      queue.end(rest);
      await stage.flush();
    }
  });

  sameAsPMap(`left early: ${concurrency} at once, backpressure ${backpressure}`, async (stage) => {
    const iterator = open(stage.module.pMapIterable(stage.items(names), stage.gated, options));
    stage.follow('next', iterator.next());
    await stage.flush();
    await stage.openEach('b', 'a');
    stage.follow('return', iterator.return('left'));
    await stage.flush();
    await stage.openEach('c', 'd');
  });
}

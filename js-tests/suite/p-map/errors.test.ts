// Mappers and items that fail: with stopOnError, and without.
import { describe, expect, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { Gates } from '../support/gates.ts';
import { BOTH, sameAsPMap } from '../support/p-map.ts';
import { microtasks, settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

const fails = (text: string) => () => {
  throw new RangeError(text);
};

describe.each(BOTH)('%s', (_name, { default: pMap }) => {
  test('the first mapper that fails is what it rejects with, as the same object', async () => {
    const reason = { not: 'even an Error' };
    const seen: number[] = [];
    const run = pMap(
      [1, 2, 3],
      async (item) => {
        seen.push(item);
        if (item === 2) throw reason;
      },
      { concurrency: 1 },
    );
    expect(await reasonOf(run)).toBe(reason);
    expect(seen).toEqual([1, 2]);
  });

  test('the first in time, not in the input', async () => {
    const gates = new Gates();
    const reason = reasonOf(pMap('abc', (item) => gates.task(item)()));
    gates.fail('b', 'b fails');
    await settle();
    gates.fail('a', 'a fails');
    expect(await reason).toBe('b fails');
  });

  test.each([undefined, null, 0, 'text'])('%s thrown is %s', async (thrown) => {
    const run = pMap([1], () => {
      throw thrown;
    });
    expect(await reasonOf(run)).toBe(thrown);
    const aggregated = (await reasonOf(
      pMap([1], () => Promise.reject(thrown), { stopOnError: false }),
    )) as AggregateError;
    expect(aggregated.errors).toEqual([thrown]);
  });

  test('a mapper that throws before it returns fails as one whose promise is rejected', async () => {
    expect(await reasonOf(pMap([1], fails('sync')))).toEqual(new RangeError('sync'));
    expect(await reasonOf(pMap([1], async () => fails('async')()))).toEqual(new RangeError('async'));
  });

  test('it rejects at once, while others still run; these end unheard', async () => {
    const gates = new Gates();
    const run = watch(pMap('abc', (item) => gates.task(item)(), { concurrency: 3 }));
    await settle();
    gates.fail('b', 'b fails');
    await settle();
    expect(run).toMatchObject({ state: 'rejected', reason: 'b fails' });
    expect(gates.running).toBe(2);
    gates.open('a');
    gates.fail('c', 'c fails');
    await settle();
    expect(gates.running).toBe(0);
  });

  test('without a limit all have begun before the first fails', async () => {
    const begun: number[] = [];
    const last = deferred();
    const run = pMap([1, 2, 3], async (item) => {
      begun.push(item);
      if (item === 1) {
        await microtasks(20);
        throw new Error('one');
      }
      if (item === 2) await last.promise;
    });
    expect(await reasonOf(run)).toEqual(new Error('one'));
    expect(begun).toEqual([1, 2, 3]);
    last.resolve();
  });

  test('an item whose mapper has not begun is not mapped any more', async () => {
    const item = deferred<string>();
    const mapped: string[] = [];
    const run = pMap(
      [item.promise, 'bad'],
      (value) => {
        mapped.push(value);
        throw new Error(value);
      },
      { concurrency: 2 },
    );
    expect(await reasonOf(run)).toEqual(new Error('bad'));
    item.resolve('late');
    await settle();
    expect(mapped).toEqual(['bad']);
  });

  describe('stopOnError: false', () => {
    test('runs all, then rejects with an AggregateError of all errors, in the order of the input', async () => {
      const gates = new Gates();
      const run = watch(pMap('abcde', (item) => gates.task(item)(), { concurrency: 2, stopOnError: false }));
      for (const name of ['b', 'a', 'c']) {
        await settle();
        gates.fail(name, new Error(name));
      }
      await settle();
      gates.fail('e', 'e, not an Error');
      await settle();
      expect(run.state).toBe('pending');
      gates.open('d');
      await settle();
      const reason = run.reason as AggregateError;
      expect(reason).toBeInstanceOf(AggregateError);
      expect(reason.constructor).toBe(AggregateError);
      expect(reason.message).toBe('');
      expect(reason.errors).toEqual([new Error('a'), new Error('b'), new Error('c'), 'e, not an Error']);
      expect(gates.started).toEqual(['a', 'b', 'c', 'd', 'e']);
    });

    test('is an AggregateError also of one', async () => {
      const error = new Error('the only one');
      const reason = (await reasonOf(
        pMap([1, 2], (item) => (item === 2 ? Promise.reject(error) : item), { stopOnError: false }),
      )) as AggregateError;
      expect(reason.errors).toEqual([error]);
      expect(reason.errors[0]).toBe(error);
    });

    test('fulfils where nothing failed', async () => {
      expect(await pMap([1, 2], (item) => item, { stopOnError: false })).toEqual([1, 2]);
    });

    test('items that are rejected are among the errors, and the mapper is not called for them', async () => {
      const mapped: unknown[] = [];
      const items = [1, Promise.reject(new Error('item')), 3] as (number | Promise<number>)[];
      const run = pMap(
        items,
        (item) => {
          mapped.push(item);
          if (item === 3) throw new Error('mapper');
        },
        { stopOnError: false },
      );
      expect(((await reasonOf(run)) as AggregateError).errors).toEqual([
        new Error('item'),
        new Error('mapper'),
      ]);
      expect(mapped).toEqual([1, 3]);
    });

    test('an AggregateError that a mapper throws is one error among others', async () => {
      const inner = new AggregateError([1, 2], 'inner');
      const run = pMap([1], () => Promise.reject(inner), { stopOnError: false });
      expect(((await reasonOf(run)) as AggregateError).errors).toEqual([inner]);
    });
  });
});

describe('what happens after a failure', () => {
  for (const stopOnError of [true, false]) {
    for (const concurrency of [1, 2, Number.POSITIVE_INFINITY]) {
      sameAsPMap(`stopOnError ${stopOnError}, ${concurrency} at once`, async (stage) => {
        const source = stage.items(['a', 'b', 'c', 'd', 'e']);
        stage.follow('run', stage.module.default(source, stage.gated, { concurrency, stopOnError }));
        await stage.flush();
        stage.fail('a');
        await stage.flush();
        stage.fail('c');
        await stage.flush();
        await stage.openEach('b', 'd', 'e');
      });

      sameAsPMap(`stopOnError ${stopOnError}, ${concurrency} at once, async source`, async (stage) => {
        const source = stage.asyncItems(['a', 'b', 'c', 'd']);
        stage.follow('run', stage.module.default(source, stage.gated, { concurrency, stopOnError }));
        await stage.flush();
        stage.open('a');
        await stage.flush();
        stage.fail('b');
        await stage.flush();
        await stage.openEach('c', 'd');
      });
    }

    sameAsPMap(`stopOnError ${stopOnError}: a failure while the source is being asked`, async (stage) => {
      const queue = stage.queue();
      stage.follow('run', stage.module.default(queue, stage.gated, { concurrency: 2, stopOnError }));
      await stage.flush();
      queue.give(0, 'a');
      await stage.flush();
      stage.fail('a');
      await stage.flush();
      queue.give(1, 'b');
      await stage.flush();
      stage.open('b');
      await stage.flush();
      queue.end(2);
      queue.end(3);
    });
  }
});

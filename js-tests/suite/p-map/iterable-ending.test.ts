// pMapIterable left early: break, return, throw, before the first item, between, and while one is asked for.
import { describe, expect, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { Gates } from '../support/gates.ts';
import { BOTH, sameAsPMap } from '../support/p-map.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

const open = <T>(iterable: AsyncIterable<T>) => iterable[Symbol.asyncIterator]() as AsyncGenerator<T>;

/** An endless source that counts what is done with it. */
function endless() {
  const count = { opened: 0, read: 0, closed: 0 };
  const source: Iterable<number> = {
    [Symbol.iterator]() {
      count.opened++;
      return {
        next: () => ({ done: false, value: count.read++ }),
        return: () => {
          count.closed++;
          return { done: true, value: undefined };
        },
      };
    },
  };
  return { count, source };
}

describe.each(BOTH)('%s', (_name, { pMapIterable, pMapStop }) => {
  test('a break closes the source, and nothing more is read or mapped', async () => {
    const { count, source } = endless();
    const mapped: number[] = [];
    const mapper = async (item: number) => {
      mapped.push(item);
      return item;
    };
    for await (const value of pMapIterable(source, mapper, { concurrency: 2 })) if (value === 3) break;
    const atTheBreak = { ...count, mapped: mapped.length };
    expect(atTheBreak).toMatchObject({ opened: 1, closed: 1 });
    expect(count.read).toBeLessThanOrEqual(6);
    await settle();
    expect({ ...count, mapped: mapped.length }).toEqual(atTheBreak);
  });

  test('a throw inside the loop closes the source and goes on its way', async () => {
    const { count, source } = endless();
    const reason = new Error('in the loop');
    const loop = async () => {
      for await (const _ of pMapIterable(source, (item) => item, { concurrency: 1 })) throw reason;
    };
    expect(await reasonOf(loop())).toBe(reason);
    expect(count.closed).toBe(1);
  });

  test('return before the first next: the source is never opened', async () => {
    const { count, source } = endless();
    const iterator = open(pMapIterable(source, (item) => item));
    expect(await iterator.return(5)).toEqual({ done: true, value: 5 });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(count).toEqual({ opened: 0, read: 0, closed: 0 });
  });

  test('throw before the first next does not open it either', async () => {
    const { count, source } = endless();
    const iterator = open(pMapIterable(source, (item) => item));
    expect(await reasonOf(iterator.throw('reason'))).toBe('reason');
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(count.opened).toBe(0);
  });

  test('return between two items gives what it is given, throw rejects with it; both close', async () => {
    for (const how of ['return', 'throw'] as const) {
      const { count, source } = endless();
      const iterator = open(pMapIterable(source, (item) => item, { concurrency: 1 }));
      await iterator.next();
      if (how === 'return') expect(await iterator.return('value')).toEqual({ done: true, value: 'value' });
      else expect(await reasonOf(iterator.throw('reason'))).toBe('reason');
      expect(await iterator.next()).toEqual({ done: true, value: undefined });
      expect(count.closed).toBe(1);
    }
  });

  test('return waits for the next that is asked for, but what it would have led to is not done', async () => {
    const { count, source } = endless();
    const gates = new Gates();
    const iterator = open(pMapIterable(source, (item) => gates.task(`${item}`)(), { concurrency: 2 }));
    const next = watch(iterator.next());
    await settle();
    const returned = watch(iterator.return(undefined));
    await settle();
    expect([next.state, returned.state, count.closed]).toEqual(['pending', 'pending', 0]);
    gates.open('1');
    await settle();
    expect(gates.started).toEqual(['0', '1']);
    gates.open('0');
    await settle();
    expect(next.value).toEqual({ done: false, value: '0' });
    expect(returned.value).toEqual({ done: true, value: undefined });
    expect(count).toEqual({ opened: 1, read: 2, closed: 1 });
    expect(gates.started).toEqual(['0', '1']);
  });

  test('what still runs when it is left is not waited for, and not heard', async () => {
    const gates = new Gates();
    const iterator = open(pMapIterable('abc', (item) => gates.task(item)(), { concurrency: 3 }));
    const next = watch(iterator.next());
    await settle();
    gates.open('a');
    await settle();
    expect(next.state).toBe('fulfilled');
    expect(await iterator.return(undefined)).toEqual({ done: true, value: undefined });
    expect(gates.running).toBe(2);
    gates.fail('b', new Error('unheard'));
    gates.open('c');
    await settle();
  });

  test('a source that says done is not closed, one that did not is, once', async () => {
    const { count, source } = endless();
    for await (const _ of pMapIterable(source, (item) => (item === 2 ? pMapStop : item)));
    await settle();
    expect(count.closed).toBe(1);
    let closed = 0;
    let left = 2;
    const finite = {
      [Symbol.iterator]: () => ({
        next: () => (left-- > 0 ? { done: false, value: left } : { done: true, value: undefined }),
        return: () => {
          closed++;
          return { done: true, value: undefined };
        },
      }),
    };
    for await (const _ of pMapIterable(finite as Iterable<number>, (item) => item));
    expect(closed).toBe(0);
  });

  test('a return of the source that hangs, throws or rejects changes nothing', async () => {
    const ends = [
      () => new Promise(() => {}),
      () => Promise.reject(new Error('return')),
      () => {
        throw new Error('return');
      },
    ];
    for (const end of ends) {
      const source = { [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }), return: end }) };
      const iterator = open(
        pMapIterable(source as unknown as Iterable<number>, (item) => item, { concurrency: 1 }),
      );
      expect(await iterator.next()).toEqual({ done: false, value: 1 });
      expect(await iterator.return(2)).toEqual({ done: true, value: 2 });
      await settle();
    }
  });

  test('an item that is read when it is left is not mapped', async () => {
    const item = deferred<string>();
    const mapped: string[] = [];
    const iterator = open(
      pMapIterable(
        ['a', item.promise],
        (value) => {
          mapped.push(value);
          return value;
        },
        { concurrency: 2 },
      ),
    );
    await iterator.next();
    await iterator.return(undefined);
    item.resolve('late');
    await settle();
    expect(mapped).toEqual(['a']);
  });

  test('nexts after the end say done, also after an error', async () => {
    const iterator = open(pMapIterable([1], () => Promise.reject('fails')));
    expect(await reasonOf(iterator.next())).toBe('fails');
    expect(await Promise.all([iterator.next(), iterator.next()])).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    expect(await iterator.return(3)).toEqual({ done: true, value: 3 });
  });

  test('one iteration that is left leaves another alone', async () => {
    const iterable = pMapIterable([1, 2, 3], (item) => item, { concurrency: 1 });
    const [left, kept] = [open(iterable), open(iterable)];
    await left.next();
    await left.return(undefined);
    expect((await kept.next()).value).toBe(1);
    expect((await kept.next()).value).toBe(2);
  });
});

for (const concurrency of [1, 2, 4]) {
  for (const backpressure of [concurrency, concurrency + 2]) {
    const options = { concurrency, backpressure };

    for (const how of ['return', 'throw'] as const) {
      sameAsPMap(
        `${how} between two items: ${concurrency} at once, backpressure ${backpressure}`,
        async (stage) => {
          const source = stage.items(['a', 'b', 'c', 'd', 'e', 'f']);
          const iterator = open(stage.module.pMapIterable(source, stage.gated, options));
          stage.follow('next', iterator.next());
          await stage.flush();
          await stage.openEach('a');
          stage.follow(how, iterator[how](how));
          stage.note('called');
          await stage.flush();
          await stage.openEach('c', 'b', 'd');
          stage.follow('next', iterator.next());
        },
      );

      sameAsPMap(
        `${how} while an item is asked for: ${concurrency} at once, backpressure ${backpressure}`,
        async (stage) => {
          const source = stage.items(['a', 'b', 'c', 'd', 'e', 'f']);
          const iterator = open(stage.module.pMapIterable(source, stage.gated, options));
          stage.follow('next', iterator.next());
          await stage.flush();
          stage.follow(how, iterator[how](how));
          await stage.flush();
          await stage.openEach('b', 'a', 'c', 'd');
        },
      );

      sameAsPMap(
        `${how} while the source is asked: ${concurrency} at once, backpressure ${backpressure}`,
        async (stage) => {
          const queue = stage.queue();
          const iterator = open(stage.module.pMapIterable(queue, stage.gated, options));
          stage.follow('next', iterator.next());
          await stage.flush();
          queue.give(0, 'a');
          await stage.flush();
          await stage.openEach('a');
          stage.follow(how, iterator[how](how));
          await stage.flush();
          queue.give(1, 'b');
          await stage.flush();
        },
      );
    }
  }
}

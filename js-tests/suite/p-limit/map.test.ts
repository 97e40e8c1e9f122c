// map, and its handling of iterables that throw.
import { describe, expect, test } from 'vitest';
import { show } from '../support/show.ts';
import { FANFOLD, sameAsPLimit, sameOrdersAsPLimit } from '../support/trace.ts';
import { reasonOf } from '../support/watch.ts';

describe('map', () => {
  sameAsPLimit('pulls the whole iterable inside the call, and starts later', async (stage) => {
    const limit = stage.create(2);
    function* source() {
      for (const name of ['a', 'b', 'c']) {
        stage.log(`pull ${name}`);
        yield name;
      }
      stage.log('pulled all');
    }
    const mapped = limit.map(source(), (name, index) => {
      stage.log(`map ${name} ${index}`);
      return stage.gate(name).promise;
    });
    stage.log('called');
    stage.follow('map', mapped);
    stage.probe('after the call');
    await stage.flush();
    for (const name of ['c', 'b', 'a']) {
      stage.open(name);
      await stage.flush();
    }
  });

  sameAsPLimit('gives the mapper two arguments and no this', async (stage) => {
    const limit = stage.create(1);
    stage.follow(
      'map',
      limit.map(['a', 'b'], function (this: unknown, ...args: unknown[]) {
        return [show(this), args.length, ...args];
      }),
    );
  });

  sameOrdersAsPLimit('takes anything that Array.from takes', async (stage) => {
    const limit = stage.create(2);
    const identity = (value: unknown) => value;
    stage.follow('set', limit.map(new Set([1, 2]), identity));
    stage.follow('map', limit.map(new Map([['k', 'v']]), identity));
    stage.follow('string', limit.map('hé!', identity));
    stage.follow('typed array', limit.map(new Uint8Array([1, 2]), identity));
    stage.follow(
      'array with a hole',
      limit.map(Object.assign(new Array<number>(3), { 0: 1, 2: 3 }), identity),
    );
    stage.follow(
      'array-like',
      limit.map({ length: 2, 0: 'x', 1: 'y' } as unknown as Iterable<string>, identity),
    );
    stage.follow('number', limit.map(5 as unknown as Iterable<number>, identity));
    stage.follow(
      'promises as values',
      limit.map([Promise.resolve(1)], async (value) => value),
    );
    await stage.flush();
  });

  for (const bad of [undefined, null] as unknown[]) {
    sameAsPLimit(`rejects, rather than throws, for ${show(bad)}`, async (stage) => {
      const limit = stage.create(1);
      const promise = limit.map(bad as Iterable<number>, (value) => value);
      stage.log('returned');
      promise.then(
        () => stage.log('fulfilled'),
        (reason: unknown) => stage.log(`TypeError: ${reason instanceof TypeError}`),
      );
      await stage.flush();
    });
  }

  sameAsPLimit('a mapper that is no function rejects for each item', async (stage) => {
    const limit = stage.create(1);
    limit.map([1, 2], undefined as unknown as (value: number) => number).then(
      () => stage.log('fulfilled'),
      (reason: unknown) => stage.log(`TypeError: ${reason instanceof TypeError}`),
    );
    await stage.flush();
    limit.map([], undefined as unknown as (value: number) => number).then(
      (value) => stage.log(`empty gives ${show(value)}`),
      () => stage.log('empty fails'),
    );
    await stage.flush();
  });

  sameAsPLimit('the first failure rejects it, the others run on', async (stage) => {
    const limit = stage.create(2);
    stage.follow(
      'map',
      limit.map(['a', 'b', 'c', 'd'], async (name) => {
        stage.log(`${name} starts`);
        try {
          return await stage.gate(name).promise;
        } finally {
          stage.log(`${name} ends`);
        }
      }),
    );
    await stage.flush();
    stage.fail('b');
    await stage.flush();
    stage.fail('a');
    await stage.flush();
    stage.open('d');
    stage.open('c');
  });

  sameAsPLimit('a mapper that throws before it returns', async (stage) => {
    const limit = stage.create(1);
    stage.follow(
      'map',
      limit.map([1, 2], (value) => {
        stage.log(`map ${value}`);
        if (value === 1) throw new Error('mapper');
        return value;
      }),
    );
  });

  sameOrdersAsPLimit('shares slots and order with plain calls', async (stage) => {
    const limit = stage.create(1);
    stage.submitNow(limit, 'before');
    stage.follow(
      'map',
      limit.map(['m1', 'm2'], (name) => stage.log(`${name} runs`, 'start')),
    );
    stage.submitNow(limit, 'after');
    await stage.flush();
  });

  sameAsPLimit('the limit called from inside the iterable', async (stage) => {
    const limit = stage.create(1);
    function* source() {
      stage.submitNow(limit, 'from the iterable');
      yield 'item';
      limit.clearQueue();
      stage.log('cleared by the iterable');
      yield 'last';
    }
    stage.follow(
      'map',
      limit.map(source(), (name) => stage.log(`${name} runs`)),
    );
    await stage.flush();
  });
});

describe('an iterable that throws', () => {
  sameAsPLimit('rejects with its error; what was pulled before still runs', async (stage) => {
    const limit = stage.create(1);
    function* source() {
      yield 'a';
      yield 'b';
      throw new RangeError('the source broke');
    }
    const mapped = limit.map(source(), async (name) => {
      stage.log(`${name} starts`);
      return stage.gate(name).promise;
    });
    stage.log('called');
    stage.follow('map', mapped);
    await stage.flush();
    stage.open('a');
    await stage.flush();
    // A failure of a result that nobody waits for any more is not an unhandled rejection: the run would fail on one.
    stage.fail('b');
    await stage.flush();
  });

  sameAsPLimit('at the first item', async (stage) => {
    const limit = stage.create(1);
    const broken: Iterable<number> = {
      [Symbol.iterator]: () => ({
        next: () => {
          throw new Error('no first item');
        },
        return: () => {
          stage.log('return called');
          return { done: true, value: undefined };
        },
      }),
    };
    stage.follow(
      'map',
      limit.map(broken, (value) => value),
    );
    await stage.flush();
  });

  sameAsPLimit('when asked for its iterator', async (stage) => {
    const limit = stage.create(1);
    const broken: Iterable<number> = {
      [Symbol.iterator]: () => {
        throw new Error('no iterator');
      },
    };
    stage.follow(
      'map',
      limit.map(broken, (value) => value),
    );
    await stage.flush();
  });

  sameAsPLimit('with waiting items cleared afterwards', async (stage) => {
    const limit = stage.create({ concurrency: 1, rejectOnClear: true });
    function* source() {
      yield 'a';
      yield 'b';
      throw new Error('broken');
    }
    stage.follow(
      'map',
      limit.map(source(), (name) => stage.gate(name).promise),
    );
    await stage.flush();
    limit.clearQueue();
    stage.log('cleared');
    stage.open('a');
    await stage.flush();
  });

  test('gives the very error that was thrown', async () => {
    const thrown = new Error('identity');
    const limit = FANFOLD.pLimit(1);
    const mapped = limit.map(
      (function* () {
        yield 1;
        throw thrown;
      })(),
      (value) => value,
    );
    expect(await reasonOf(mapped)).toBe(thrown);
  });
});

// Bad arguments: the class and the words of the error are p-map's, and so is the way it comes, thrown or rejected.
import { describe, expect, test } from 'vitest';
import { outcome, outcomeKind } from '../support/outcome.ts';
import { FANFOLD, type PMapModule, REAL } from '../support/p-map.ts';
import { show } from '../support/show.ts';

type Look = (module: PMapModule) => unknown;

const same = async (look: Look): Promise<string> => {
  const ours = await outcome(() => look(FANFOLD));
  expect(ours).toBe(await outcome(() => look(REAL)));
  return ours;
};

const sameKind = async (look: Look): Promise<string> => {
  const ours = await outcomeKind(() => look(FANFOLD));
  expect(ours).toBe(await outcomeKind(() => look(REAL)));
  return ours;
};

const named = (values: unknown[]): [string, unknown][] => values.map((value) => [show(value), value]);

const limits = named([
  0,
  -0,
  -1,
  1,
  3,
  1.5,
  2 ** 31,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  1e21,
  Number.MIN_VALUE,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  '2',
  '',
  'many',
  true,
  null,
  undefined,
  10n,
  new Number(2),
  [],
  [3],
  {},
]);

const functions = ['default', 'pMapSettled', 'pMapIterable'] as const;

/** Calls one of the functions, whatever their types say. */
const call =
  (name: (typeof functions)[number] | 'pMapKeyed' | 'pMapSettledKeyed', ...args: unknown[]): Look =>
  (module) =>
    (module[name] as (...args: unknown[]) => unknown)(...args);

describe('concurrency', () => {
  describe.each([...functions, 'pMapKeyed', 'pMapSettledKeyed'] as const)('%s', (name) => {
    test.each(limits)('%s', async (_name, concurrency) => {
      const input = name.endsWith('Keyed') ? {} : [];
      await same(call(name, input, () => 1, { concurrency }));
    });

    test('a symbol cannot be put into words', async () => {
      const input = name.endsWith('Keyed') ? {} : [];
      expect(await sameKind(call(name, input, () => 1, { concurrency: Symbol('n') }))).toMatch('TypeError');
    });
  });

  test('the very words', async () => {
    expect(await same(call('default', [], () => 1, { concurrency: 0 }))).toBe(
      'rejects with TypeError(TypeError: Expected `concurrency` to be an integer from 1 and up or `Infinity`, got `0` (number))',
    );
  });
});

describe('backpressure', () => {
  test.each(limits)('%s, with a concurrency of 2', async (_name, backpressure) => {
    await same(call('pMapIterable', [], () => 1, { concurrency: 2, backpressure }));
  });

  test.each(limits)('%s, without a concurrency', async (_name, backpressure) => {
    await same(call('pMapIterable', [], () => 1, { backpressure }));
  });

  test('the very words', async () => {
    expect(await same(call('pMapIterable', [], () => 1, { concurrency: 3, backpressure: 2 }))).toBe(
      'throws TypeError(TypeError: Expected `backpressure` to be an integer from `concurrency` (3) and up or `Infinity`, got `2` (number))',
    );
  });
});

describe('input', () => {
  const inputs = named([
    undefined,
    null,
    0,
    123_456,
    true,
    10n,
    Symbol.iterator,
    {},
    () => 1,
    new Date(0),
    /x/,
  ]);

  describe.each(functions)('%s', (name) => {
    test.each(inputs)('%s is not iterable', async (_name, input) => {
      await same(call(name, input, () => 1));
    });

    test('an iterable whose method gives no iterator', async () => {
      await sameKind(call(name, { [Symbol.iterator]: 5 }, () => 1));
      await sameKind(call(name, { [Symbol.asyncIterator]: null }, () => 1));
    });
  });

  describe.each(['pMapKeyed', 'pMapSettledKeyed'] as const)('%s', (name) => {
    test.each(named([undefined, null, 0, 'text', true, 10n, Symbol.iterator]))(
      '%s has no keys',
      async (_, input) => {
        await same(call(name, input, () => 1));
      },
    );

    test.each(named([{}, [], new Map(), new Set([1]), () => 1, new Date(0), /x/]))(
      '%s has',
      async (_, input) => {
        expect(await same(call(name, input, () => 1))).toMatch(/^fulfils/);
      },
    );
  });

  test('the very words', async () => {
    expect(await same(call('default', 123_456, () => 1))).toBe(
      'rejects with TypeError(TypeError: Expected `input` to be either an `Iterable` or `AsyncIterable`, got (number))',
    );
    expect(await same(call('pMapIterable', undefined, () => 1))).toBe(
      'throws TypeError(TypeError: Expected `input` to be either an `Iterable` or `AsyncIterable`, got (undefined))',
    );
    expect(await same(call('pMapKeyed', null, () => 1))).toBe(
      'rejects with TypeError(TypeError: Expected `input` to be an object, got (null))',
    );
  });
});

describe('mapper', () => {
  describe.each(functions)('%s', (name) => {
    test.each(named([undefined, null, 'invalid', 5, {}, []]))('%s is no function', async (_name, mapper) => {
      expect(await same(call(name, [], mapper, { concurrency: 2 }))).toMatch('Mapper function is required');
    });
  });

  test.each(['pMapKeyed', 'pMapSettledKeyed'] as const)('%s', async (name) => {
    expect(await same(call(name, {}, 'invalid'))).toMatch('Mapper function is required');
  });
});

describe('which complaint comes first', () => {
  test.each([...functions, 'pMapKeyed', 'pMapSettledKeyed'] as const)(
    '%s: input, mapper, concurrency',
    async (name) => {
      expect(await same(call(name, 5, 5, { concurrency: 0 }))).toMatch('`input`');
      const input = name.endsWith('Keyed') ? {} : [];
      expect(await same(call(name, input, 5, { concurrency: 0 }))).toMatch('Mapper');
      expect(await same(call(name, input, () => 1, { concurrency: 0, backpressure: 0 }))).toMatch(
        '`concurrency`',
      );
    },
  );

  test('an aborted signal comes last', async () => {
    const signal = AbortSignal.abort(new RangeError('aborted'));
    expect(await same(call('default', [], () => 1, { concurrency: 0, signal }))).toMatch('`concurrency`');
    expect(await same(call('default', [], () => 1, { signal }))).toBe(
      'rejects with RangeError(RangeError: aborted)',
    );
  });

  test('nothing is read of the input, and nothing mapped', async () => {
    for (const [name, module] of Object.entries({ REAL, FANFOLD })) {
      let touched = 0;
      const input = {
        [Symbol.iterator]() {
          touched++;
          return [][Symbol.iterator]();
        },
      };
      await outcome(() => module.default(input, () => touched++, { concurrency: 0 }));
      await outcome(() => module.pMapIterable(input, () => touched++, { concurrency: 0 }));
      await outcome(() => module.pMapIterable(input, () => touched++, { backpressure: 0 }));
      expect([name, touched]).toEqual([name, 0]);
    }
  });

  test('pMapKeyed has read its values by then', async () => {
    for (const module of [REAL, FANFOLD]) {
      const read: string[] = [];
      const input = {
        get a() {
          read.push('a');
          return 1;
        },
      };
      await outcome(() => module.pMapKeyed(input, 5 as never));
      expect(read).toEqual(['a']);
    }
  });
});

describe('options', () => {
  describe.each([...functions, 'pMapKeyed', 'pMapSettledKeyed'] as const)('%s', (name) => {
    const input = name.endsWith('Keyed') ? { a: 1 } : [1];

    test.each(
      named([
        undefined,
        {},
        5,
        'text',
        true,
        { concurrency: undefined, stopOnError: undefined, signal: null },
      ]),
    )('%s are fine', async (_name, options) => {
      await same((module) => {
        const result = call(name, input, (value: number) => value, options)(module);
        // An iterable differs only in who it is.
        return name === 'pMapIterable' ? Object.keys(result as object) : result;
      });
    });

    test('null is not', async () => {
      await sameKind(call(name, input, () => 1, null));
    });
  });

  test('are read once each, when it is called', async () => {
    for (const module of [REAL, FANFOLD]) {
      const read: string[] = [];
      const options = new Proxy(
        {},
        {
          get(_target, key) {
            read.push(String(key));
            return undefined;
          },
        },
      );
      const done = module.default([1, 2], (value) => value, options);
      expect(read).toEqual(['concurrency', 'stopOnError', 'signal']);
      await done;
      expect(read).toHaveLength(3);
      module.pMapIterable([1], (value) => value, options);
      expect(read.slice(3)).toEqual(['concurrency', 'backpressure', 'preserveOrder']);
    }
  });

  test('stopOnError and preserveOrder are anything that is true or false', async () => {
    const fails = () => Promise.reject(new Error('fails'));
    for (const stopOnError of [0, '', null, 1, 'yes', {}] as unknown[]) {
      await same((module) => module.default([1, 2], fails, { stopOnError: stopOnError as boolean }));
    }
  });
});

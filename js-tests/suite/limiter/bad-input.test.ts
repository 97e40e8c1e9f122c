// Bad input gets a TypeError or a RangeError that names the option, what was expected and what came.
import {
  createLimiter,
  createMutex,
  createSemaphore,
  type Limiter,
  type LimiterOptions,
  limitFunction,
} from 'fanfold';
import { describe, expect, test } from 'vitest';
import { settle } from '../support/turns.ts';

type Misuse = (value: unknown) => unknown;

/** What a misuse ends in, whether it throws or rejects. */
async function errorOf(action: () => unknown): Promise<Error> {
  try {
    await action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a TypeError or a RangeError, got none');
}

async function expectMisuse(
  action: () => unknown,
  option: string,
  kinds: readonly (new (...args: never[]) => Error)[],
) {
  const error = await errorOf(action);
  expect(
    kinds.some((kind) => error.constructor === kind),
    `${error.constructor.name}: ${error.message}`,
  ).toBe(true);
  expect(error.message).toContain(option);
  return error.message;
}

const wrongNumbers: [string, unknown, string][] = [
  ['zero', 0, '0'],
  ['negative', -1, '-1'],
  ['NaN', Number.NaN, 'NaN'],
  ['minus Infinity', Number.NEGATIVE_INFINITY, '-Infinity'],
];
const fractions: [string, unknown, string][] = [['a fraction', 1.5, '1.5']];
const wrongTypes: [string, unknown, string][] = [
  ['a string', 'many', 'many'],
  ['a numeric string', '3', '3'],
  ['null', null, 'null'],
  ['true', true, 'true'],
  ['a bigint', 5n, '5'],
  ['an object', {}, ''],
  ['an array', [2], ''],
  ['a function', () => 2, ''],
  ['a symbol', Symbol('two'), 'two'],
];

const range = [RangeError] as const;
const type = [TypeError] as const;
const either = [TypeError, RangeError] as const;

describe('concurrency', () => {
  const ways: [string, Misuse][] = [
    ['createLimiter(x)', (value) => createLimiter(value as number)],
    ['createLimiter({ concurrency: x })', (value) => createLimiter({ concurrency: value as number })],
    [
      'limiter.concurrency = x',
      (value) => {
        createLimiter(1).concurrency = value as number;
      },
    ],
    ['createSemaphore(x)', (value) => createSemaphore(value as number)],
    ['limitFunction(fn, x)', (value) => limitFunction(() => 1, value as number)],
  ];
  for (const [name, way] of ways) {
    test.each([...wrongNumbers, ...fractions])(`${name}: %s`, async (_kind, value, shown) => {
      expect(await expectMisuse(() => way(value), 'concurrency', either)).toContain(shown);
    });
  }

  test.each([...wrongNumbers.filter(([kind]) => kind !== 'NaN'), ...fractions])(
    'out of its range is a RangeError: %s',
    async (_kind, value) => {
      await expectMisuse(() => createLimiter({ concurrency: value as number }), 'concurrency', range);
    },
  );

  test.each(wrongTypes.filter(([kind]) => kind !== 'an object'))(
    'of another type is a TypeError: %s',
    async (_kind, value, shown) => {
      expect(
        await expectMisuse(() => createLimiter({ concurrency: value as number }), 'concurrency', type),
      ).toContain(shown);
    },
  );

  test('missing', async () => {
    await expectMisuse(() => createLimiter(undefined as unknown as number), '', type);
    await expectMisuse(() => createLimiter({} as LimiterOptions), 'concurrency', type);
    await expectMisuse(() => createLimiter(null as unknown as number), '', type);
    await expectMisuse(() => createLimiter('5' as unknown as number), '', type);
  });

  test('a refused assignment changes nothing', async () => {
    const limiter = createLimiter(2);
    expect(() => {
      limiter.concurrency = 0;
    }).toThrow(RangeError);
    expect(limiter.concurrency).toBe(2);
    expect(await limiter(() => 1)).toBe(1);
  });
});

describe('maxQueue', () => {
  test.each([...wrongNumbers.filter(([kind]) => kind !== 'zero'), ...fractions])(
    '%s',
    async (_kind, value, shown) => {
      const action = () => createLimiter({ concurrency: 1, maxQueue: value as number });
      expect(await expectMisuse(action, 'maxQueue', either)).toContain(shown);
    },
  );

  test.each(wrongTypes)('%s', async (_kind, value, shown) => {
    const action = () => createLimiter({ concurrency: 1, maxQueue: value as number });
    expect(await expectMisuse(action, 'maxQueue', type)).toContain(shown);
  });

  test.each([0, 1, 5, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY, undefined])(
    'takes %s',
    async (maxQueue) => {
      const limiter = createLimiter({ concurrency: 1, maxQueue } as LimiterOptions);
      expect(await limiter(() => 1)).toBe(1);
    },
  );
});

describe('milliseconds', () => {
  const limiterWith = (option: string) => (value: unknown) =>
    createLimiter({ concurrency: 1, [option]: value } as LimiterOptions);
  const taskWith = (option: string) => (value: unknown) => createLimiter(1).run(() => 1, { [option]: value });
  const ways: [string, string, Misuse][] = [
    ['createLimiter', 'queueTimeout', limiterWith('queueTimeout')],
    ['createLimiter', 'runTimeout', limiterWith('runTimeout')],
    ['run', 'queueTimeout', taskWith('queueTimeout')],
    ['run', 'runTimeout', taskWith('runTimeout')],
    ['acquire', 'queueTimeout', (value) => createLimiter(1).acquire({ queueTimeout: value as number })],
  ];
  for (const [where, option, way] of ways) {
    test.each(wrongNumbers)(`${where} ${option}: %s`, async (_kind, value, shown) => {
      expect(await expectMisuse(() => way(value), option, either)).toContain(shown);
    });
    test.each(wrongTypes)(`${where} ${option}: %s`, async (_kind, value, shown) => {
      expect(await expectMisuse(() => way(value), option, type)).toContain(shown);
    });
    test.each([0.5, 1, 1e15, Number.MAX_VALUE, Number.POSITIVE_INFINITY, undefined])(
      `${where} ${option}: takes %s`,
      async (value) => {
        await way(value);
      },
    );
  }

  test.each([...wrongNumbers.filter(([kind]) => kind !== 'zero'), ...wrongTypes])(
    'pause: %s',
    async (_kind, value) => {
      const limiter = createLimiter(1);
      await expectMisuse(() => limiter.pause(value as number), '', either);
      expect(limiter.isPaused).toBe(false);
    },
  );

  test.each([...wrongNumbers.filter(([kind]) => kind !== 'zero'), ...wrongTypes])(
    'close grace: %s',
    async (_kind, value) => {
      const limiter = createLimiter(1);
      await expectMisuse(() => limiter.close({ grace: value as number }), 'grace', either);
      expect(limiter.isClosed).toBe(false);
      expect(await limiter(() => 1)).toBe(1);
    },
  );
});

describe('choices', () => {
  const choices = [
    ['overflow', ["'reject'", "'drop-oldest'", "'drop-newest'"]],
    ['order', ["'fifo'", "'lifo'"]],
    ['nested', ["'warn'", "'error'", "'inherit'"]],
  ] as const;
  for (const [option, allowed] of choices) {
    test.each(['', 'FIFO', 'other', 'constructor', '__proto__', 0, null, true, {}, []])(
      `${option}: %o`,
      async (value) => {
        const message = await expectMisuse(
          () => createLimiter({ concurrency: 1, [option]: value } as unknown as LimiterOptions),
          option,
          either,
        );
        for (const word of allowed) expect(message).toContain(word.slice(1, -1));
      },
    );
    test(`${option}: undefined means the default`, async () => {
      const limiter = createLimiter({ concurrency: 1, [option]: undefined } as unknown as LimiterOptions);
      expect(await limiter(() => 1)).toBe(1);
    });
  }
});

describe('name', () => {
  test.each([0, null, true, {}, Symbol('name')])('%o', async (value) => {
    await expectMisuse(() => createLimiter({ concurrency: 1, name: value as string }), 'name', type);
  });
});

describe('signal', () => {
  test.each([0, null, 'abort', {}, { aborted: false }, new EventTarget()])('%o', async (value) => {
    const signal = value as AbortSignal;
    await expectMisuse(() => createLimiter({ concurrency: 1, signal }), 'signal', type);
    await expectMisuse(() => createLimiter(1).run(() => 1, { signal }), 'signal', type);
    await expectMisuse(() => createLimiter(1).acquire({ signal }), 'signal', type);
  });

  test('undefined means none', async () => {
    const options = { signal: undefined } as unknown as { signal: AbortSignal };
    expect(await createLimiter({ concurrency: 1, ...options }).run(() => 1, options)).toBe(1);
  });
});

describe('functions', () => {
  const ways: [string, (limiter: Limiter, value: never) => unknown][] = [
    ['limiter(fn)', (limiter, value) => limiter(value)],
    ['limiter.run(fn)', (limiter, value) => limiter.run(value)],
    ['limiter.submit(fn)', (limiter, value) => limiter.submit(value).result],
  ];
  for (const [name, way] of ways) {
    test.each([undefined, null, 42, 'text', {}, Promise.resolve(1)])(`${name}: %o`, async (value) => {
      const limiter = createLimiter(1);
      await expectMisuse(() => way(limiter, value as never), 'function', type);
      await settle();
      expect([limiter.activeCount, limiter.pendingCount]).toEqual([0, 0]);
      expect(await limiter(() => 'usable')).toBe('usable');
    });
  }

  test.each([undefined, null, 42, 'text', {}])('limitFunction(%o)', async (value) => {
    await expectMisuse(() => limitFunction(value as never, 1), 'function', type);
  });

  test.each([undefined, null, 42])('runExclusive(%o)', async (value) => {
    await expectMisuse(() => createMutex().runExclusive(value as never), 'function', type);
  });
});

describe('options that are no objects', () => {
  test.each([0, 'text', true])('%o', async (value) => {
    await expectMisuse(() => createLimiter(1).run(() => 1, value as never), 'options', type);
    await expectMisuse(() => createLimiter(1).acquire(value as never), 'options', type);
    await expectMisuse(() => createLimiter(1).close(value as never), 'options', type);
  });
});

describe('onRoom', () => {
  test.each([...wrongNumbers, ...fractions, ...wrongTypes])('%s', async (_kind, value) => {
    await expectMisuse(() => createLimiter(1).onRoom(value as number), '', either);
  });
});

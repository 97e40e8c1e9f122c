// Bad options: the class, the name and the words of the error are p-limit's.
import { describe, expect, test } from 'vitest';
import { show } from '../support/show.ts';
import { FANFOLD, REAL, type Subject } from '../support/trace.ts';

function outcome(action: () => unknown): string {
  try {
    return `returned ${show(typeof action())}`;
  } catch (error) {
    return `threw ${show(error)}`;
  }
}

const same = (look: (subject: Subject) => unknown) => {
  const ours = outcome(() => look(FANFOLD));
  expect(ours).toBe(outcome(() => look(REAL)));
  return ours;
};

const numbers: unknown[] = [
  0,
  -0,
  -1,
  1,
  2,
  1.2,
  0.5,
  1e21,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  '1',
  '',
  'many',
  true,
  false,
  undefined,
  10n,
  Symbol.iterator,
  new Number(2),
  [],
  [3],
  {},
  () => 1,
];

// What the JavaScript engine says when nothing can be read from null is not p-limit's own text, but its class is.
const classOnly = (action: () => unknown): unknown => {
  try {
    action();
    return undefined;
  } catch (error) {
    return (error as Error).constructor;
  }
};

describe('concurrency', () => {
  test.each(numbers.map((value) => [show(value), value]))('pLimit(%s)', (_name, value) => {
    same(({ pLimit }) => pLimit(value as number));
  });

  test.each(numbers.map((value) => [show(value), value]))('pLimit({ concurrency: %s })', (_name, value) => {
    same(({ pLimit }) => pLimit({ concurrency: value as number }));
  });

  test.each(numbers.map((value) => [show(value), value]))('limit.concurrency = %s', (_name, value) => {
    same(({ pLimit }) => {
      const limit = pLimit(3);
      limit.concurrency = value as number;
      return limit;
    });
  });

  test('a refused assignment leaves the limit as it was', () => {
    for (const { pLimit } of [REAL, FANFOLD]) {
      const limit = pLimit(3);
      expect(() => {
        limit.concurrency = 0;
      }).toThrow(TypeError);
      expect(limit.concurrency).toBe(3);
    }
  });

  test('null, as the argument and as the option', () => {
    expect(classOnly(() => FANFOLD.pLimit(null as unknown as number))).toBe(TypeError);
    expect(classOnly(() => REAL.pLimit(null as unknown as number))).toBe(TypeError);
    same(({ pLimit }) => pLimit({ concurrency: null as unknown as number }));
  });

  test('the assignment does not read an object', () => {
    same(({ pLimit }) => {
      const limit = pLimit(1);
      limit.concurrency = { concurrency: 2 } as unknown as number;
      return limit;
    });
  });

  test('the very words', () => {
    expect(same(({ pLimit }) => pLimit(0))).toBe(
      'threw TypeError(TypeError: Expected `concurrency` to be a number from 1 and up)',
    );
  });
});

describe('rejectOnClear', () => {
  test.each(
    [true, false, undefined, null, 0, 1, '', 'true', {}, Number.NaN].map((value) => [show(value), value]),
  )('rejectOnClear: %s', (_name, value) => {
    same(({ pLimit }) => pLimit({ concurrency: 1, rejectOnClear: value as boolean }));
  });

  test('a bad concurrency is named first', () => {
    expect(
      same(({ pLimit }) => pLimit({ concurrency: 0, rejectOnClear: 'x' as unknown as boolean })),
    ).toContain('`concurrency`');
  });

  test('the very words', () => {
    expect(same(({ pLimit }) => pLimit({ concurrency: 1, rejectOnClear: 1 as unknown as boolean }))).toBe(
      'threw TypeError(TypeError: Expected `rejectOnClear` to be a boolean)',
    );
  });
});

describe('options objects of every kind', () => {
  test('options may be inherited or come from getters, each read once', () => {
    for (const { pLimit } of [REAL, FANFOLD]) {
      const reads: string[] = [];
      const limit = pLimit(
        Object.create({
          get concurrency() {
            reads.push('concurrency');
            return 2;
          },
          get rejectOnClear() {
            reads.push('rejectOnClear');
            return true;
          },
        }) as { concurrency: number },
      );
      expect(limit.concurrency).toBe(2);
      expect(reads).toEqual(['concurrency', 'rejectOnClear']);
    }
  });

  test('options that are not known are ignored', () => {
    same(({ pLimit }) => pLimit({ concurrency: 1, maxQueue: 'x', name: 3 } as { concurrency: number }));
  });

  test('a number after the first argument is ignored', () => {
    same(({ pLimit }) => (pLimit as (...args: unknown[]) => unknown)(1, { concurrency: 0 }));
  });
});

describe('limitFunction', () => {
  test.each([
    ['undefined', undefined],
    ['null', null],
  ])('options: %s', (_name, value) => {
    const look = ({ limitFunction }: Subject) =>
      classOnly(() => limitFunction(async () => 1, value as unknown as { concurrency: number }));
    expect(look(FANFOLD)).toBe(look(REAL));
  });

  test.each([[0], [3], [{}], [{ concurrency: 0 }], [{ concurrency: 1, rejectOnClear: 0 }]])(
    'options: %o',
    (value) => {
      same(({ limitFunction }) => limitFunction(async () => 1, value as { concurrency: number }));
    },
  );
});

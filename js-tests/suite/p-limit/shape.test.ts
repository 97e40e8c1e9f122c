// The limit function as an object: what reflection sees.
import { describe, expect, test } from 'vitest';
import { outline } from '../support/outline.ts';
import { FANFOLD, REAL, type Subject } from '../support/trace.ts';

/** The class of what is thrown, or undefined. The words of these messages are the JavaScript engine's. */
function thrownClass(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return (error as Error).constructor;
  }
}

const both = <T>(look: (subject: Subject) => T): [T, T] => [look(FANFOLD), look(REAL)];

describe('the limit function', () => {
  test('has the same own properties with the same flags', () => {
    const [ours, theirs] = both(({ pLimit }) => outline(pLimit(3)));
    expect(ours).toEqual(theirs);
  });

  test('has the same length, name, prototype and keys', () => {
    const [ours, theirs] = both(({ pLimit }) => {
      const limit = pLimit(3);
      return {
        length: limit.length,
        name: limit.name,
        proto: Object.getPrototypeOf(limit),
        type: typeof limit,
        keys: Object.keys(limit),
        spread: { ...limit },
        json: JSON.stringify({ limit }),
        tag: Object.prototype.toString.call(limit),
        hasPrototype: 'prototype' in limit,
        extensible: Object.isExtensible(limit),
      };
    });
    expect(ours).toEqual(theirs);
  });

  test('is no constructor', () => {
    const [ours, theirs] = both(({ pLimit }) =>
      thrownClass(() => new (pLimit(1) as unknown as new () => unknown)()),
    );
    expect(ours).toBe(theirs);
  });

  test.each(['activeCount', 'pendingCount', 'clearQueue', 'map'])('%s cannot be assigned', (key) => {
    const [ours, theirs] = both(({ pLimit }) => {
      const limit = pLimit(1) as unknown as Record<string, unknown>;
      return thrownClass(() => {
        limit[key] = 1;
      });
    });
    expect(ours).toBe(TypeError);
    expect(theirs).toBe(TypeError);
  });

  test.each(['activeCount', 'pendingCount', 'concurrency', 'clearQueue', 'map'])(
    '%s cannot be deleted',
    (key) => {
      const [ours, theirs] = both(({ pLimit }) => Reflect.deleteProperty(pLimit(1), key));
      expect(ours).toBe(theirs);
    },
  );

  test('a limit made with an option object does not keep it', () => {
    const [ours, theirs] = both(({ pLimit }) => {
      const options = { concurrency: 2, rejectOnClear: false };
      const limit = pLimit(options);
      options.concurrency = 9;
      return limit.concurrency;
    });
    expect(ours).toBe(theirs);
  });
});

describe('the module', () => {
  test('the default export and limitFunction have the same length and name', () => {
    const [ours, theirs] = both(({ pLimit, limitFunction }) => [
      pLimit.length,
      pLimit.name,
      limitFunction.length,
      limitFunction.name,
    ]);
    expect(ours).toEqual(theirs);
  });

  test('limitFunction gives a function with a clearQueue that cannot be changed', () => {
    const [ours, theirs] = both(({ limitFunction }) => {
      const limited = limitFunction(async () => 1, { concurrency: 1 });
      return {
        clearQueue: Object.getOwnPropertyDescriptor(limited, 'clearQueue')!.writable,
        outline: outline(limited),
        length: limited.length,
        name: limited.name,
        keys: Object.keys(limited),
      };
    });
    expect(ours).toEqual(theirs);
  });
});

// The module as reflection sees it.
import { describe, expect, test } from 'vitest';
import { type AsyncMutexModule, FANFOLD, REAL } from '../support/async-mutex.ts';

const both = <T>(look: (module: AsyncMutexModule) => T): [T, T] => [look(FANFOLD), look(REAL)];

/** The public methods of a class, with how many arguments they take. */
const methodsOf = ({ prototype }: { prototype: object }) =>
  Object.getOwnPropertyNames(prototype)
    .filter((name) => !name.startsWith('_'))
    .sort();

test('has the same names', () => {
  const [ours, theirs] = both((module) => Object.keys(module).sort());
  expect(ours).toEqual(theirs);
});

test('its errors have the same words, and are those that users compare with', () => {
  const [ours, theirs] = both(({ E_ALREADY_LOCKED, E_CANCELED, E_TIMEOUT }) =>
    [E_ALREADY_LOCKED, E_CANCELED, E_TIMEOUT].map((error) => [error.constructor, error.name, error.message]),
  );
  expect(ours).toEqual(theirs);
});

describe.each(['Mutex', 'Semaphore'] as const)('%s', (name) => {
  test('has the same methods', () => {
    const [ours, theirs] = both((module) => methodsOf(module[name]));
    expect(ours).toEqual(theirs);
  });

  test('has nothing of its own to be seen or copied', () => {
    expect(Reflect.ownKeys(new FANFOLD[name](1 as never))).toEqual([]);
  });

  test('is a class to be extended', async () => {
    const Plain = FANFOLD.Semaphore;
    class Counting extends Plain {
      asked = 0;
      override acquire(...args: Parameters<InstanceType<typeof Plain>['acquire']>) {
        this.asked++;
        return super.acquire(...args);
      }
    }
    const counting = new Counting(1);
    await counting.runExclusive(() => {});
    expect(counting.asked).toBe(1);
  });
});

test.each(['withTimeout', 'tryAcquire'] as const)('%s gives an object with the same methods', (name) => {
  for (const kind of ['Mutex', 'Semaphore'] as const) {
    const [ours, theirs] = both((module) =>
      Object.keys(
        (module[name] as typeof module.withTimeout)(new module[kind](1 as never) as never, 5),
      ).sort(),
    );
    expect(ours).toEqual(theirs);
  }
});

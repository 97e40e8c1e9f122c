// The module as reflection sees it.
import { expect, test } from 'vitest';
import { FANFOLD, type PQueueModule, REAL } from '../support/p-queue.ts';

const same = <T>(look: (module: PQueueModule) => T): void => expect(look(FANFOLD)).toEqual(look(REAL));

/** What the prototypes of an object have, up to that of all objects: names and kinds. */
function methodsOf(object: object): string[] {
  const names = new Set<string>();
  for (
    let prototype = Object.getPrototypeOf(object);
    prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    for (const [name, { get, set }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      names.add(`${name} ${get ? 'get' : ''} ${set ? 'set' : ''}`);
    }
  }
  return [...names].sort();
}

test('has the same names', () => {
  same((module) => Object.keys(module).sort());
});

test('its classes have the same names', () => {
  same(({ default: PQueue, PriorityQueue, TimeoutError }) =>
    [PQueue, PriorityQueue, TimeoutError].map(({ name }) => name),
  );
});

test('a queue has the same methods and properties', () => {
  same(({ default: PQueue }) => methodsOf(new PQueue()));
  same(({ PriorityQueue }) => methodsOf(new PriorityQueue()));
});

test('and nothing of its own but its timeout', () => {
  expect(Reflect.ownKeys(new FANFOLD.default({ timeout: 5 }))).toEqual(['timeout']);
});

test('a TimeoutError is an error with a name of its own', () => {
  same(({ TimeoutError }) => {
    const error = new TimeoutError('text', { cause: 5 });
    return [
      error instanceof Error,
      error.name,
      error.message,
      error.cause,
      Object.keys(error),
      new TimeoutError().message,
    ];
  });
});

test('a queue is a class to be extended', async () => {
  const Plain = FANFOLD.default;
  class Counting extends Plain {
    added = 0;
    override async add(...args: Parameters<InstanceType<typeof Plain>['add']>): Promise<never> {
      this.added++;
      return super.add(...args) as Promise<never>;
    }
  }
  const queue = new Counting({ concurrency: 1 });
  expect(await queue.addAll([() => 'a', () => 'b'])).toEqual(['a', 'b']);
  expect(queue.added).toBe(2);
});

test('promises are native', () => {
  same(({ default: PQueue }) => {
    const queue = new PQueue();
    const promises = [
      queue.add(() => 1),
      queue.addAll([]),
      queue.onIdle(),
      queue.onEmpty(),
      queue.onSizeLessThan(1),
    ];
    return promises.map((promise) => promise.constructor === Promise);
  });
});

// pMapKeyed and pMapSettledKeyed: the values of an object or a Map.
import { describe, expect, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { Gates } from '../support/gates.ts';
import { BOTH, sameAsPMap } from '../support/p-map.ts';
import { show } from '../support/show.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

describe.each(BOTH)('%s', (_name, { pMapKeyed, pMapSettledKeyed, pMapSkip, pMapStop }) => {
  const double = (value: number) => value * 2;

  test('the same keys in the same order, with what the mapper gave', async () => {
    const mapped = await pMapKeyed({ b: 1, a: Promise.resolve(2), 2: 3, 1: 4 }, double);
    expect(show(mapped)).toBe('bare {1: 8, 2: 6, b: 2, a: 4}');
  });

  test('symbols are keys; what is not enumerable or inherited is none', async () => {
    const key = Symbol('key');
    const input = Object.create({ inherited: 1 }) as Record<PropertyKey, number>;
    Object.defineProperty(input, 'hidden', { value: 2, enumerable: false });
    input[key] = 3;
    input.own = 4;
    expect(show(await pMapKeyed(input, double))).toBe('bare {own: 8, Symbol(key): 6}');
  });

  test('names that objects inherit are keys as any others', async () => {
    const input = JSON.parse('{"__proto__": 1, "toString": 2, "constructor": 3}') as Record<string, number>;
    const mapped = await pMapKeyed(input, double);
    expect(Object.getPrototypeOf(mapped)).toBeNull();
    expect(show(mapped)).toBe('bare {__proto__: 2, toString: 4, constructor: 6}');
  });

  test('a Map gives a Map, with keys of every kind', async () => {
    const object = {};
    const input = new Map<unknown, number | Promise<number>>([
      [object, 1],
      [1, Promise.resolve(2)],
      [undefined, 3],
    ]);
    const mapped = await pMapKeyed(input, (value) => value * 2);
    expect(mapped).toEqual(
      new Map<unknown, number>([
        [object, 2],
        [1, 4],
        [undefined, 6],
      ]),
    );
    expect([...mapped.keys()][0]).toBe(object);
    expect(input.get(object)).toBe(1);
  });

  test('a subclass of Map gives a plain one', async () => {
    class Register extends Map<string, number> {}
    const mapped = await pMapKeyed(new Register([['a', 1]]), double);
    expect(Object.getPrototypeOf(mapped)).toBe(Map.prototype);
  });

  test('arrays and functions are objects, a Set has no keys', async () => {
    expect(show(await pMapKeyed([5, 6] as never, double as never))).toBe('bare {0: 10, 1: 12}');
    expect(show(await pMapKeyed(new Set([1]) as never, double as never))).toBe('bare {}');
    expect(show(await pMapKeyed(Object.assign(() => 1, { a: 1 }) as never, double as never))).toBe(
      'bare {a: 2}',
    );
  });

  test('nothing', async () => {
    expect(show(await pMapKeyed({}, double as never))).toBe('bare {}');
    expect(await pMapKeyed(new Map<string, number>(), double)).toEqual(new Map());
  });

  test('the mapper is given the value and its key, and no this', async () => {
    const calls: unknown[] = [];
    const note = function (this: unknown, ...args: unknown[]) {
      calls.push([this, ...args]);
    };
    await pMapKeyed({ a: 1, 5: Promise.resolve(2) }, note);
    await pMapKeyed(new Map([[5, 'value']]), note);
    expect(calls).toEqual([
      [undefined, 2, '5'],
      [undefined, 1, 'a'],
      [undefined, 'value', 5],
    ]);
  });

  test('all values are read in the call, in the order of the keys, each once', async () => {
    const read: string[] = [];
    const input = {
      get b() {
        read.push('b');
        return 1;
      },
      get a() {
        read.push('a');
        delete (input as { c?: number }).c;
        return 2;
      },
      c: 3,
    };
    const done = pMapKeyed(input, double, { concurrency: 1 });
    expect(read).toEqual(['b', 'a']);
    expect(show(await done)).toBe('bare {b: 2, a: 4}');
    expect(read).toEqual(['b', 'a']);
  });

  test('a getter that throws is what it rejects with', async () => {
    const input = {
      get a(): number {
        throw new RangeError('getter');
      },
    };
    expect(await reasonOf(pMapKeyed(input, double))).toEqual(new RangeError('getter'));
    expect(await reasonOf(pMapSettledKeyed(input, double))).toEqual(new RangeError('getter'));
  });

  test('a change after the call changes nothing', async () => {
    const input: Record<string, number> = { a: 1, b: 2 };
    const done = pMapKeyed(input, double, { concurrency: 1 });
    input.b = 5;
    input.c = 6;
    expect(show(await done)).toBe('bare {a: 2, b: 4}');
  });

  test('values that are skipped leave their keys out; a stop leaves out those behind it', async () => {
    const input = { a: 1, b: 2, c: 3, d: 4 };
    expect(show(await pMapKeyed(input, (value) => (value === 2 ? pMapSkip : value)))).toBe(
      'bare {a: 1, c: 3, d: 4}',
    );
    expect(show(await pMapKeyed(input, (value) => (value === 3 ? pMapStop : value)))).toBe(
      'bare {a: 1, b: 2}',
    );
    expect(
      await pMapKeyed(new Map(Object.entries(input)), (value) => (value > 1 ? pMapSkip : value)),
    ).toEqual(new Map([['a', 1]]));
    expect(show(await pMapSettledKeyed(input, (value) => (value === 3 ? pMapStop : pMapSkip)))).toBe(
      'bare {}',
    );
  });

  test('failures reject, with the first, or with all in the order of the keys', async () => {
    const fail = (value: number) => Promise.reject(new Error(`${value}`));
    expect(await reasonOf(pMapKeyed({ a: 1, b: 2 }, fail))).toEqual(new Error('1'));
    const input = { a: 1, b: Promise.reject(new Error('value')) as Promise<number>, c: 3 };
    const reason = await reasonOf(pMapKeyed(input, fail, { stopOnError: false }));
    expect((reason as AggregateError).errors).toEqual([new Error('1'), new Error('value'), new Error('3')]);
  });

  test('a value that is rejected rejects, and the mapper is not called for it', async () => {
    const mapped: unknown[] = [];
    const input = { a: Promise.reject('value') as Promise<string>, b: 'b' };
    expect(await reasonOf(pMapKeyed(input, (value) => mapped.push(value), { concurrency: 1 }))).toBe('value');
    expect(mapped).toEqual([]);
  });

  test('pMapSettledKeyed has a result for each', async () => {
    const input = { a: 1, b: Promise.reject('value') as Promise<number>, c: 3 };
    const mapped = await pMapSettledKeyed(input, (value) => (value === 3 ? Promise.reject('mapper') : value));
    expect(show(mapped)).toBe(
      'bare {a: {status: "fulfilled", value: 1}, b: {status: "rejected", reason: "value"}, ' +
        'c: {status: "rejected", reason: "mapper"}}',
    );
    expect(await pMapSettledKeyed(new Map([['a', 1]]), double)).toEqual(
      new Map([['a', { status: 'fulfilled', value: 2 }]]),
    );
  });

  test('no more than the limit at once', async () => {
    const gates = new Gates();
    const input = { a: 'a', b: 'b', c: 'c', d: 'd' };
    const done = pMapKeyed(input, (value) => gates.task(value)(), { concurrency: 2 });
    await settle();
    expect(gates.started).toEqual(['a', 'b']);
    gates.open('b');
    await settle();
    expect(gates.started).toEqual(['a', 'b', 'c']);
    gates.openAll();
    expect(show(await done)).toBe('bare {a: "a", b: "b", c: "c", d: "d"}');
    expect(gates.peak).toBe(2);
  });

  test('a value that is rejected long before its turn is not left unhandled', async () => {
    const late = deferred<string>();
    const gates = new Gates();
    const input = { a: 'a', b: late.promise };
    const watched = watch(pMapKeyed(input, (value) => gates.task(value)(), { concurrency: 1 }));
    late.reject('early');
    await settle();
    expect(watched.state).toBe('pending');
    gates.open('a');
    await settle();
    expect(watched).toMatchObject({ state: 'rejected', reason: 'early' });
  });
});

for (const name of ['pMapKeyed', 'pMapSettledKeyed'] as const) {
  sameAsPMap(`${name}: which value is begun when`, async (stage) => {
    const input = { a: 'a', b: stage.gate('value b').promise, c: 'c', d: 'd' };
    const mapper = (value: unknown, key: unknown) => stage.gated(value, key);
    stage.follow(
      'run',
      stage.module[name](input as Record<string, unknown>, mapper as never, { concurrency: 2 }),
    );
    stage.note('called');
    await stage.flush();
    stage.open('value b', 'b');
    await stage.flush();
    stage.fail('b');
    await stage.flush();
    await stage.openEach('a', 'd', 'c');
  });
}

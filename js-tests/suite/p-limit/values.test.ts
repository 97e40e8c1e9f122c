// What may be passed as a function, and what it may return.
import { describe } from 'vitest';
import { show } from '../support/show.ts';
import { sameAsPLimit, sameOrdersAsPLimit } from '../support/trace.ts';

describe('results', () => {
  const results: [string, () => unknown][] = [
    ['undefined', () => undefined],
    ['null', () => null],
    ['false', () => false],
    ['a function', () => () => 'not called'],
    ['a symbol', () => Symbol.iterator],
    ['a native promise', () => Promise.resolve('native')],
    ['a promise of a promise', () => Promise.resolve(Promise.resolve('nested'))],
    ['a rejected promise', () => Promise.reject(new Error('rejected'))],
    ['a promise rejected with undefined', () => Promise.reject(undefined)],
    [
      'a thenable that fulfils at once',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: a thenable is what this case is about
        then: (fulfil: (value: string) => void) => fulfil('from a thenable'),
      }),
    ],
    [
      'a thenable that rejects at once',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: a thenable is what this case is about
        then: (_fulfil: unknown, reject: (reason: Error) => void) => reject(new Error('thenable rejects')),
      }),
    ],
    [
      'a thenable whose then throws',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: a thenable is what this case is about
        then: () => {
          throw new Error('then throws');
        },
      }),
    ],
    [
      'a thenable that settles twice',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: a thenable is what this case is about
        then: (fulfil: (value: string) => void, reject: (reason: Error) => void) => {
          fulfil('first word counts');
          reject(new Error('second word does not'));
        },
      }),
    ],
    [
      'an object whose then getter throws',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: a thenable is what this case is about
        get then(): unknown {
          throw new Error('getter throws');
        },
      }),
    ],
    [
      'an object whose then is not a function',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: a thenable is what this case is about
        then: 'just a string',
      }),
    ],
    [
      'a promise with a then of its own',
      () => {
        const promise = Promise.resolve('hidden');
        return Object.defineProperty(promise, 'then', {
          value: (fulfil: (value: string) => void) => fulfil('shown'),
        });
      },
    ],
    [
      'a promise that says it is something else',
      () => Object.assign(Promise.resolve('disguised'), { constructor: Object }),
    ],
    [
      'an instance of a Promise subclass',
      () => {
        class Sub<T> extends Promise<T> {}
        return Sub.resolve('subclass');
      },
    ],
  ];

  for (const [name, body] of results) {
    sameAsPLimit(`${name}: the value, and the order of what follows`, async (stage) => {
      const limit = stage.create(1);
      stage.submitNow(limit, 'subject', body);
      stage.submitNow(limit, 'next');
      await stage.flush();
    });
  }

  sameAsPLimit('a thenable that settles later keeps the slot until then', async (stage) => {
    const limit = stage.create(1);
    const gate = stage.gate('thenable').promise;
    stage.submitNow(limit, 'thenable', () => ({
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what this case is about
      then: gate.then.bind(gate),
    }));
    stage.submitNow(limit, 'next');
    await stage.flush();
    stage.open('thenable');
    await stage.flush();
  });

  sameAsPLimit('the promise is a plain Promise, a new one for each call', (stage) => {
    const limit = stage.create(1);
    const inner = Promise.resolve(1);
    const task = () => inner;
    const first = limit(task);
    const second = limit(task);
    stage.log(`${first.constructor === Promise} ${first === second} ${(first as unknown) === inner}`);
    stage.log(show(Object.prototype.toString.call(first)));
  });
});

describe('throws', () => {
  for (const [name, thrown] of [
    ['an error', new Error('sync')],
    ['undefined', undefined],
    ['null', null],
    ['a string', 'text'],
  ] as const) {
    sameAsPLimit(`${name}, thrown before the function returns`, async (stage) => {
      const limit = stage.create(1);
      stage.submitNow(limit, 'thrower', () => {
        throw thrown;
      });
      stage.submitNow(limit, 'next');
      await stage.flush();
    });
  }
});

describe('arguments', () => {
  sameAsPLimit('are handed over untouched, with no this', async (stage) => {
    const limit = stage.create(1);
    const list = [1, 2];
    stage.follow(
      'strict',
      limit(
        function (this: unknown, ...args: unknown[]) {
          stage.log(`this ${show(this)}, same array ${args[0] === list}`);
          return args;
        },
        list,
        undefined,
        'x',
      ),
    );
    stage.follow(
      'many',
      limit((...args: number[]) => args.length, ...Array.from({ length: 300 }, (_, index) => index)),
    );
    list.push(3);
    await stage.flush();
  });

  for (const count of [0, 1, 2, 3, 4, 5, 8]) {
    sameAsPLimit(`${count} of them`, async (stage) => {
      const limit = stage.create(1);
      stage.follow(
        'all',
        limit((...args: number[]) => args, ...Array.from({ length: count }, (_, index) => index)),
      );
      await stage.flush();
    });
  }
});

describe('things that are not functions', () => {
  for (const bad of [undefined, null, 42, 'text', {}, [], Symbol.iterator] as unknown[]) {
    // The words of the message are the JavaScript engine's, so only its class and its moment are compared.
    sameAsPLimit(
      `${show(bad)} takes a slot, rejects with a TypeError later, and gives the slot back`,
      async (stage) => {
        const limit = stage.create(1);
        const promise = limit(bad as () => unknown);
        stage.log('submitted');
        promise.then(
          () => stage.log('fulfilled'),
          (reason: unknown) => stage.log(`rejected with a TypeError: ${reason instanceof TypeError}`),
        );
        stage.submitNow(limit, 'next');
        await stage.flush();
      },
    );
  }

  sameAsPLimit('a class is called without new, and so rejects', async (stage) => {
    const limit = stage.create(1);
    class Thing {}
    limit(Thing as unknown as () => unknown).then(
      () => stage.log('fulfilled'),
      (reason: unknown) => stage.log(`rejected with a TypeError: ${reason instanceof TypeError}`),
    );
    stage.submitNow(limit, 'next');
    await stage.flush();
  });

  sameOrdersAsPLimit('functions of every kind', async (stage) => {
    const limit = stage.create(2);
    stage.follow(
      'async',
      limit(async (a: number) => a, 1),
    );
    stage.follow(
      'bound',
      limit(
        function (this: { base: number }, a: number) {
          return this.base + a;
        }.bind({ base: 10 }),
        2,
      ),
    );
    stage.follow('native', limit(Math.max, 3, 4));
    stage.follow(
      'generator',
      limit(function* () {
        yield 1;
      }).then((value) => Object.prototype.toString.call(value)),
    );
    stage.follow('proxy', limit(new Proxy((a: number) => a * 2, {}), 6));
    await stage.flush();
  });
});

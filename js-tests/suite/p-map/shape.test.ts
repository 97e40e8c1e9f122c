// The module and what it makes, as reflection sees them.
import { describe, expect, test } from 'vitest';
import { outline } from '../support/outline.ts';
import { FANFOLD, type PMapModule, REAL } from '../support/p-map.ts';

const same = <T>(look: (module: PMapModule) => T): void => expect(look(FANFOLD)).toEqual(look(REAL));

describe('the module', () => {
  test('has the same names', () => {
    same((module) => Object.keys(module).sort());
  });

  test('its functions have the same names and lengths', () => {
    same((module) =>
      Object.entries(module).map(([name, value]) =>
        typeof value === 'function' ? [name, value.name, value.length] : [name, typeof value],
      ),
    );
  });

  test('its functions give native promises, new ones each time', () => {
    same((module) => {
      const made = [
        module.default([], () => 1),
        module.pMapSettled([], () => 1),
        module.pMapKeyed({}, () => 1),
        module.pMapSettledKeyed({}, () => 1),
      ];
      return made.map(
        (promise) => promise.constructor === Promise && Object.getPrototypeOf(promise) === Promise.prototype,
      );
    });
  });
});

describe('pMapIterable', () => {
  test('gives an object that is iterable and nothing else', () => {
    same(({ pMapIterable }) => {
      const iterable = pMapIterable([1], (item) => item);
      return [outline(iterable), Object.getPrototypeOf(iterable) === Object.prototype];
    });
  });

  test('its iterators are async generators with a return and a throw of their own', () => {
    same(({ pMapIterable }) => {
      const iterator = pMapIterable([1], (item) => item)[Symbol.asyncIterator]();
      const inherited = Object.getPrototypeOf(Object.getPrototypeOf(iterator)) as object;
      async function* standard() {}
      return {
        own: outline(iterator),
        tag: Object.prototype.toString.call(iterator),
        standard: inherited === Object.getPrototypeOf(Object.getPrototypeOf(standard())),
        disposable: 'asyncDispose' in Symbol && Symbol.asyncDispose in iterator,
      };
    });
  });
});

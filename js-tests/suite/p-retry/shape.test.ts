// The module as reflection sees it.
import { expect, test } from 'vitest';
import { FANFOLD, type PRetryModule, REAL } from '../support/p-retry.ts';

const same = <T>(look: (module: PRetryModule) => T): void => expect(look(FANFOLD)).toEqual(look(REAL));

test('has the same names', () => {
  same((module) => Object.keys(module).sort());
});

test('its functions have the same names and lengths', () => {
  same((module) =>
    Object.entries(module).map(([name, value]) => [name, typeof value, value.name, value.length]),
  );
});

test('pRetry gives native promises', () => {
  same(({ default: pRetry }) => {
    const promise = pRetry(() => 1);
    return [promise.constructor === Promise, Object.getPrototypeOf(promise) === Promise.prototype];
  });
});

// Bad input gets a TypeError or a RangeError that names the option, what was expected and what came, before anything
// is called or read.
import {
  all,
  allSettled,
  any,
  chunk,
  createLimiter,
  filter,
  forEach,
  map,
  mapBatches,
  mapSettled,
  race,
  settle as settleAll,
  some,
  stream,
} from 'fanfold';
import { describe, expect, test, vi } from 'vitest';
import { counted } from '../support/sources.ts';
import { settle } from '../support/turns.ts';
import { thrownBy } from '../support/watch.ts';

const fn = vi.fn();

const ways: [string, (options: never) => unknown][] = [
  ['all', (options) => all([fn], options)],
  ['allSettled', (options) => allSettled([fn], options)],
  ['any', (options) => any([fn], options)],
  ['race', (options) => race([fn], options)],
  ['some', (options) => some([fn], 1, options)],
  ['settle', (options) => settleAll([fn], options)],
  ['map', (options) => map([1], fn, options)],
  ['forEach', (options) => forEach([1], fn, options)],
  ['filter', (options) => filter([1], fn, options)],
  ['mapSettled', (options) => mapSettled([1], fn, options)],
  ['mapBatches', (options) => mapBatches([1], 2, fn, options)],
  ['stream', (options) => stream([1], fn, options)],
];

const wrong: [string, unknown, new (...args: never[]) => Error][] = [
  ...[0, -1, 1.5, Number.NaN].map((value) => ['concurrency', value, RangeError] as const),
  ...['4', null, {}, 4n, () => 4].map((value) => ['concurrency', value, TypeError] as const),
  ...[5, null, {}, () => 1].map((value) => ['limiter', value, TypeError] as const),
  ...[5, null, {}, 'stop'].map((value) => ['signal', value, TypeError] as const),
  ...[0, -1, Number.NaN].map((value) => ['timeout', value, RangeError] as const),
  ...['5s', null, {}].map((value) => ['timeout', value, TypeError] as const),
  ...['stop', ''].map((value) => ['onFailure', value, RangeError] as const),
  ...[true, null, {}].map((value) => ['onFailure', value, TypeError] as const),
  ...[5, null, 'log', {}].map((value) => ['onProgress', value, TypeError] as const),
  ...[5, null, 'twice', true].map((value) => ['retry', value, TypeError] as const),
].map(([option, value, kind]) => [option, value, kind]);

/** What nothing that fails ends has no such option. */
const settled = ['allSettled', 'settle', 'mapSettled'];

describe.each(ways)('%s', (name, way) => {
  test.each(wrong)('%s: %o', async (option, value, kind) => {
    const error = thrownBy(() => way({ [option]: value } as never)) as Error;
    const hasNone = option === 'onFailure' && settled.includes(name);
    expect(error.constructor).toBe(hasNone ? TypeError : kind);
    expect(error.message).toContain(`\`${option}\``);
    await settle();
    expect(fn).not.toHaveBeenCalled();
  });

  test('concurrency beside limiter', () => {
    const error = thrownBy(() => way({ concurrency: 2, limiter: createLimiter(2) } as never)) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/`concurrency`.*`limiter`/);
  });

  test('what is wrong inside retry', () => {
    const misuses = { retries: -1, backoff: -1, limiter: createLimiter(1), signal: AbortSignal.timeout(1) };
    for (const [option, value] of Object.entries(misuses)) {
      const error = thrownBy(() => way({ retry: { [option]: value } } as never)) as Error;
      expect(error.message).toContain(`\`retry.${option}`);
    }
  });

  test.each([5, 'fast', true, null])('options that are no object: %o', (options) => {
    const error = thrownBy(() => way(options as never)) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain('`options`');
  });

  test('undefined is as left out', async () => {
    const names = ['concurrency', 'limiter', 'signal', 'timeout', 'retry', 'onFailure', 'onProgress'];
    way(Object.fromEntries(names.map((name) => [name, undefined])) as never);
    await settle();
    fn.mockClear();
  });
});

const mappers: [string, string, (source: never, fn: never) => unknown][] = [
  ['map', 'fn', (source, mapper) => map(source, mapper)],
  ['forEach', 'fn', (source, mapper) => forEach(source, mapper)],
  ['filter', 'predicate', (source, mapper) => filter(source, mapper)],
  ['mapSettled', 'fn', (source, mapper) => mapSettled(source, mapper)],
  ['mapBatches', 'fn', (source, mapper) => mapBatches(source, 2, mapper)],
  ['stream', 'fn', (source, mapper) => stream(source, mapper)],
];

describe.each(mappers)('%s', (_name, argument, way) => {
  test.each([undefined, null, 5, 'fn', {}])(`${argument}: %o`, (value) => {
    const items = counted(3);
    const error = thrownBy(() => way(items.source as never, value as never)) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(`\`${argument}\``);
    expect(items.asked).toBe(0);
  });

  test.each([undefined, null, 5, {}, () => [], Promise.resolve([])])('source: %o', (value) => {
    const error = thrownBy(() => way(value as never, fn as never)) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain('`source`');
  });
});

describe('numbers besides', () => {
  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('size: %o', (size) => {
    for (const way of [() => chunk([], size), () => mapBatches([], size, fn)]) {
      expect(thrownBy(way)).toBeInstanceOf(RangeError);
      expect((thrownBy(way) as Error).message).toContain('`size`');
    }
  });

  test.each(['2', null, undefined])('size: %o', (size) => {
    expect(thrownBy(() => chunk([], size as never))).toBeInstanceOf(TypeError);
  });

  test.each([-1, 1.5, Number.NaN])('count: %o', (count) => {
    expect(thrownBy(() => some([], count))).toBeInstanceOf(RangeError);
  });

  test.each([-1, 0.5, Number.NaN])('prefetch: %o', (prefetch) => {
    const error = thrownBy(() => stream([], fn, { prefetch })) as Error;
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toContain('`prefetch`');
  });

  test.each([
    ['prefetch', '1'],
    ['order', 5],
    ['order', null],
  ])('%s: %o', (option, value) => {
    expect(thrownBy(() => stream([], fn, { [option]: value } as object))).toBeInstanceOf(TypeError);
  });

  test('order', () => {
    const error = thrownBy(() => stream([], fn, { order: 'random' as never })) as Error;
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toContain('`order`');
  });
});

// An option that does not exist is a mistake: it is refused by all that takes options, with words that help.
import {
  AsyncIteratorCombiner,
  all,
  allSettled,
  any,
  broadcast,
  concat,
  createLimiter,
  createMutex,
  createSemaphore,
  deadline,
  eager,
  filter,
  forEach,
  httpRetry,
  latest,
  limitFunction,
  map,
  mapBatches,
  mapSettled,
  measureConcurrency,
  merge,
  PushPullBuffer,
  RetryBudget,
  race,
  retry,
  scope,
  settle,
  sleep,
  some,
  stream,
  tee,
  timeout,
  zip,
} from 'fanfold';
import pLimit from 'fanfold/p-limit';
import pMap from 'fanfold/p-map';
import pRetry from 'fanfold/p-retry';
import { describe, expect, test } from 'vitest';
import { reasonOf } from '../support/watch.ts';

type Taker = (options: never) => unknown;

const same = (value: unknown): unknown => value;
const open = () => new PushPullBuffer<number>({ capacity: 1 });

/** All that takes options, some that are right, and one that is only nearly right. */
const takers: [string, Taker, object, string, string][] = [
  ['createLimiter', createLimiter, { concurrency: 1 }, 'maxqueue', 'maxQueue'],
  ['its retry', (retry) => createLimiter({ concurrency: 1, retry }), {}, 'retry.retrys', 'retry.retries'],
  ['createSemaphore', createSemaphore, { concurrency: 1 }, 'Name', 'name'],
  ['createMutex', createMutex, {}, 'nested_', 'nested'],
  ['limitFunction', (options) => limitFunction(same, options), { concurrency: 1 }, 'singal', 'signal'],
  ['run', (options) => createLimiter(1).run(same, options), {}, 'runtimeout', 'runTimeout'],
  ['submit', (options) => createLimiter(1).submit(same, options), {}, 'queueTimeOut', 'queueTimeout'],
  ['acquire', (options) => createLimiter(1).acquire(options), {}, 'signl', 'signal'],
  ['close', (options) => createLimiter(1).close(options), {}, 'grac', 'grace'],
  ['runExclusive', (options) => createMutex().runExclusive(() => 1, options), {}, 'sygnal', 'signal'],
  ['map', (options) => map([1], same, options), {}, 'concurency', 'concurrency'],
  ['forEach', (options) => forEach([1], same, options), {}, 'concurrancy', 'concurrency'],
  ['filter', (options) => filter([1], same, options), {}, 'limitter', 'limiter'],
  ['mapSettled', (options) => mapSettled([1], same, options), {}, 'timeOut', 'timeout'],
  ['mapBatches', (options) => mapBatches([1], 1, same, options), {}, 'onfailure', 'onFailure'],
  ['stream', (options) => stream([1], same, options), { order: 'input' }, 'pre-fetch', 'prefetch'],
  ['all', (options) => all([1], options), {}, 'onProgres', 'onProgress'],
  ['allSettled', (options) => allSettled([1], options), {}, 'Signal', 'signal'],
  ['any', (options) => any([1], options), {}, 'timout', 'timeout'],
  ['race', (options) => race([1], options), {}, 'limitr', 'limiter'],
  ['some', (options) => some([1], 1, options), {}, 'retry_', 'retry'],
  ['settle', (options) => settle([1], options), {}, 'rety', 'retry'],
  ['a retry of many', (retry) => map([1], same, { retry }), {}, 'retry.maxElapse', 'retry.maxElapsed'],
  ['measureConcurrency', (options) => measureConcurrency([1], same, options), {}, 'round', 'rounds'],
  ['scope', (options) => scope(options), {}, 'concurrencey', 'concurrency'],
  ['scope with a body', (options) => scope(() => 1, options), {}, 'timeoutt', 'timeout'],
  ['retry', (options) => retry(() => 1, options), {}, 'atemptTimeout', 'attemptTimeout'],
  ['backoff', (backoff) => retry(() => 1, { backoff }), {}, 'backoff.bas', 'backoff.base'],
  [
    'its backoff',
    (backoff) => map([1], same, { retry: { backoff } }),
    {},
    'retry.backoff.fctor',
    'retry.backoff.factor',
  ],
  ['RetryBudget', (options) => new RetryBudget(options), {}, 'minPersecond', 'minPerSecond'],
  ['httpRetry', httpRetry, {}, 'status', 'statuses'],
  ['sleep', (options) => sleep(0, options), {}, 'unreff', 'unref'],
  ['timeout', (options) => timeout(() => 1, 1, options), {}, 'nam', 'name'],
  ['deadline', (options) => deadline(1, options), {}, 'sinal', 'signal'],
  ['merge', (options) => merge([], options), {}, 'onerror', 'onError'],
  ['AsyncIteratorCombiner', (options) => new AsyncIteratorCombiner([], options), {}, 'opn', 'open'],
  ['zip', (options) => zip([], options), {}, 'mod', 'mode'],
  ['concat', (options) => concat([], options), {}, 'signl', 'signal'],
  ['latest', (options) => latest([], options), {}, 'singal', 'signal'],
  ['eager', (options) => eager([], 1, options), {}, 'stat', 'start'],
  ['tee', (options) => tee([], 2, options), {}, 'capacty', 'capacity'],
  ['broadcast', (options) => broadcast([], options), {}, 'overFlow', 'overflow'],
  ['PushPullBuffer', (options) => new PushPullBuffer(options), { capacity: 1 }, 'overFlow', 'overflow'],
  ['sink.next', (options) => open().sink.next(1, options), {}, 'signals', 'signal'],
  ['sink.ready', (options) => open().sink.ready(options), {}, 'singal', 'signal'],
  ['source.next', (options) => open().source.next(options), {}, 'Signal', 'signal'],
  ['source.pull', (options) => open().source.pull(1, options), {}, 'sgnal', 'signal'],
];

/** What comes of options, whether it throws or rejects. */
async function errorOf(taker: Taker, options: object): Promise<Error> {
  return (await reasonOf((async () => taker(options as never))())) as Error;
}

describe('an option that does not exist', () => {
  test.each(takers)('is refused by %s', async (_, taker, options, misspelt, meant) => {
    const name = misspelt.split('.').at(-1) as string;
    const error = await errorOf(taker, { ...options, [name]: 1 });
    expect(error.constructor, error.message).toBe(TypeError);
    expect(error.message).toContain(
      `There is no option \`${misspelt}\`, did you mean \`${meant}\`? Known are `,
    );
  });

  test('is told from all that are known where none is near', async () => {
    const error = await errorOf((options) => sleep(0, options), { ms: 3 });
    expect(error.message).toBe('There is no option `ms`. Known are `signal`, `unref`');
  });

  test('may be called like something that all objects have', async () => {
    const error = await errorOf((options) => sleep(0, options), { toString: () => 'options' });
    expect(error.message).toContain('There is no option `toString`. ');
  });

  test('is refused before anything is done', async () => {
    const calls: unknown[] = [];
    const error = await errorOf((options) => all([() => calls.push('called')], options), { limit: 1 });
    expect(error.constructor).toBe(TypeError);
    expect(calls).toEqual([]);
  });

  test('is refused in an object without a prototype', async () => {
    const options = Object.assign(Object.create(null), { ms: 3 }) as object;
    expect((await errorOf((given) => sleep(0, given), options)).constructor).toBe(TypeError);
  });

  test('does not hide that a limiter stands where options do', async () => {
    const error = await errorOf((options) => map([1], same, options), createLimiter(1));
    expect(error.message).toBe('Expected `options` to be an object, got function limiter');
  });
});

describe('nobody is refused', () => {
  test('who leaves an option undefined that does not exist', async () => {
    await expect(sleep(0, { ms: undefined } as never)).resolves.toBe(undefined);
  });

  test('whose options are an object of a class, which may have other properties', async () => {
    class Settings {
      readonly concurrency = 2;
      readonly colour = 'green';
    }
    expect(createLimiter(new Settings()).concurrency).toBe(2);
    expect(createSemaphore(new Settings()).limiter.concurrency).toBe(2);
  });

  test('who gives a drop-in what its original ignores', async () => {
    const odd = { concurrency: 1, colour: 'green' };
    await expect(pLimit(odd as never)(() => 1)).resolves.toBe(1);
    await expect(pMap([1], same, odd as never)).resolves.toEqual([1]);
    await expect(pRetry(() => 1, odd as never)).resolves.toBe(1);
  });
});

// Errors that say that the program is wrong are not retried: TypeErrors, unless the network is what they are about, and
// what is no error at all.
import { describe, expect, test } from 'vitest';
import { BOTH, FANFOLD, type PRetryModule, REAL } from '../support/p-retry.ts';
import { show } from '../support/show.ts';
import { reasonOf } from '../support/watch.ts';

/** What comes of a function that fails with this: how many attempts, who was asked, and what it rejects with. */
async function runOf({ default: pRetry }: PRetryModule, thrown: unknown, options: object = {}) {
  let attempts = 0;
  const told: string[] = [];
  const note =
    (name: string, answer: unknown) =>
    (context: { readonly retryDelay: number; readonly error: unknown }) => {
      told.push(`${name} ${context.retryDelay} ${show(context.error)}`);
      return answer;
    };
  const reason = await reasonOf(
    pRetry(
      () => {
        attempts++;
        throw thrown;
      },
      {
        retries: 2,
        minTimeout: 0,
        shouldConsumeRetry: note('consume', true) as () => boolean,
        onFailedAttempt: note('failed', undefined) as () => void,
        shouldRetry: note('retry', true) as () => boolean,
        ...options,
      },
    ),
  );
  return { attempts, told, reason };
}

const typeError = (message: string, more: object = {}): TypeError =>
  Object.assign(new TypeError(message), more);

const network: [string, () => unknown][] = [
  'network error',
  'Failed to fetch',
  'Failed to fetch (example.com)',
  'NetworkError when attempting to fetch resource.',
  'The Internet connection appears to be offline.',
  'Network request failed',
  'fetch failed',
  'terminated',
  ' A network error occurred.',
  'Network connection lost',
  'error sending request for url (http://localhost/)',
].map((message) => [message, () => typeError(message)]);

network.push(
  [
    'Load failed, as Safari has it',
    () => Object.defineProperty(typeError('Load failed'), 'stack', { value: undefined }),
  ],
  [
    'Load failed (example.com)',
    () => Object.defineProperty(typeError('Load failed (example.com)'), 'stack', { value: undefined }),
  ],
  ['Load failed, seen by Sentry', () => typeError('Load failed', { __sentry_captured__: true })],
);

const other: [string, () => unknown][] = [
  ['a bug', () => typeError('x is not a function')],
  ['nothing', () => typeError('')],
  ['more than the words', () => typeError('fetch failed: because')],
  ['less than the words', () => typeError('fetch')],
  ['other letters', () => typeError('Fetch failed')],
  ['Load failed with a stack', () => typeError('Load failed')],
  ['another name', () => typeError('fetch failed', { name: 'FetchError' })],
  ['a subclass', () => new (class Special extends TypeError {})('a bug')],
];

/** No TypeErrors, so the words do not matter. */
const retried: [string, () => unknown][] = [
  ['Error', () => new Error('fails')],
  ['RangeError', () => new RangeError('fails')],
  ['an error named TypeError', () => Object.assign(new Error('a bug'), { name: 'TypeError' })],
  ['AggregateError', () => new AggregateError([new TypeError('a bug')], 'several')],
  ['a timeout', () => new DOMException('timed out', 'TimeoutError')],
];

describe.each(BOTH)('%s', (_name, module) => {
  test.each([...network, ...retried])('retried: %s', async (_message, make) => {
    const thrown = make();
    const { attempts, reason } = await runOf(module, thrown);
    expect(attempts).toBe(3);
    expect(reason).toBe(thrown);
  });

  test.each(other)('not retried: a TypeError about %s', async (_message, make) => {
    const thrown = make();
    const { attempts, reason, told } = await runOf(module, thrown, { minTimeout: 100 });
    expect(attempts).toBe(1);
    expect(reason).toBe(thrown);
    // It is told, and it is told that there is no further attempt; whether to retry is not asked.
    expect(told).toEqual([`consume 0 ${show(thrown)}`, `failed 0 ${show(thrown)}`]);
  });

  test('a failure that would consume no retry is not retried either, where it is a bug', async () => {
    const { attempts } = await runOf(module, typeError('a bug'), { shouldConsumeRetry: () => false });
    expect(attempts).toBe(1);
  });

  test.each<[unknown, string]>([
    ['text', 'Non-error was thrown: "text". You should only throw errors.'],
    [undefined, 'Non-error was thrown: "undefined". You should only throw errors.'],
    [null, 'Non-error was thrown: "null". You should only throw errors.'],
    [5, 'Non-error was thrown: "5". You should only throw errors.'],
    [Symbol.iterator, 'Non-error was thrown: "Symbol(Symbol.iterator)". You should only throw errors.'],
    [{ message: 'fetch failed' }, 'Non-error was thrown: "[object Object]". You should only throw errors.'],
    [Object.create(null), 'Non-error was thrown: "[object Object]". You should only throw errors.'],
    [['a', 'b'], 'Non-error was thrown: "a,b". You should only throw errors.'],
  ])(
    'what is no error, such as %o, becomes a TypeError that says so, and is not retried',
    async (thrown, message) => {
      const { attempts, reason, told } = await runOf(module, thrown);
      expect(attempts).toBe(1);
      expect((reason as Error).constructor).toBe(TypeError);
      expect((reason as Error).message).toBe(message);
      expect(told).toEqual([`consume 0 ${show(reason)}`, `failed 0 ${show(reason)}`]);
    },
  );
});

test('no wait is drawn for what is not retried', async () => {
  for (const module of [REAL, FANFOLD]) {
    let drawn = 0;
    const { random } = Math;
    Math.random = () => {
      drawn++;
      return 0.5;
    };
    try {
      await runOf(module, typeError('a bug'), { minTimeout: 10, randomize: true });
    } finally {
      Math.random = random;
    }
    expect(drawn).toBe(0);
  }
});

// AbortError: what it is made of, and what it does when a function that is retried throws it.
import { describe, expect, test } from 'vitest';
import { outline } from '../support/outline.ts';
import { BOTH, FANFOLD, REAL } from '../support/p-retry.ts';
import { show } from '../support/show.ts';
import { reasonOf } from '../support/watch.ts';

describe.each(BOTH)('%s', (_name, { default: pRetry, AbortError }) => {
  test('made of a text', () => {
    const error = new AbortError('text');
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.message]).toEqual(['AbortError', 'text']);
    expect(error.originalError.constructor).toBe(Error);
    expect(error.originalError.message).toBe('text');
  });

  test('made of an error', () => {
    const original = new RangeError('original');
    const error = new AbortError(original);
    expect([error.name, error.message]).toEqual(['AbortError', 'original']);
    expect(error.originalError).toBe(original);
  });

  test('made of nothing, or of things that are neither', () => {
    const made = [undefined, null, 5, {}, ['a', 'b']].map((value) => new AbortError(value as string));
    expect(made.map(({ message, originalError }) => [message, originalError.message])).toEqual(
      ['', 'null', '5', '[object Object]', 'a,b'].map((text) => [text, text]),
    );
  });

  test('ends it at once, with the error inside and not with itself', async () => {
    const original = new RangeError('original');
    let attempts = 0;
    const input = () => {
      if (++attempts === 3) throw new AbortError(original);
      throw new Error('again');
    };
    expect(await reasonOf(pRetry(input, { minTimeout: 0 }))).toBe(original);
    expect(attempts).toBe(3);
  });

  test('rejected instead of thrown does the same', async () => {
    const reason = await reasonOf(pRetry(() => Promise.reject(new AbortError('text'))));
    expect(reason).not.toBeInstanceOf(AbortError);
    expect((reason as Error).constructor).toBe(Error);
    expect((reason as Error).message).toBe('text');
  });

  test('nobody is told or asked', async () => {
    const told: string[] = [];
    const note = (name: string) => () => {
      told.push(name);
      return true;
    };
    const callbacks = {
      onFailedAttempt: () => void note('onFailedAttempt')(),
      shouldConsumeRetry: note('shouldConsumeRetry'),
      shouldRetry: note('shouldRetry'),
    };
    await reasonOf(
      pRetry(() => {
        throw new AbortError('text');
      }, callbacks),
    );
    expect(told).toEqual([]);
  });

  test('one inside another is taken off down to the error inside', async () => {
    const original = new Error('inside');
    const nested = new AbortError(new AbortError(new AbortError(original)));
    expect(await reasonOf(pRetry(() => Promise.reject(nested)))).toBe(original);
  });

  test('one inside another made of a text', async () => {
    const reason = (await reasonOf(
      pRetry(() => Promise.reject(new AbortError(new AbortError('text')))),
    )) as Error;
    expect([reason.constructor, reason.message]).toEqual([Error, 'text']);
  });

  test('of a subclass too', async () => {
    class Final extends AbortError {}
    const original = new Error('original');
    expect(await reasonOf(pRetry(() => Promise.reject(new Final(original))))).toBe(original);
  });

  test('a TypeError inside is what it ends with', async () => {
    const original = new TypeError('a bug');
    expect(await reasonOf(pRetry(() => Promise.reject(new AbortError(original))))).toBe(original);
  });

  test('one whose inside was replaced by what is no error stays itself', async () => {
    const error = new AbortError('text');
    (error as { originalError: unknown }).originalError = 'no error';
    expect(await reasonOf(pRetry(() => Promise.reject(error)))).toBe(error);
  });

  test('from a callback it comes as it is', async () => {
    const error = new AbortError('from a callback');
    const fails = () => Promise.reject(new Error('fails'));
    for (const name of ['onFailedAttempt', 'shouldRetry', 'shouldConsumeRetry']) {
      expect(await reasonOf(pRetry(fails, { [name]: () => Promise.reject(error) }))).toBe(error);
    }
  });

  test('as the reason of a signal it comes as it is', async () => {
    const reason = new AbortError('of the signal');
    expect(await reasonOf(pRetry(() => 1, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    const controller = new AbortController();
    const input = () => {
      controller.abort(reason);
      throw new AbortError('of the function');
    };
    expect(await reasonOf(pRetry(input, { signal: controller.signal }))).toBe(reason);
  });

  test("errors of the same name are no AbortErrors: the platform's are retried", async () => {
    let attempts = 0;
    const platform = new DOMException('aborted', 'AbortError');
    const input = () => {
      attempts++;
      throw platform;
    };
    expect(await reasonOf(pRetry(input, { minTimeout: 0, retries: 2 }))).toBe(platform);
    expect(attempts).toBe(3);
  });

  test('the error made of a text does not show where AbortError made it', () => {
    const { originalError } = new AbortError('text');
    if (typeof originalError.stack !== 'string' || !('captureStackTrace' in Error)) return;
    expect(originalError.stack).not.toContain('new AbortError');
    expect(originalError.stack).toContain('abort-error.test');
  });
});

describe('the same to reflection', () => {
  test.each<[string, unknown]>([
    ['a text', 'text'],
    ['an empty text', ''],
    ['nothing', undefined],
    ['an error', new RangeError('original')],
    ['a number', 5],
  ])('made of %s', (_what, value) => {
    const [ours, theirs] = [FANFOLD, REAL].map(({ AbortError }) => {
      const error = new AbortError(value as string);
      const own = outline(error);
      const { stack: _, ...rest } = own;
      return {
        own: rest,
        keys: Object.keys(error),
        shown: show(error),
        text: String(error),
        json: JSON.stringify(error),
      };
    });
    expect(ours).toEqual(theirs);
  });

  test('the class', () => {
    const [ours, theirs] = [FANFOLD, REAL].map(({ AbortError }) => ({
      name: AbortError.name,
      length: AbortError.length,
      parent: Object.getPrototypeOf(AbortError),
      prototype: outline(AbortError.prototype),
      thrown: (() => {
        try {
          return (AbortError as unknown as () => unknown)();
        } catch (error) {
          return (error as Error).constructor;
        }
      })(),
    }));
    expect(ours).toEqual(theirs);
  });
});

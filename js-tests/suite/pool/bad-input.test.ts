import { TaskPool } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { thrownBy } from '../support/watch.ts';

const make = (...args: unknown[]) =>
  thrownBy(() => new TaskPool(...(args as ConstructorParameters<typeof TaskPool>)));

describe('a pool is refused with', () => {
  test.each<[string, unknown[], ErrorConstructor, string]>([
    ['no name', [undefined, [], 1], TypeError, 'Expected `name` to be a string, got undefined'],
    ['no source', ['x', undefined, 1], TypeError, 'Expected `source` to be an iterable or an async iterable'],
    ['one task for a source', ['x', () => 1, 1], TypeError, 'Expected `source` to be an iterable'],
    ['no limiter', ['x', []], TypeError, 'Expected `limiter` to be a limiter'],
    ['a function for a limiter', ['x', [], () => 1], TypeError, 'Expected `limiter` to be a limiter'],
    [
      'no slots',
      ['x', [], 0],
      RangeError,
      'Expected `limiter` to be an integer from 1 up or Infinity, got 0',
    ],
    ['no options', ['x', [], 1, null], TypeError, 'Expected `options` to be an object, got null'],
    ['a misspelt option', ['x', [], 1, { onFailrue: 'stop' }], TypeError, 'did you mean `onFailure`?'],
    [
      'a number for results',
      ['x', [], 1, { results: 5 }],
      TypeError,
      'Expected `results` to be an object, got 5',
    ],
    [
      'a bad capacity',
      ['x', [], 1, { results: { capacity: -1 } }],
      RangeError,
      'Expected `results.capacity`',
    ],
    [
      'a misspelt capacity',
      ['x', [], 1, { results: { capcity: 1 } }],
      TypeError,
      'did you mean `results.capacity`?',
    ],
    [
      'bad messages',
      ['x', [], 1, { messages: { capacity: 0.5 } }],
      RangeError,
      'Expected `messages.capacity`',
    ],
    [
      'another progress',
      ['x', [], 1, { progress: 'some' }],
      RangeError,
      'Expected `progress` to be one of "all", "latest"',
    ],
    [
      'another onFailure',
      ['x', [], 1, { onFailure: 'abort' }],
      RangeError,
      'one of "continue", "stop", got "abort"',
    ],
    ['a timeout of nothing', ['x', [], 1, { timeout: 0 }], RangeError, 'Expected `timeout`'],
    [
      'a suspendTimeout of nothing',
      ['x', [], 1, { suspendTimeout: -1 }],
      RangeError,
      'Expected `suspendTimeout`',
    ],
    ['no signal', ['x', [], 1, { signal: {} }], TypeError, 'Expected `signal` to be an AbortSignal'],
    ['a bad retry', ['x', [], 1, { retry: { retries: -1 } }], RangeError, 'Expected `retry.retries`'],
    [
      'null for a parent',
      ['x', [], 1, { parent: null }],
      TypeError,
      'Expected `parent` to be the task of a pool, got null',
    ],
    [
      'a parent that is none',
      ['x', [], 1, { parent: {} }],
      TypeError,
      'Expected `parent` to be the task of a pool',
    ],
  ])('%s', (_name, args, kind, message) => {
    const error = make(...args);
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ message: expect.stringContaining(message) });
  });
});

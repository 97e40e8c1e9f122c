// Bad input gets a TypeError or a RangeError that names the option, and changes nothing.
import { PushPullBuffer } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { outcome } from '../support/outcome.ts';
import { thrownBy } from '../support/watch.ts';

const wrong: [string, unknown, new (...args: never[]) => Error][] = [
  ...[-1, 1.5, Number.NaN, 2 ** 32, Number.NEGATIVE_INFINITY].map(
    (value) => ['capacity', value, RangeError] as const,
  ),
  ...['4', null, undefined, {}, 4n].map((value) => ['capacity', value, TypeError] as const),
  ...[1, null, 'length', {}].map((value) => ['weigh', value, TypeError] as const),
  ...['drop', ''].map((value) => ['overflow', value, RangeError] as const),
  ...[true, null, 1].map((value) => ['overflow', value, TypeError] as const),
  ...['random', ''].map((value) => ['order', value, RangeError] as const),
  ...[true, null, 1].map((value) => ['order', value, TypeError] as const),
  ...[1, null, 'high', {}].map((value) => ['priority', value, TypeError] as const),
  ...[5, null, {}, 'stop'].map((value) => ['signal', value, TypeError] as const),
  ...[5, null, {}].map((value) => ['name', value, TypeError] as const),
].map(([option, value, kind]) => [option, value, kind]);

describe('new PushPullBuffer', () => {
  test.each(wrong)('%s: %o', (option, value, kind) => {
    const options = { capacity: 1, order: option === 'priority' ? 'priority' : 'fifo', [option]: value };
    const error = thrownBy(() => new PushPullBuffer(options as never)) as Error;
    expect(error.constructor).toBe(kind);
    expect(error.message).toContain(`\`${option}\``);
  });

  test('priority without the order', () => {
    const error = thrownBy(() => new PushPullBuffer({ capacity: 1, priority: () => 1 })) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/`priority`.*order: 'priority'/);
  });

  test('no capacity: without a limit only where one says so', () => {
    for (const options of [undefined, null, 5, {}]) {
      expect(thrownBy(() => new PushPullBuffer(options as never))).toBeInstanceOf(TypeError);
    }
  });

  test('an option that does not exist', () => {
    const error = thrownBy(() => new PushPullBuffer({ capacity: 1, overFlow: 'error' } as never)) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain('did you mean `overflow`');
  });

  test('undefined is as good as left out', () => {
    const buffer = new PushPullBuffer<number>({
      capacity: 1,
      weigh: undefined,
      overflow: undefined,
      order: undefined,
      priority: undefined,
      signal: undefined,
      name: undefined,
    });
    expect([buffer.name, buffer.capacity, buffer.sink.push(1), buffer.sink.push(2)]).toEqual([
      'buffer',
      1,
      true,
      false,
    ]);
  });
});

describe('a wait', () => {
  const waits: [string, (buffer: PushPullBuffer<number>, options: never) => unknown][] = [
    ['sink.next', ({ sink }, options) => sink.next(1, options)],
    ['sink.ready', ({ sink }, options) => sink.ready(options)],
    ['source.next', ({ source }, options) => source.next(options)],
    ['source.pull', ({ source }, options) => source.pull(1, options)],
  ];
  const wrongWaits: [unknown, string][] = [
    [null, 'options'],
    [5, 'options'],
    [0, 'options'],
    [false, 'options'],
    ['', 'options'],
    [{ signal: 5 }, 'signal'],
    [{ signal: null }, 'signal'],
    [{ sgnal: undefined, singal: AbortSignal.abort() }, 'signal'],
  ];

  test.each(waits)('%s with what is no option', async (_name, wait) => {
    for (const fill of [0, 1]) {
      for (const [options, named] of wrongWaits) {
        const buffer = new PushPullBuffer<number>({ capacity: 1 });
        if (fill === 1) buffer.sink.push(1);
        expect(await outcome(() => wait(buffer, options as never))).toMatch(
          new RegExp(`^(throws|rejects with) TypeError.*\`${named}\``),
        );
        const { size, waitingPulls, waitingPushes } = buffer;
        expect({ size, waitingPulls, waitingPushes }).toEqual({
          size: fill,
          waitingPulls: 0,
          waitingPushes: 0,
        });
      }
    }
  });

  test.each([
    [0, RangeError],
    [-1, RangeError],
    [1.5, RangeError],
    [Number.NaN, RangeError],
    ['1', TypeError],
    [undefined, TypeError],
    [null, TypeError],
  ])('pull(%o)', (count, kind) => {
    const { source } = new PushPullBuffer<number>({ capacity: 1 });
    const error = thrownBy(() => source.pull(count as never)) as Error;
    expect(error.constructor).toBe(kind);
    expect(error.message).toContain('`n`');
  });
});

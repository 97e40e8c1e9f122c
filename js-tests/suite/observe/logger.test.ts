import { createLimiter, type LogEntry, observe, type StageRecord } from 'fanfold';
import { describe, expect, test, vi } from 'vitest';
import { settle } from '../support/turns.ts';

const nothing = () => {};
const boom = new Error('boom');
const fails = async () => {
  throw boom;
};
const retried = { retry: { retries: 1, backoff: { kind: 'constant', base: 0 } } } as const;

/** A logger that remembers. */
function remembering(...methods: string[]) {
  const lines: [method: string, entry: LogEntry, message: string][] = [];
  const logger = Object.fromEntries(
    methods.map((name) => [
      name,
      (entry: LogEntry, message: string) => void lines.push([name, entry, message]),
    ]),
  );
  return { lines, logger };
}

describe('a logger', () => {
  test('is given an object and a text, by the level of the stage', async () => {
    const { lines, logger } = remembering('debug', 'info', 'warn', 'error', 'log');
    const limit = createLimiter({ concurrency: 1, name: 'api' });
    observe(limit, logger);
    await Promise.allSettled([
      limit(nothing),
      limit.run(fails, retried),
      limit.run(nothing, { signal: AbortSignal.abort(boom) }),
    ]);
    await settle();
    const levels = new Map(lines.map(([method, { stage }]) => [stage, method]));
    expect(Object.fromEntries(levels)).toEqual({
      queued: 'debug',
      start: 'debug',
      success: 'info',
      retry: 'warn',
      error: 'error',
      aborted: 'warn',
    });
    const [, entry, message] = lines.find(([method]) => method === 'info') as (typeof lines)[number];
    expect(Object.keys(entry)).toEqual([
      'stage',
      'name',
      'taskId',
      'index',
      'attempt',
      'waitingMs',
      'runningMs',
    ]);
    expect(message).toBe(`task ${entry.taskId} of api: success`);
    const retry = lines.find(([, { stage }]) => stage === 'retry');
    expect(retry?.[1].err).toBe(boom);
    expect(retry?.[1]).not.toHaveProperty('error');
  });

  test('falls to what it has', async () => {
    for (const methods of [['info', 'log'], ['log']]) {
      const { lines, logger } = remembering(...methods);
      const limit = createLimiter(1);
      observe(limit, logger);
      await limit(nothing);
      expect(lines.map(([method]) => method)).toEqual(Array(3).fill(methods[0]));
    }
  });

  test('takes levels, and stages that are left out', async () => {
    const { lines, logger } = remembering('trace', 'info');
    const limit = createLimiter(1);
    observe(limit, logger, { levels: { queued: 'trace', start: false, success: undefined } });
    await limit(nothing);
    expect(lines.map(([method, { stage }]) => `${method} ${stage}`)).toEqual([
      'trace queued',
      'info success',
    ]);
  });

  test('may be the console', async () => {
    const info = vi.spyOn(console, 'info').mockImplementation(nothing);
    const debug = vi.spyOn(console, 'debug').mockImplementation(nothing);
    const limit = createLimiter(1);
    observe(limit, console);
    await limit(nothing);
    expect(info).toHaveBeenCalledOnce();
    expect(debug).toHaveBeenCalledTimes(2);
    vi.restoreAllMocks();
  });

  test('may do anything with the limiter', async () => {
    const limit = createLimiter({ concurrency: 1, nested: 'error' });
    let logged = 0;
    let stop = nothing;
    const logger = ({ stage }: StageRecord) => {
      if (stage !== 'start' || logged > 20) return;
      logged++;
      limit.concurrency = 1 + (logged % 3);
      void limit(nothing);
      if (logged === 20) stop();
    };
    stop = observe(limit, logger);
    await limit(nothing);
    await limit.onIdle();
    expect(logged).toBe(20);
  });
});

describe('observing', () => {
  test('ends by a call, or by `using`', async () => {
    const limit = createLimiter(1);
    const seen: string[] = [];
    const stop = observe(limit, ({ stage }) => seen.push(stage));
    {
      using _other = observe(limit, ({ stage }) => seen.push(`other ${stage}`));
      await limit(nothing);
    }
    expect(seen).toEqual(['queued', 'start', 'success'].flatMap((stage) => [stage, `other ${stage}`]));
    const last = limit(nothing);
    stop();
    stop();
    await last;
    await limit(nothing);
    expect(seen).toHaveLength(6);
  });

  test('leaves out what came in before', async () => {
    const limit = createLimiter(1);
    const seen: StageRecord[] = [];
    const before = limit(nothing);
    observe(limit, (record) => void seen.push(record));
    await Promise.all([before, limit(nothing)]);
    expect(seen.map(({ index, stage }) => `${index}:${stage}`)).toEqual(['0:queued', '0:start', '0:success']);
  });

  test('is for what can be observed, with a logger', () => {
    const limit = createLimiter(1);
    for (const target of [undefined, null, 3, {}, nothing]) {
      expect(() => observe(target as never, nothing)).toThrow(
        expect.objectContaining({ name: 'TypeError', message: expect.stringContaining('target') }),
      );
    }
    for (const logger of [undefined, null, 'pino', {}, { warn: nothing }]) {
      expect(() => observe(limit, logger as never)).toThrow(
        expect.objectContaining({ name: 'TypeError', message: expect.stringContaining('logger') }),
      );
    }
    const bad: [unknown, string][] = [
      [{ level: 'info' }, 'level'],
      [{ levels: { strat: 'info' } }, 'start'],
      [{ levels: { start: 'loud' } }, 'levels.start'],
      [{ levels: { start: 1 } }, 'levels.start'],
      [{ levels: 'info' }, 'levels'],
    ];
    for (const [options, named] of bad) {
      expect(() => observe(limit, nothing, options as never)).toThrow(named);
    }
  });
});

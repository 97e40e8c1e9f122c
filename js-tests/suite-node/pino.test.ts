// Stages as pino writes them.
import { Writable } from 'node:stream';
import { createLimiter, observe } from 'fanfold';
import pino from 'pino';
import { expect, test } from 'vitest';

/** What pino writes, line by line. */
function written(): { readonly lines: Record<string, unknown>[]; readonly stream: Writable } {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      for (const line of String(chunk).trim().split('\n')) lines.push(JSON.parse(line));
      done();
    },
  });
  return { lines, stream };
}

const fails = async () => {
  throw new RangeError('no such page');
};

test('pino writes one line a stage, with level, text and error', async () => {
  const { lines, stream } = written();
  const logger = pino({ level: 'debug' }, stream);
  const limit = createLimiter({
    concurrency: 1,
    name: 'api',
    retry: { retries: 1, backoff: { kind: 'constant', base: 0 } },
  });
  using _ = observe(limit, logger);
  await limit(() => 1);
  await limit(fails).catch(() => {});
  expect(
    lines.map(({ level, stage, attempt }) => [pino.levels.labels[level as number], stage, attempt]),
  ).toEqual([
    ['debug', 'queued', 1],
    ['debug', 'start', 1],
    ['info', 'success', 1],
    ['debug', 'queued', 1],
    ['debug', 'start', 1],
    ['warn', 'retry', 1],
    ['debug', 'queued', 2],
    ['debug', 'start', 2],
    ['error', 'error', 2],
  ]);
  const [queued] = lines;
  expect(queued).toMatchObject({ name: 'api', index: 0, waitingMs: 0, runningMs: 0 });
  expect(queued?.msg).toBe(`task ${queued?.taskId} of api: queued`);
  expect(lines[5]?.err).toMatchObject({
    type: 'RangeError',
    message: 'no such page',
    stack: expect.any(String),
  });
  expect(lines.at(-1)?.err).toMatchObject({ type: 'RetryError' });
});

test('a child and a level that is changed later', async () => {
  const { lines, stream } = written();
  const logger = pino({ level: 'info' }, stream);
  const limit = createLimiter(1);
  observe(limit, logger.child({ part: 'crawler' }));
  const child = logger.child({ part: 'late' });
  observe(limit, child);
  await limit(() => 1);
  expect(lines.map(({ part, stage }) => `${part} ${stage}`)).toEqual(['crawler success', 'late success']);
  child.level = 'debug';
  await limit(() => 1);
  expect(lines.filter(({ part }) => part === 'late').map(({ stage }) => stage)).toEqual([
    'success',
    'queued',
    'start',
    'success',
  ]);
});

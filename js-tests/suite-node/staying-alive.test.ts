// Which waits keep a process alive. Each is an hour long: a program that ends at once was not kept.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const HOUR = 3_600_000;

/** Runs a program until it ends; "still there" if it has to be ended while it only waits. */
async function play(body: string): Promise<string> {
  const program = `
    import { deadline, map, retry, scope, sleep, timeout } from 'fanfold';
    const HOUR = ${HOUR};
    const wait = { backoff: HOUR, jitter: 'none' };
    const fail = () => Promise.reject(new Error('again'));
    process.on('exit', () => console.log('ended'));
    ${body}
    // Whatever else goes on is over when the loop has turned this often.
    let turns = 20;
    const turn = () => {
      if (--turns > 0) return setImmediate(turn);
      if (process.getActiveResourcesInfo().includes('Timeout')) { console.log('still there'); process.exit(); }
    };
    setImmediate(turn);`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: import.meta.dirname,
  });
  return stdout.trim();
}

test.each([
  ['sleep', 'void sleep(HOUR);'],
  ['timeout', 'void timeout(new Promise(() => {}), HOUR);'],
  ['deadline', 'deadline(HOUR);'],
  ['retry', 'void retry(fail, wait);'],
  ['map with retry', 'void map([1, 2], fail, { retry: wait });'],
  ['a scope with retry', 'void scope((s) => void s.spawn(fail), { retry: wait });'],
  ['one of two that retry', 'void retry(fail, { ...wait, unref: true }); void retry(fail, wait);'],
  ['one among others that need not', 'void sleep(HOUR, { unref: true }); void sleep(HOUR); '],
])('%s keeps the process alive', async (_, body) => {
  expect(await play(body)).toBe('still there\nended');
});

test.each([
  ['sleep', 'void sleep(HOUR, { unref: true });'],
  ['timeout', 'void timeout(new Promise(() => {}), HOUR, { unref: true });'],
  ['deadline', 'deadline(HOUR, { unref: true });'],
  ['retry', 'void retry(fail, { ...wait, unref: true });'],
  ['map with retry', 'void map([1, 2], fail, { retry: { ...wait, unref: true } });'],
  ['a scope with retry', 'void scope((s) => void s.spawn(fail), { retry: { ...wait, unref: true } });'],
  ['one that was called off', 'void sleep(HOUR, { unref: true }); deadline(HOUR).clear();'],
])('%s with unref does not', async (_, body) => {
  expect(await play(body)).toBe('ended');
});

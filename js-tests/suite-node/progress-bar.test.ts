// Progress as a terminal shows it, and as lines where there is none.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify, stripVTControlCharacters } from 'node:util';
import { forEach, map, mapSettled, sleep } from 'fanfold';
import { type Progressing, type ProgressState, progressBar } from 'fanfold/progress-bar';
import { describe, expect, test, vi } from 'vitest';
import { elapse, useFakeTime } from '../suite/support/fake-time.ts';
import { settle } from '../suite/support/turns.ts';

const run = promisify(execFile);
const package_ = fileURLToPath(new URL('../../npm/fanfold/', import.meta.url));
const CURSOR_SHOWN = '\u001B[?25h';

/** A stream that keeps what is written. */
class Screen extends Writable {
  text = '';
  isTTY = false;
  columns = 80;
  rows = 24;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk;
    done();
  }

  /** Complete lines. */
  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }

  /** What was drawn, drawing by drawing, without what steers the terminal. */
  get frames(): string[] {
    return stripVTControlCharacters(this.text)
      .split('\n')
      .filter((line) => line !== '');
  }
}

function terminal(columns = 80): Screen {
  return Object.assign(new Screen(), { isTTY: true, columns });
}

/** Something that says how far it is. */
class Job implements Progressing {
  progress: ProgressState & { readonly ended: boolean };
  readonly listeners = new Set<() => void>();

  constructor(total?: number) {
    this.progress = { fraction: 0, done: 0, failed: 0, running: 0, total, ended: false };
  }

  onProgress(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  say(progress: Partial<Job['progress']>): void {
    this.progress = { ...this.progress, ...progress };
    for (const listener of [...this.listeners]) listener();
  }
}

useFakeTime();

/** Lets the library be found, which takes real time, and no faked one. */
async function drawn(stream: Screen): Promise<void> {
  while (stream.text === '') await settle();
}

describe('without a terminal', () => {
  test('a line is written for each tenth, and the last one', async () => {
    const stream = new Screen();
    const bar = progressBar({ label: 'pages', stream });
    const work = map(Array.from({ length: 40 }), () => sleep(100), {
      concurrency: 4,
      onProgress: bar.onProgress,
    });
    for (let step = 0; step < 10; step++) await elapse(100);
    await work;
    expect(stream.lines).toHaveLength(10);
    expect(stream.lines[0]).toMatch(/^pages: 10%, 4\/40, \d running, 0.1s, ETA 0.9s$/);
    expect(stream.lines.at(-1)).toBe('pages: 100%, 40/40, 1.0s');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a line is written after a while at the latest, and never two where one will do', () => {
    const stream = new Screen();
    const bar = progressBar({ stream, linePercent: 50, lineInterval: 1000 });
    const say = (done: number) => bar.onProgress({ done, failed: 1, running: 2, total: 100 });
    say(1);
    say(2);
    vi.advanceTimersByTime(999);
    say(3);
    expect(stream.lines).toEqual([]);
    vi.advanceTimersByTime(1);
    say(4);
    say(5);
    expect(stream.lines).toEqual(['5%, 5/100, 1 failed, 2 running, 1.0s, ETA 19s']);
    say(49);
    say(50);
    expect(stream.lines).toHaveLength(2);
    say(99);
    expect(stream.lines.at(-1)).toBe('100%, 100/100, 1 failed, 2 running, 1.0s');
    say(99);
    bar.stop();
    expect(stream.lines).toHaveLength(3);
  });

  test('times are told as people read them', () => {
    const stream = new Screen();
    for (const [ms, told] of [
      [9_949, '9.9s'],
      [9_950, '10s'],
      [59_499, '59s'],
      [59_500, '1m00s'],
      [3_599_499, '59m59s'],
      [3_599_500, '1h00m'],
      [90_000_000, '25h00m'],
    ] as const) {
      const bar = progressBar({ stream });
      vi.advanceTimersByTime(ms);
      bar.stop();
      expect(stream.lines.at(-1)).toBe(`0 done, ${told}`);
    }
  });

  test('where it is not known how many there are, `stop` or `using` ends it', async () => {
    const stream = new Screen();
    {
      using bar = progressBar({ label: 'items', stream });
      await forEach([1, 2, 3].values(), () => {}, bar);
      expect(stream.lines).toEqual([]);
    }
    expect(stream.lines).toEqual(['items: 3 done, 0.0s']);

    const failing = progressBar({ label: 'failing', stream });
    const fails = () => Promise.reject(new Error('boom'));
    const work = map([1, 2, 3], fails, { concurrency: 1, ...failing });
    await work.catch(() => {}).finally(failing.stop);
    expect(stream.lines.at(-1)).toMatch(/^failing: 33%, 1\/3, 1 failed, /);
    const settled = progressBar({ label: 'settled', stream });
    await mapSettled([1, 2, 3], fails, { ...settled });
    expect(stream.lines.at(-1)).toBe('settled: 100%, 3/3, 3 failed, 0.0s');
  });
});

describe('a pool', () => {
  test('is followed until it ends, and not afterwards', () => {
    const stream = new Screen();
    const job = new Job();
    progressBar(job, { label: 'job', stream });
    job.say({ running: 2, done: 1, fraction: 0.5, suspended: 1 });
    expect(stream.lines).toEqual(['job: 50%, 1 done, 2 running, 1 suspended, 0.0s, ETA 0.0s']);
    job.say({ running: 0, done: 1, failed: 1, fraction: 1, suspended: 0 });
    expect(stream.lines).toHaveLength(2);
    expect(job.listeners.size).toBe(1);
    job.say({ ended: true });
    expect(stream.lines.at(-1)).toBe('job: 100%, 2 done, 1 failed, 0.0s');
    expect(job.listeners.size).toBe(0);
  });

  test('that has ended before has its last line', () => {
    const stream = new Screen();
    const job = new Job(3);
    job.say({ done: 3, fraction: 1, ended: true });
    progressBar(job, { stream });
    expect(stream.lines).toEqual(['100%, 3/3, 0.0s']);
    expect(job.listeners.size).toBe(0);
  });

  test('that ends early, or is not to be followed any more', () => {
    const stream = new Screen();
    const job = new Job(10);
    progressBar(job, { stream });
    job.say({ done: 1, fraction: 0.1 });
    job.say({ ended: true });
    expect(stream.lines.at(-1)).toBe('10%, 1/10, 0.0s');
    const other = new Job(10);
    progressBar(other, { stream }).stop();
    expect(other.listeners.size).toBe(0);
  });
});

describe('in a terminal', () => {
  test('one line is drawn over and over, and the last one stays', async () => {
    const stream = terminal();
    const job = new Job(4);
    progressBar(job, { label: 'job', stream });
    await drawn(stream);
    expect(stream.frames).toEqual([`job  ${'░'.repeat(30)}    0%  0/4  0 running  0.0s`]);
    await elapse(80);
    job.say({ done: 1, fraction: 0.25, running: 1 });
    job.say({ done: 2, fraction: 0.5, running: 1 });
    // The second one has to wait, and then is the one that is drawn.
    await elapse(79);
    expect(stream.frames).toHaveLength(2);
    await elapse(1);
    expect(stream.frames.at(-1)).toBe(
      `job  ${'█'.repeat(15)}${'░'.repeat(15)}   50%  2/4  1 running  0.2s  ETA 0.2s`,
    );
    job.say({ done: 4, fraction: 1, running: 0, ended: true });
    expect(stream.frames.at(-1)).toBe(`job  ${'█'.repeat(30)}  100%  4/4  0.2s`);
    expect(stream.text.endsWith('\n') || stream.text.endsWith('\u001B[?2026l')).toBe(true);
    const { text } = stream;
    expect(vi.getTimerCount()).toBe(0);
    job.say({ done: 5 });
    await elapse(10_000);
    expect(stream.text).toBe(text);
  });

  test('times go on while nothing else does', async () => {
    const stream = terminal();
    const bar = progressBar({ stream });
    bar.onProgress({ done: 1, failed: 0, running: 1, total: 2 });
    await drawn(stream);
    await elapse(1000);
    await elapse(1000);
    expect(stream.frames.at(-1)).toMatch(/50% {2}1\/2 {2}1 running {2}2.0s {2}ETA 2.0s$/);
    bar.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a line fits, with a bar if there is room for one', async () => {
    for (const columns of [60, 40, 30]) {
      const stream = terminal(columns);
      const bar = progressBar({ label: 'pages', stream });
      bar.onProgress({ done: 1, failed: 0, running: 1, total: 2 });
      await drawn(stream);
      bar.stop();
      for (const frame of stream.frames) expect(frame.length).toBeLessThan(columns);
      expect(stream.frames.at(-1)?.includes('█')).toBe(columns > 40);
    }
  });

  test('several are drawn one below the other, and leave one by one', async () => {
    const stream = terminal();
    const one = new Job(2);
    const two = new Job(2);
    progressBar(one, { label: 'one', stream });
    progressBar(two, { label: 'two', stream });
    await drawn(stream);
    await elapse(100);
    one.say({ done: 1, fraction: 0.5 });
    expect(stream.frames.slice(-2).map((line) => line.slice(0, 3))).toEqual(['one', 'two']);
    two.say({ done: 2, fraction: 1, ended: true });
    await elapse(100);
    one.say({ done: 2, fraction: 1, ended: true });
    expect(stream.frames.at(-1)).toMatch(/^one .* 2\/2 {2}0.2s$/);
    expect(stream.frames.filter((line) => /^two .* 2\/2/.test(line))).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a program', () => {
  const program = `
    import { map, sleep } from 'fanfold';
    import { progressBar } from 'fanfold/progress-bar';
    console.log(await map([1, 2, 3, 4], (n) => sleep(1).then(() => n), { concurrency: 2, ...progressBar({ label: 'work' }) }));
    progressBar({ label: 'open' }).onProgress({ done: 1, failed: 0, running: 1 });
  `;

  test('in a pipe has lines on stderr, prints what it prints, and ends', async () => {
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', program], {
      cwd: package_,
    });
    expect(stdout).toBe('[ 1, 2, 3, 4 ]\n');
    expect(stderr.trim().split('\n').at(-1)).toMatch(/^work: 100%, 4\/4, /);
    expect(stderr).not.toContain('\u001B');
  });

  test('that brings CommonJS and a terminal has its cursor back', async () => {
    const draws = `
      const { progressBar } = require('fanfold/progress-bar');
      // The library is loaded in its own time: the end comes when what was before it has been drawn.
      let drawn = '';
      const write = (text) => {
        process.stdout.write(text);
        if (!drawn.includes('50%') && (drawn += text).includes('50%')) setImmediate(end);
      };
      const bar = progressBar({ label: 'work', stream: { isTTY: true, columns: 80, rows: 24, write }, interval: 0 });
      const end = () => bar.onProgress({ done: 2, failed: 0, running: 0, total: 2 });
      bar.onProgress({ done: 1, failed: 0, running: 1, total: 2 });
    `;
    const { stdout, stderr } = await run(process.execPath, ['-e', draws], { cwd: package_ });
    const drawn = stripVTControlCharacters(stdout);
    expect(drawn).toMatch(/work .* 50% {2}1\/2/);
    expect(drawn).toMatch(/work .*100% {2}2\/2/);
    expect(stderr.replaceAll(CURSOR_SHOWN, '')).toBe('');
  });

  test('without the library is told so once, and has lines', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fanfold-bar-'));
    try {
      await cp(join(package_, 'dist'), join(folder, 'node_modules/fanfold/dist'), { recursive: true });
      await cp(join(package_, 'package.json'), join(folder, 'node_modules/fanfold/package.json'));
      await writeFile(
        join(folder, 'main.mjs'),
        `import { progressBar } from 'fanfold/progress-bar';
        let lines = 0;
        const write = (text) => {
          process.stdout.write(text);
          if (++lines === 2) setImmediate(() => bars.forEach((bar) => bar.onProgress({ done: 2, failed: 0, running: 0, total: 2 })));
        };
        const bars = [1, 2].map((n) => progressBar({ label: 'work ' + n, stream: { isTTY: true, write } }));
        for (const bar of bars) bar.onProgress({ done: 1, failed: 0, running: 1, total: 2 });`,
      );
      const { stdout, stderr } = await run(process.execPath, ['main.mjs'], { cwd: folder });
      expect(stdout.split('\n').map((line) => line.split(',')[0])).toEqual([
        'work 1: 50%',
        'work 2: 50%',
        'work 1: 100%',
        'work 2: 100%',
        '',
      ]);
      expect(stderr.match(/FANFOLD_NO_LOG_UPDATE/g)).toHaveLength(1);
      expect(stderr).toContain('npm install log-update');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test('what is wrong is refused by its name', () => {
  const bad: [unknown, string][] = [
    [{ lable: 'x' }, 'label'],
    [{ label: 3 }, 'label'],
    [{ stream: {} }, 'stream'],
    [{ interval: -1 }, 'interval'],
    [{ interval: '1' }, 'interval'],
    [{ linePercent: 0 }, 'linePercent'],
    [{ linePercent: 101 }, 'linePercent'],
    [{ linePercent: '5' }, 'linePercent'],
    [{ lineInterval: Number.NaN }, 'lineInterval'],
    [null, 'options'],
    ['pages', 'options'],
  ];
  for (const [options, named] of bad) expect(() => progressBar(options as never)).toThrow(named);
  expect(() => progressBar({} as never, {})).toThrow('pool');
});

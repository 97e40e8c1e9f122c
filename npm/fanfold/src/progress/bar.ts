import { checkOptions, type Names } from '../check/names.js';
import { checkSpan } from '../check/options.js';
import { outOfRange, wrongType } from '../errors/misuse.js';
import { Clock } from '../host/clock.js';
import { dispose } from '../host/dispose.js';
import type { Milliseconds } from '../limiter/types.js';
import { Display, type ProgressStream, type Shown } from './display.js';
import { fractionOf, hasEnded, type Progressing, type ProgressState } from './state.js';
import { barLine, type Moment, plainLine } from './text.js';

/** The options of {@link progressBar}. */
export interface ProgressBarOptions {
  /** What stands before it. Default: nothing. */
  readonly label?: string | undefined;
  /** Where it is drawn. Default `process.stderr`, so that what a program prints can still be piped. */
  readonly stream?: ProgressStream | undefined;
  /** The least time between two drawings in a terminal, from 0 up. Default 80. */
  readonly interval?: Milliseconds | undefined;
  /** Without a terminal: how many percent there are between two lines, above 0 and up to 100. Default 10. */
  readonly linePercent?: number | undefined;
  /** Without a terminal: a line is written after so long even if there is less to tell. From 0 up. Default 10,000. */
  readonly lineInterval?: Milliseconds | undefined;
}

/** A progress bar. */
export interface ProgressBar extends Disposable {
  /** The option of `map` and its kin. It can be passed on by itself, and so can all of the bar: `{ ...bar }`. */
  readonly onProgress: (progress: ProgressState) => void;
  /** Leaves the last line as it is, and draws nothing any more. Needs no `this`. Again changes nothing. */
  readonly stop: () => void;
}

const OPTIONS: Names<ProgressBarOptions> = {
  label: true,
  stream: true,
  interval: true,
  linePercent: true,
  lineInterval: true,
};
const DEFAULT_INTERVAL = 80;
const DEFAULT_LINE_PERCENT = 10;
const DEFAULT_LINE_INTERVAL = 10_000;
/** Times are drawn anew so often when nothing else changes. */
const REFRESH = 1000;
const NOTHING: ProgressState = { done: 0, failed: 0, running: 0 };

/**
 * Shows how far a pool, or `map` and its kin, are: label, bar, percent, how many have ended of how many, how many failed
 * and run, the time it took, and how long the rest will take if it goes on like this.
 *
 * - In a terminal a line is drawn over and over, by the package `log-update`, which has to be installed beside Fanfold; all
 *   bars on a stream are drawn together. What else is printed there meanwhile is drawn over.
 * - Where there is no terminal, or no `log-update` (of which a warning tells once), plain lines are written: at most one for
 *   `linePercent` or `lineInterval`, and the last one always.
 * - The bar of a pool ends with it. That of `map` and its kin ends when all items have ended, if it is known how many there
 *   are. Otherwise, and where it may fail, call `stop`, or let `using` do it.
 * - It does not keep a program alive.
 *
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 *
 * @example
 * ```ts
 * import { progressBar } from 'fanfold/progress-bar';
 *
 * progressBar(pool, { label: 'pages' });
 *
 * using bar = progressBar({ label: 'pages' });
 * await map(urls, fetchPage, { concurrency: 8, onProgress: bar.onProgress });
 * ```
 */
export function progressBar(pool: Progressing, options?: ProgressBarOptions): ProgressBar;
export function progressBar(options?: ProgressBarOptions): ProgressBar;
export function progressBar(
  first: Progressing | ProgressBarOptions = {},
  second?: ProgressBarOptions,
): ProgressBar {
  if (!isProgressing(first)) {
    if (second !== undefined) throw wrongType('pool', 'a pool', first);
    return new Bar(first);
  }
  const bar = new Bar(second ?? {});
  bar.follow(first);
  return bar;
}

function isProgressing(value: unknown): value is Progressing {
  const { onProgress, progress } = Object(value) as Partial<Progressing>;
  return typeof onProgress === 'function' && typeof progress === 'object' && progress !== null;
}

class Bar implements ProgressBar, Shown {
  readonly #label: string;
  readonly #display: Display;
  readonly #interval: number;
  readonly #linePercent: number;
  readonly #lineInterval: number;
  readonly #clock = new Clock();
  readonly #begun: number;
  #state = NOTHING;
  #unfollow: (() => void) | undefined;
  /** When it was drawn, or when a line was written, last. */
  #drawnAt = Number.NEGATIVE_INFINITY;
  #lineAt: number;
  /** Up to which step lines were written. */
  #steps = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #clear: typeof clearTimeout | undefined;
  #isShown = false;
  #hasEnded = false;
  // Its own, and the only one that can be listed: what `{ ...bar }` is to bring.
  readonly onProgress: (progress: ProgressState) => void;
  declare readonly stop: () => void;
  declare readonly [Symbol.dispose]: () => void;

  constructor(options: ProgressBarOptions) {
    checkOptions(options, OPTIONS);
    const { label = '', stream, interval, linePercent = DEFAULT_LINE_PERCENT, lineInterval } = options;
    if (typeof label !== 'string') throw wrongType('label', 'a string', label);
    this.#label = label;
    this.#interval = checkSpan('interval', interval ?? DEFAULT_INTERVAL);
    this.#linePercent = checkPercent(linePercent);
    this.#lineInterval = checkSpan('lineInterval', lineInterval ?? DEFAULT_LINE_INTERVAL);
    this.#display = Display.of(checkStream(stream));
    this.#begun = this.#clock.now();
    this.#lineAt = this.#begun;
    this.onProgress = (progress) => this.#tell(progress);
    const stop = (): void => this.#end();
    Object.defineProperty(this, 'stop', { value: stop });
    Object.defineProperty(this, dispose, { value: stop });
  }

  /** Shows how far a pool is, until that ends. */
  follow(pool: Progressing): void {
    const look = (): void => this.#tell(pool.progress);
    this.#unfollow = pool.onProgress(look);
    look();
  }

  line(columns: number): string {
    return barLine(this.#moment(), columns);
  }

  #tell(state: ProgressState): void {
    if (this.#hasEnded) return;
    this.#state = state;
    this.#show();
    if (hasEnded(state)) this.#end();
    else if (this.#display.isLive) this.#draw();
    else this.#writeLine();
  }

  /** Not before there is something to tell. */
  #show(): void {
    if (this.#isShown) return;
    this.#isShown = true;
    this.#display.show(this, () => this.#draw());
  }

  /** Draws now, or as soon as it may. */
  #draw(): void {
    if (this.#hasEnded) return;
    if (!this.#display.isLive) {
      this.#writeLine();
      return;
    }
    const now = this.#clock.now();
    const early = this.#drawnAt + this.#interval - now;
    if (early > 0) {
      this.#wakeAfter(early);
      return;
    }
    if (!this.#display.draw()) return;
    this.#drawnAt = now;
    this.#wakeAfter(Math.max(this.#interval, REFRESH));
  }

  /** Writes a line if there is enough to tell. */
  #writeLine(): void {
    const now = this.#clock.now();
    // A sum of hundredths may come out a little short of itself.
    const steps = Math.floor(((fractionOf(this.#state) ?? 0) * 100 + 1e-9) / this.#linePercent);
    if (steps <= this.#steps && now - this.#lineAt < this.#lineInterval) return;
    this.#steps = Math.max(steps, this.#steps);
    this.#lineAt = now;
    this.#display.writeLine(plainLine(this.#moment()));
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#clear?.(this.#timer);
    this.#unfollow?.();
    this.#show();
    this.#display.leave(this, plainLine(this.#moment()));
  }

  #moment(): Moment {
    return {
      label: this.#label,
      state: this.#state,
      elapsed: this.#clock.now() - this.#begun,
      hasEnded: this.#hasEnded,
    };
  }

  /** Looked up anew each time, as all timers are: tests put their own in the place of the real ones. */
  #wakeAfter(ms: number): void {
    this.#clear?.(this.#timer);
    this.#clear = globalThis.clearTimeout;
    this.#timer = globalThis.setTimeout(() => this.#draw(), ms);
    (this.#timer as Partial<NodeJS.Timeout>).unref?.();
  }
}

function checkPercent(value: unknown): number {
  const expected = 'a number above 0 and up to 100';
  if (typeof value !== 'number') throw wrongType('linePercent', expected, value);
  if (!(value > 0 && value <= 100)) throw outOfRange('linePercent', expected, value);
  return value;
}

function checkStream(stream: ProgressStream | undefined): ProgressStream {
  if (stream !== undefined) {
    if (typeof (Object(stream) as ProgressStream).write === 'function') return stream;
    throw wrongType('stream', 'a stream with a method `write`', stream);
  }
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  return process?.stderr ?? PAGE;
}

/** Where there are no streams. */
const PAGE: ProgressStream = { write: (text) => console.info(text.trimEnd()) };

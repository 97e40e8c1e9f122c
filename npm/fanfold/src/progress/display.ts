import { importNow, type LogUpdate, type Update } from './log-update.js';

/** Where progress is written: a stream of Node's, such as `process.stderr`. */
export interface ProgressStream {
  write(text: string): unknown;
  /** Whether it is a terminal. */
  readonly isTTY?: boolean | undefined;
  /** How wide a terminal is. */
  readonly columns?: number | undefined;
}

const displays = new WeakMap<ProgressStream, Display>();
const DEFAULT_COLUMNS = 80;

/** A library that was asked for, and what became of that. */
let library: LogUpdate | 'none' | undefined;
let asked: Promise<void> | undefined;

function askForLibrary(): Promise<void> {
  asked ??= importNow('log-update').then(
    (found) => {
      library = found as LogUpdate;
    },
    () => {
      library = 'none';
      warn();
    },
  );
  return asked;
}

function warn(): void {
  const message =
    'A progress bar needs the package log-update (npm install log-update), which is not there: plain lines are ' +
    'written instead';
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  if (typeof process?.emitWarning === 'function') {
    process.emitWarning(message, { type: 'FanfoldWarning', code: 'FANFOLD_NO_LOG_UPDATE' });
  } else {
    console.warn(`FanfoldWarning [FANFOLD_NO_LOG_UPDATE]: ${message}`);
  }
}

/** One that shows a line of its own. */
export interface Shown {
  /** Its line, for so many columns. */
  line(columns: number): string;
}

/** All bars on one stream, one below the other. */
export class Display {
  readonly #stream: ProgressStream;
  readonly #shown = new Set<Shown>();
  #update: Update | undefined;

  private constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  static of(stream: ProgressStream): Display {
    let display = displays.get(stream);
    if (display === undefined) {
      display = new Display(stream);
      displays.set(stream, display);
    }
    return display;
  }

  /** Whether lines are written over each other. */
  get isLive(): boolean {
    const { process } = globalThis as { process?: { readonly env?: { readonly TERM?: string } } };
    return this.#stream.isTTY === true && process?.env?.TERM !== 'dumb' && library !== 'none';
  }

  /** Another one is shown. `ready` is called when it can be, if it cannot yet. */
  show(shown: Shown, ready: () => void): void {
    this.#shown.add(shown);
    if (this.isLive && library === undefined) void askForLibrary().then(ready);
  }

  /** Shows all as they are now. Whether it could. */
  draw(): boolean {
    const update = this.#live();
    if (update === undefined) return false;
    const columns = this.#stream.columns || DEFAULT_COLUMNS;
    const lines = Array.from(this.#shown, (shown) => shown.line(columns));
    if (lines.length > 0) update(lines.join('\n'));
    return true;
  }

  /** One is shown no more: its last line stays. `plain` is what is written where nothing was drawn. */
  leave(shown: Shown, plain: string): void {
    if (!this.#shown.delete(shown)) return;
    const update = this.#live();
    if (update === undefined) {
      this.writeLine(plain);
      return;
    }
    update(shown.line(this.#stream.columns || DEFAULT_COLUMNS));
    update.done();
    // What is drawn below next begins with a library that knows nothing of the terminal.
    this.draw();
  }

  writeLine(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  #live(): Update | undefined {
    if (!this.isLive || typeof library !== 'object') return undefined;
    this.#update ??= library.createLogUpdate(this.#stream);
    return this.#update;
  }
}

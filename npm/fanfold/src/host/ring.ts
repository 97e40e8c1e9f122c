import * as mailbox from '../engine/mailbox.gen.js';
import type { InternalError } from '../errors/internal.js';
import type { Buffered, Judged, LimiterLedger, SignalLedger, Slottable, Watcher } from './residents.js';
import { Table } from './table.js';

// Held here and not in the module they come from: compiled to CommonJS, an import is a property to look up.
const COMMANDS_AT = mailbox.COMMANDS_AT;
const COMMAND_WORDS = mailbox.COMMAND_WORDS;
const LONGEST_COMMAND = mailbox.LONGEST_COMMAND;
const NONE = mailbox.NONE;
const WIDE = 2 ** 32;

/** A float as the two words it has in the ring, where it may lie at any word. */
const float = new Float64Array(1);
const floatWords = new Uint32Array(float.buffer);

/** Whoever the engine knows by a handle. */
export type Resident = Slottable | Watcher | Judged | Buffered;

/** A span in microseconds for the engine; `Infinity` for no limit. Rounded up: nothing happens early. */
function micros(ms: number): number {
  return Math.ceil(ms * 1000);
}

/**
 * The submission ring, as words, and who the numbers in it stand for. What only some programs say to the engine is said by
 * functions over it, which a bundler leaves out of the others.
 */
export abstract class Ring {
  readonly limiters = new Table<LimiterLedger>(0);
  readonly signals = new Table<SignalLedger>(0);
  readonly budgets = new Table<object>(0);
  readonly residents = new Table<Resident>(mailbox.HANDLE_GENERATION_BITS);
  words!: Uint32Array;
  floats!: Float64Array;
  /** Words of commands since the last turn. */
  protected length = 0;
  /** So many of them, from the front, are about what knows no time. */
  protected untimed = 0;
  /** Why the engine is not to be used any more. */
  protected broken: InternalError | undefined;

  /**
   * Rings the doorbell and does what is to be done. User code may run at the end of it: nothing of ours may come
   * after. `starts` is 1 only where a function may be called now.
   */
  abstract turn(starts: 0 | 1): void;

  /** A turn in the middle of something, for an answer or for room: the user code it brings about runs later. */
  abstract exchange(): void;

  /** The same, where only the commands of {@link appendUntimed} may have to be taken: time need not be told for those. */
  abstract exchangeUntimed(): void;

  /** Sees to it that commands that can wait are taken by the end of the tick. */
  abstract flush(): void;

  /** The same where nobody could catch anything: in a microtask, a timer or a listener of our own. */
  protected abstract turnQuietly(starts: 0 | 1): void;

  register(resident: Resident): number {
    if (this.broken !== undefined) throw this.broken;
    return this.residents.add(resident);
  }

  /** Where the next command goes; makes room by a turn if there is none. */
  reserve(): number {
    if (this.length > COMMAND_WORDS - LONGEST_COMMAND) this.exchange();
    return COMMANDS_AT + this.length;
  }

  append(first: number, subject: number, length = 2): number {
    const at = this.reserve();
    this.words[at] = first;
    this.words[at + 1] = subject;
    this.length += length;
    return at;
  }

  /** Appends a command for which it does not matter when it is taken, as long as that is in its turn. */
  appendUntimed(first: number, subject: number, length = 2): number {
    const at = this.reserve();
    this.words[at] = first;
    this.words[at + 1] = subject;
    if (this.untimed === this.length) this.untimed += length;
    this.length += length;
    return at;
  }

  protected writeFloat(at: number, value: number): void {
    float[0] = value;
    this.words[at] = floatWords[0] as number;
    this.words[at + 1] = floatWords[1] as number;
  }

  writeWide(at: number, value: number): void {
    this.words[at] = value % WIDE;
    this.words[at + 1] = value / WIDE;
  }

  writeSpan(at: number, ms: number | undefined): void {
    if (ms === undefined || ms === Number.POSITIVE_INFINITY) {
      this.words[at] = ms === undefined ? NONE - 1 : NONE;
      this.words[at + 1] = NONE;
    } else {
      const span = micros(ms);
      this.words[at] = span % WIDE;
      this.words[at + 1] = Math.min(span / WIDE, NONE - 1);
    }
  }
}

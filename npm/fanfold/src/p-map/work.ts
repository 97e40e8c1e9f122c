import { inMicrotask } from '../host/microtask.js';
import { ItemRun } from '../many/run.js';
import type { ItemSource } from '../many/source.js';
import type { Sink } from '../many/work.js';
import { isThenable, type Settle, silence } from '../task/promise.js';
import type { AnyFunction } from '../task/task.js';
import type { Input } from './options.js';
import { pMapSkip } from './symbols.js';

/** What an item comes to that was asked for ahead, where the source has said that there is none. */
const END = Symbol('fanfold.end');

/** What the source failed with, to be told from what an item or its mapper fails with. */
class SourceFailure {
  readonly reason: unknown;

  constructor(reason: unknown) {
    this.reason = reason;
  }
}

/** What an iterator answers. */
type Answer = { readonly done?: unknown; readonly value?: unknown };

/** What has come of a question, for the sink: which goes on when the lane is free again. */
class Told {
  readonly how: 'mapped' | 'missed' | 'broke' | 'ended';
  readonly index: number;
  readonly what: unknown;

  constructor(how: Told['how'], index: number, what: unknown) {
    this.how = how;
    this.index = index;
    this.what = what;
  }
}

/** The question of a runner that is begun. The very first one is asked before there is a slot. */
interface Beginning {
  readonly answer?: unknown;
}

const BEGINNING: Beginning = {};

/** How work is to be done. */
export interface Ways {
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
  /** The other end of the promise that it is done for, if it is for one. */
  readonly caller: Settle | undefined;
  /** Whether items are read that wait for their slots. Otherwise the slot is there before the item. */
  readonly readsAhead: boolean;
  /** Whether whoever began it may go away without a word before its end. */
  readonly mayBeForgotten: boolean;
}

/**
 * Work over many that asks its source as p-map does: an async source may be asked again before it has answered. So what
 * a lane takes is leave to ask, and a question has its index when it is asked, and may come to nothing. Without reading
 * ahead a lane is what p-map calls a runner: it asks, waits for the item and maps it, all in one slot.
 *
 * Subclasses say when another question may be asked (`hasRoom`), and what is made of what comes of them. The work never
 * ends of itself: they end it, with {@link leave}.
 */
export abstract class PulledWork implements ItemSource, Sink {
  /** As the work sees it: it is given leave to ask, and that is there. */
  readonly isSync = true;
  readonly total = undefined;
  readonly isBusy = false;
  item: unknown;
  /** How many questions lanes have leave for. */
  protected granted = 0;
  /** How many were asked: the index of the next. */
  protected asked = 0;
  /** Whether who is let in now is to be told as a beginning when its question is answered. */
  protected isBeginning = false;
  /** The source has said done. */
  protected isDone = false;
  readonly #iterator: Iterator<unknown> | AsyncIterator<unknown>;
  readonly #mapper: AnyFunction;
  readonly #readsAhead: boolean;
  readonly #run: ItemRun;

  constructor(input: Input, mapper: AnyFunction, ways: Ways) {
    const { concurrency, signal, caller, readsAhead, mayBeForgotten } = ways;
    this.#iterator = openIterator(input);
    this.#mapper = mapper;
    this.#readsAhead = readsAhead;
    const plan = {
      name: 'p-map',
      concurrency,
      limiter: undefined,
      signal,
      timeout: Number.POSITIVE_INFINITY,
      retry: undefined,
      // Nothing ends by what the engine judges of outcomes: p-map judges by their places.
      onFailure: 'continue',
      onProgress: undefined,
    } as const;
    const fn = readsAhead
      ? (element: unknown, index: number) => this.#map(element, index)
      : (beginning: Beginning | undefined) => this.#goOn(beginning);
    const work = {
      fn,
      tasks: false,
      need: 'every',
      plan,
      caller,
      isStream: mayBeForgotten,
      isBoundBySink: readsAhead,
    } as const;
    this.#run = new ItemRun(this, work, this);
  }

  abstract hasRoom(taken: number): boolean;
  abstract aborted(reason: unknown): void;
  /** Whether an item at that index is not to be asked for or mapped any more. */
  protected abstract isShut(index: number): boolean;
  /** A question has its index and is asked, or comes to nothing. */
  protected abstract asks(index: number): void;
  /** The source has answered a question, maybe of a runner that is begun, with an item or a promise of one. */
  protected abstract answered(isBeginning: boolean): void;
  /** The item has its slot and is mapped next. */
  protected abstract begins(index: number): void;
  /** The source has thrown inside a question, which fails with that later. */
  protected abstract threw(index: number, reason: unknown): void;
  /** The mapper has given something. */
  protected abstract mapped(index: number, value: unknown): void;
  /** The item or its mapper has failed. */
  protected abstract missed(index: number, reason: unknown): void;
  /** The source has failed. */
  protected abstract broke(index: number, reason: unknown): void;
  /** There is no item. */
  protected abstract ended(index: number, nothing?: unknown): void;

  fulfilled(index: number, value: unknown): void {
    if (value instanceof Told) this[value.how](value.index, value.what);
    else if (this.#readsAhead) this.mapped(index, value);
  }

  failed(index: number, reason: unknown): void {
    if (reason === END) this.ended(index);
    else if (reason instanceof SourceFailure) this.broke(index, reason.reason);
    else this.missed(index, reason);
  }

  /** p-map judges by places, outcome by outcome. */
  decided(): void {}

  protected begin(): void {
    this.#run.begin();
  }

  /** Lets as many questions be asked as there is room for, and not by a task that runs. */
  protected fill(): void {
    const { host } = this.#run;
    const { slot } = host;
    host.exit();
    try {
      this.#run.fill();
    } finally {
      host.enter(slot);
    }
  }

  /** Nothing is waited for any more, and the source is closed unless it said done. Not to be called for an outcome. */
  leave(): void {
    this.#run.giveUp(undefined);
  }

  /** The same, in a microtask: for an outcome, after which a slot changes hands. */
  protected leaveSoon(): void {
    inMicrotask(() => this.leave());
  }

  // ---------------------------------------------------------------- the source

  pull(): boolean {
    if (this.isDone) return false;
    this.granted++;
    if (this.#readsAhead) {
      const index = this.#count();
      const element = this.#element(this.#run.newScope().runInAsyncScope(this.#ask, this, index));
      // Nobody may be there any more when it comes.
      silence(element);
      this.item = element;
    } else if (this.granted === 1) {
      let answer = this.#ask(this.#count());
      if (isThenable(answer)) {
        answer = Promise.resolve(answer);
        silence(answer as Promise<unknown>);
      }
      this.item = { answer };
    } else {
      this.item = this.isBeginning ? BEGINNING : undefined;
    }
    return true;
  }

  close(): unknown {
    if (this.isDone) return undefined;
    return this.#iterator.return?.();
  }

  #count(): number {
    const index = this.asked++;
    this.asks(index);
    return index;
  }

  /** What a source says at once is known at once. */
  #ask(index: number): unknown {
    try {
      const answer: unknown = this.#iterator.next();
      if (!isThenable(answer) && (answer as Answer).done) this.isDone = true;
      return answer;
    } catch (error) {
      this.threw(index, error);
      return Promise.reject(error);
    }
  }

  /** A runner goes on. */
  async #goOn(beginning: Beginning | undefined): Promise<Told | undefined> {
    const isFirst = beginning !== undefined && beginning !== BEGINNING;
    if (!isFirst && this.isShut(this.asked)) return undefined;
    const index = isFirst ? 0 : this.#count();
    if (!isFirst && this.isDone) return new Told('ended', index, undefined);
    let answer: Answer;
    try {
      answer = (await (isFirst ? beginning.answer : this.#ask(index))) as Answer;
      if (answer.done) this.isDone = true;
    } catch (error) {
      return new Told('broke', index, error);
    }
    if (answer.done) return new Told('ended', index, undefined);
    this.answered(beginning !== undefined);
    try {
      return new Told('mapped', index, await this.#map(await answer.value, index));
    } catch (error) {
      return new Told('missed', index, error);
    }
  }

  /** The item of a question that was asked ahead. */
  async #element(question: unknown): Promise<unknown> {
    let answer: Answer;
    try {
      answer = (await question) as Answer;
      if (answer.done) this.isDone = true;
    } catch (error) {
      throw new SourceFailure(error);
    }
    if (answer.done) throw END;
    this.answered(false);
    return await answer.value;
  }

  #map(element: unknown, index: number): unknown {
    this.begins(index);
    const mapper = this.#mapper;
    return this.isShut(index) ? pMapSkip : mapper(element, index);
  }
}

/** The async one where there are both. */
function openIterator(input: Input): Iterator<unknown> | AsyncIterator<unknown> {
  const { [Symbol.asyncIterator]: open } = input as Partial<AsyncIterable<unknown>>;
  return open === undefined
    ? (input as Iterable<unknown>)[Symbol.iterator]()
    : (input as AsyncIterable<unknown>)[Symbol.asyncIterator]();
}

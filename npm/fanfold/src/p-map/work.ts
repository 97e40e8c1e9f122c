import { ScopeBase } from '../host/context.js';
import { ItemRun, type Sink } from '../many/run.js';
import { type ItemSource, isThenable } from '../many/source.js';
import { silence } from '../task/promise.js';
import type { Input } from './options.js';

const then = Promise.prototype.then;
const settled = Promise.resolve();

/** What stands for an item where the source has said that there is none. */
export const END = Symbol('fanfold.end');

/** What the source failed with, to be told from what an item fails with. */
export class SourceFailure {
  readonly reason: unknown;

  constructor(reason: unknown) {
    this.reason = reason;
  }
}

/** What an iterator answers. */
type Answer = { readonly done?: unknown; readonly value?: unknown };

/**
 * Work over many that asks its source as p-map does: an async source may be asked again before it has answered. So an
 * item is what the source will have answered, has its index when it is asked for, and may turn out to be none.
 *
 * Subclasses say when another item is asked for (`hasRoom`), and what is made of outcomes. The work never ends of
 * itself: they end it, with {@link leave}.
 */
export abstract class PulledWork extends ScopeBase implements ItemSource, Sink {
  readonly isSync = false;
  readonly total = undefined;
  readonly isBusy = false;
  item: unknown;
  /** How many items were asked for: the index of the next. */
  protected asked = 0;
  /** The source has said done. */
  protected isDone = false;
  readonly #iterator: Iterator<unknown> | AsyncIterator<unknown>;
  readonly #run: ItemRun;

  constructor(input: Input, concurrency: number, signal: AbortSignal | undefined, mayBeForgotten: boolean) {
    super('fanfold.p-map');
    this.#iterator = openIterator(input);
    const plan = {
      name: 'p-map',
      concurrency,
      limiter: undefined,
      signal,
      timeout: Number.POSITIVE_INFINITY,
      retry: undefined,
      // Nothing ends by what the engine judges of outcomes: p-map judges by their place.
      onFailure: 'continue',
      onProgress: undefined,
    } as const;
    const fn = (element: unknown, index: number): unknown => this.map(element, index);
    const work = {
      fn,
      tasks: false,
      need: 'every',
      plan,
      isStream: mayBeForgotten,
      isBoundBySink: true,
    } as const;
    this.#run = new ItemRun(this, work, this);
  }

  /** An item has its slot. */
  protected abstract map(element: unknown, index: number): unknown;
  /** The source has answered the question of that index: with an item, or with a promise of one. */
  protected abstract answered(index: number): void;
  /** The source has said done to the question of that index, inside the question. */
  protected abstract ended(index: number): void;
  /** The source has thrown inside the question of that index, which fails with it later. */
  protected abstract threw(index: number, reason: unknown): void;
  abstract fulfilled(index: number, value: unknown): void;
  abstract failed(index: number, reason: unknown): void;
  abstract hasRoom(taken: number): boolean;
  abstract aborted(reason: unknown): void;

  /** p-map judges by places, and so it is done in {@link fulfilled} and {@link failed}. */
  decided(): void {}

  protected begin(): void {
    this.#run.begin();
  }

  /** Asks for as many items as there is room for, in the context of whoever began, and not for a task that runs. */
  protected fill(): void {
    const { host } = this.#run;
    const { slot } = host;
    host.exit();
    try {
      this.runInAsyncScope(this.#fill);
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
    void then.call(settled, () => this.leave());
  }

  // ---------------------------------------------------------------- the source

  pull(): boolean {
    if (this.isDone) return false;
    const index = this.asked;
    let answer: unknown;
    try {
      answer = this.runInAsyncScope(this.#ask);
      if (!isThenable(answer) && (answer as Answer).done) {
        this.isDone = true;
        this.ended(index);
        return false;
      }
    } catch (error) {
      this.threw(index, error);
      answer = Promise.reject(error);
    }
    const item = this.#element(index, answer);
    // Nobody may be there any more who would hear of it.
    silence(item);
    this.item = item;
    this.asked++;
    return true;
  }

  close(): unknown {
    if (this.isDone) return undefined;
    return this.runInAsyncScope(this.#close);
  }

  readonly #fill = (): void => this.#run.fill();
  readonly #ask = (): unknown => this.#iterator.next();
  readonly #close = (): unknown => this.#iterator.return?.();

  /** What the source has answered, awaited as p-map awaits it: items that are there come in the order of the questions. */
  async #element(index: number, question: unknown): Promise<unknown> {
    let isItem = false;
    try {
      const answer = (await question) as Answer;
      if (!answer.done) {
        const { value } = answer;
        isItem = true;
        this.answered(index);
        return await value;
      }
      this.isDone = true;
    } catch (error) {
      // As long as an item needs for its slot, so that of items that are all there those in front are begun first.
      await null;
      throw isItem ? error : new SourceFailure(error);
    }
    throw END;
  }
}

/** The async one where there are both. */
function openIterator(input: Input): Iterator<unknown> | AsyncIterator<unknown> {
  const { [Symbol.asyncIterator]: open } = input as Partial<AsyncIterable<unknown>>;
  return open === undefined
    ? (input as Iterable<unknown>)[Symbol.iterator]()
    : (input as AsyncIterable<unknown>)[Symbol.asyncIterator]();
}

import type { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { builtin } from '../engine/builtin.js';

type AsyncHooks = {
  AsyncLocalStorage: typeof AsyncLocalStorage;
  AsyncResource: typeof AsyncResource;
  executionAsyncId: () => number;
};

/** Keeps the async context of its construction, for functions to run in. */
export interface Scope {
  runInAsyncScope<This, Args extends unknown[], Result>(
    fn: (this: This, ...args: Args) => Result,
    thisArg?: This,
    ...args: Args
  ): Result;
}

/** Where there is no async context there is nothing to keep. */
class PlainScope implements Scope {
  // The name is the one AsyncResource takes.
  // biome-ignore lint/complexity/noUselessConstructor: subclasses pass a name, as to AsyncResource
  constructor(_name: string) {}

  runInAsyncScope<This, Args extends unknown[], Result>(
    fn: (this: This, ...args: Args) => Result,
    thisArg?: This,
    ...args: Args
  ): Result {
    return args.length === 0
      ? (fn as unknown as (this: This) => Result).call(thisArg as This)
      : fn.apply(thisArg as This, args);
  }
}

const hooks = builtin('node:async_hooks') as AsyncHooks | undefined;

/** The base of everything that runs a function later: `AsyncResource` where there is async context. */
export const ScopeBase: new (name: string) => Scope = hooks?.AsyncResource ?? PlainScope;

/** The handle of no task. */
export const NOBODY = -1;

/** A task as code that runs inside it finds it, and what it leaves behind when it has ended. */
export interface RunningTask {
  limiter: number;
  /** {@link NOBODY} when it has ended: its number is another's then. */
  handle: number;
  /** The task inside which this one was submitted. */
  readonly outer: RunningTask | undefined;
}

/**
 * Who runs here, where that has to be known after an await too.
 *
 * @internal Keeps the declarations free of Node's types, which a browser project does not have.
 */
export const runningStorage: AsyncLocalStorage<RunningTask> | undefined =
  hooks?.AsyncLocalStorage && new hooks.AsyncLocalStorage<RunningTask>();

/** The frame of an async context: which storage holds what. Only ever passed on or asked. */
export type Frame = { get(storage: object): unknown } | undefined;

/**
 * The property under which a scope keeps its frame, where contexts are frames (Node 24 and later; not with
 * the hooks of earlier releases). Knowing it makes it free to see who submits: a frame that names the slot
 * is made once a slot, not once a task. Where it is not found, or does not behave, nothing is lost but that.
 */
export const frameKey: symbol | undefined = findFrameKey();

/**
 * Whether a scope may run any number of functions of the user's: where contexts are frames, or there are none. Elsewhere
 * what a function sets by `enterWith` is set on the scope that it runs in, for all that run in it later.
 */
export const scopesLast: boolean = hooks === undefined || frameKey !== undefined;

/**
 * Whether a function may be called as it is, since there is no context to keep: in browsers, and where contexts are no
 * frames as long as no storage of the process is in use. That can be seen only after an `await`: without hooks promises
 * have no numbers there.
 */
export function hasNoContext(isAfterAwait: boolean): boolean {
  return hooks === undefined || (isAfterAwait && frameKey === undefined && hooks.executionAsyncId() === 0);
}

function findFrameKey(): symbol | undefined {
  // Using a storage that rests on async hooks switches them on in the whole process, and nothing switches all
  // of it off again: everybody's promises would be slower for it. Such a storage is known by its own switch.
  if (hooks === undefined || '_enable' in hooks.AsyncLocalStorage.prototype) return undefined;
  const probe = new hooks.AsyncLocalStorage<object>();
  const mark = {};
  const lookInside = (): symbol | undefined => {
    const scope = new ScopeBase('fanfold.probe') as unknown as Record<symbol, Frame>;
    // A frame is a map of Node's own making, which is no instance of ours.
    return Object.getOwnPropertySymbols(scope).find((key) => {
      const frame = scope[key];
      return typeof frame?.get === 'function' && frame.get(probe) === mark;
    });
  };
  // In a scope of its own: leaving a storage leaves another frame behind than the one it was entered from.
  return new ScopeBase('fanfold.probe').runInAsyncScope(() => probe.run(mark, lookInside));
}

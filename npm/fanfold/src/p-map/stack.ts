import { lastSettle, pending, Rejection, type Settle } from '../task/promise.js';
import type { AnyFunction } from '../task/task.js';

/** Only V8 has stacks that lead on where a promise is waited for. */
const hasAsyncStacks = 'captureStackTrace' in Error;

const never = (): Promise<never> => new Promise(() => {});

/**
 * A mapper whose errors have a stack that leads on to whoever waits for the promise that `settle` is the other end of.
 * V8 follows a promise as long as one thing alone waits for it: here that is a chain to that promise, which ends in
 * nothing, and the slot waits for another promise.
 */
export function withCallerStack(mapper: AnyFunction, settle: Settle): AnyFunction {
  if (!hasAsyncStacks) return mapper;
  return (...args) => {
    const outcome = pending();
    const settleOutcome = lastSettle();
    const call = async (): Promise<void> => {
      let value: unknown;
      try {
        value = await mapper(...args);
      } catch (error) {
        value = new Rejection(error);
      }
      settleOutcome(value);
    };
    void call().then(never).then(settle);
    return outcome;
  };
}

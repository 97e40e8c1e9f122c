import { lastSettle, pending, Rejection, type Settle } from './promise.js';

/** Only V8 has stacks that lead on to where a promise is waited for. */
const hasAsyncStacks = 'captureStackTrace' in Error;

const never = (): Promise<never> => new Promise(() => {});

/**
 * What an async call comes to, for one who follows it with handlers, at which stacks end: those of errors from inside it
 * lead on to whoever waits for the promise that `caller` is the other end of. V8 follows a promise as long as one thing
 * alone waits for it; here that is a chain to the caller's promise, down which nothing ever comes.
 */
export function leadingTo<Result>(caller: Settle, call: () => Promise<Result>): Promise<Result> {
  if (!hasAsyncStacks) return call();
  const outcome = pending<Result>();
  const settle = lastSettle();
  const follow = async (): Promise<void> => {
    try {
      settle(await call());
    } catch (error) {
      settle(new Rejection(error));
    }
  };
  void follow().then(never).then(caller);
  return outcome;
}

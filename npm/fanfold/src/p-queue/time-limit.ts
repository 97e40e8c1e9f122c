/** What a task's promise rejects with that ran for too long. */
export class TimeoutError extends Error {
  override readonly name: 'TimeoutError' = 'TimeoutError';
}

/** Beyond this timers of the platform overflow and go off at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** What a promise comes to, or a {@link TimeoutError} if it takes longer than so many milliseconds. */
export function inTime<T>(promise: Promise<T>, ms: number, message: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const first = new Promise<T>((resolve, reject) => {
    promise.then(resolve, reject);
    timer = setTimeout(
      () => {
        // For promises that can be told that nobody waits for them any more.
        (promise as Partial<Record<'cancel', () => void>>).cancel?.();
        // p-queue's says it after it was made, so that it is seen where an error is made JSON.
        reject(Object.assign(new TimeoutError(), { message }));
      },
      Math.min(ms, LONGEST_DELAY),
    );
  });
  return first.finally(() => clearTimeout(timer));
}

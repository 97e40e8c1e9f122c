const { then } = Promise.prototype;

/** A real promise for whatever a function returned, of which nobody has changed the `then`. */
export function follow(result: unknown): Promise<unknown> {
  if (result instanceof Promise && result.constructor === Promise && result.then === then) return result;
  return new Promise((resolve) => resolve(result));
}

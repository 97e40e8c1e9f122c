/**
 * What a scope throws: its first failure, with the others on its property `errors`. What cannot have such a property,
 * or has one of its own, is the `cause` and the first of an `AggregateError` instead, so that nothing is lost.
 */
export function failureOf(first: unknown, others: readonly unknown[]): unknown {
  if (others.length === 0) return first;
  if (first instanceof Error && Object.isExtensible(first) && !('errors' in first)) {
    Object.defineProperty(first, 'errors', {
      value: [...others],
      configurable: true,
      enumerable: false,
      writable: true,
    });
    return first;
  }
  const message = `${others.length + 1} children of a scope failed; see \`cause\` for the first`;
  return new AggregateError([first, ...others], message, { cause: first });
}

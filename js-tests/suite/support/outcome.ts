import { show } from './show.ts';

/** How a call ends, in words: what it throws, or what its promise comes to. */
export async function outcome(action: () => unknown): Promise<string> {
  let result: unknown;
  try {
    result = action();
  } catch (thrown) {
    return `throws ${show(thrown)}`;
  }
  if (!(result instanceof Promise)) return `returns ${show(result)}`;
  return result.then(
    (value) => `fulfils with ${show(value)}`,
    (reason: unknown) => `rejects with ${show(reason)}`,
  );
}

/** The same where the words are those of the JavaScript engine: the class of the error alone. */
export async function outcomeKind(action: () => unknown): Promise<string> {
  return (await outcome(action)).replace(/\(.*$/s, '');
}

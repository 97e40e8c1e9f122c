import { wrongType } from '../errors/misuse.js';
import { isSource } from '../many/source.js';

/** Sources and options, however they came: sources alone, or an iterable of sources with options behind it. */
export function sourcesAndOptions<Options extends object>(
  given: readonly unknown[],
): { sources: Iterable<unknown>; options: Options } {
  const [sources, options = {}] = given;
  if (given.length !== 2 || isSource(given[1])) return { sources: given, options: {} as Options };
  return { sources: checkSources(sources), options: options as Options };
}

/** @throws TypeError if it is no iterable. */
export function checkSources(sources: unknown): Iterable<unknown> {
  const isIterable =
    typeof (sources as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] === 'function';
  if (!isIterable || typeof sources === 'string')
    throw wrongType('sources', 'an iterable of sources', sources);
  return sources as Iterable<unknown>;
}

import { outOfRange, wrongType } from '../errors/misuse.js';

export function checkFunction(option: string, value: unknown): void {
  if (typeof value !== 'function') throw wrongType(option, 'a function', value);
}

/** A count: an integer from `least` up, or `Infinity`. */
export function checkCount(option: string, value: unknown, least: number): number {
  const expected = `an integer from ${least} up or Infinity`;
  if (typeof value !== 'number') throw wrongType(option, expected, value);
  if (!(Number.isInteger(value) || value === Number.POSITIVE_INFINITY) || value < least) {
    throw outOfRange(option, expected, value);
  }
  return value;
}

/** A finite count: an integer from `least` up. */
export function checkFinite(option: string, value: unknown, least: number): number {
  const expected = `an integer from ${least} up`;
  if (typeof value !== 'number') throw wrongType(option, expected, value);
  if (!Number.isSafeInteger(value) || value < least) throw outOfRange(option, expected, value);
  return value;
}

/** An integer within bounds, the highest of which may mean something. */
export function checkWhole(
  option: string,
  value: unknown,
  least: number,
  most: number,
  meaning = '',
): number {
  const expected = `an integer from ${least} to ${most}${meaning}`;
  if (typeof value !== 'number') throw wrongType(option, expected, value);
  if (!Number.isInteger(value) || value < least || value > most) throw outOfRange(option, expected, value);
  return value;
}

/** A timeout in milliseconds: above 0, `Infinity` for none. */
export function checkTimeout(option: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const expected = 'a number of milliseconds above 0 or Infinity';
  if (typeof value !== 'number') throw wrongType(option, expected, value);
  if (!(value > 0)) throw outOfRange(option, expected, value);
  return value;
}

/** A span in milliseconds: from 0 up, `Infinity` for ever. */
export function checkSpan(option: string, value: unknown): number {
  const expected = 'a number of milliseconds from 0 up or Infinity';
  if (typeof value !== 'number') throw wrongType(option, expected, value);
  if (!(value >= 0)) throw outOfRange(option, expected, value);
  return value;
}

export function checkSignal(option: string, value: unknown): AbortSignal | undefined {
  if (value === undefined) return undefined;
  const signal = value as AbortSignal;
  const isSignal =
    typeof value === 'object' &&
    value !== null &&
    typeof signal.aborted === 'boolean' &&
    typeof signal.addEventListener === 'function' &&
    typeof signal.removeEventListener === 'function';
  if (!isSignal) throw wrongType(option, 'an AbortSignal', value);
  return signal;
}

export function checkOneOf<Choice extends string>(
  option: string,
  value: unknown,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  if (value === undefined) return choices[0];
  const expected = `one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`;
  if (typeof value !== 'string') throw wrongType(option, expected, value);
  if (!choices.includes(value as Choice)) throw outOfRange(option, expected, value);
  return value as Choice;
}

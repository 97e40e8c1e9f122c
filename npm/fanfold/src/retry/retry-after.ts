import type { Milliseconds } from '../limiter/types.js';

const NUMBER = /^\d+(\.\d+)?$/;
/** The three formats of a date in HTTP begin with the day of the week, and nothing else that may stand there does. */
const DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /;

/**
 * How long the headers of a response ask to stay away, from 0 up; `undefined` where they say nothing that is
 * understood. Whatever cannot be waited for, such as a number beyond all numbers, is `Infinity`.
 *
 * @param headers A `Headers`, anything else with a `get`, or a plain object with names in any case.
 */
export function retryAfter(headers: unknown): Milliseconds | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const precise = header(headers, 'retry-after-ms');
  if (precise !== undefined && NUMBER.test(precise)) return Math.ceil(Number(precise));
  const text = header(headers, 'retry-after');
  if (text === undefined) return undefined;
  if (NUMBER.test(text)) return Math.ceil(Number(text) * 1000);
  const until = date(text);
  if (until === undefined) return undefined;
  const from = date(header(headers, 'date') ?? '') ?? Date.now();
  return Math.max(0, until - from);
}

function date(text: string): number | undefined {
  if (!DATE.test(text)) return undefined;
  // All dates of HTTP are in GMT; the oldest format does not say so, and would be read as local time.
  const time = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(time) ? undefined : time;
}

/** The value of a header, the first one of several, whatever keeps them and in whatever case. */
export function header(headers: object, name: string): string | undefined {
  const { get } = headers as { readonly get?: unknown };
  const got: unknown = typeof get === 'function' ? get.call(headers, name) : undefined;
  const value: unknown = got ?? Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' || typeof first === 'number' ? String(first).trim() : undefined;
}

import { abort } from './abort.mjs';
import { buffer } from './buffer.mjs';
import { burst } from './burst.mjs';
import { create } from './create.mjs';
import { lengths } from './lengths.mjs';
import { map } from './map.mjs';
import { memory } from './memory.mjs';
import { merge } from './merge.mjs';
import { million } from './million.mjs';
import { pool } from './pool.mjs';
import { priorities } from './priorities.mjs';
import { rated } from './rated.mjs';
import { retry } from './retry.mjs';
import { source } from './source.mjs';
import { steady } from './steady.mjs';
import { stream } from './stream.mjs';

/** In the order of the report. @type {readonly import('./measure.mjs').Case[]} */
export const cases = [
  burst,
  steady,
  million,
  memory,
  abort,
  create,
  map,
  stream,
  source,
  merge,
  buffer,
  retry,
  priorities,
  rated,
  lengths,
  pool,
];

export const caseIds = cases.map((which) => which.id);

/** @param {string} id */
export function caseOf(id) {
  const found = cases.find((which) => which.id === id);
  if (!found) throw new RangeError(`case: expected one of ${caseIds.join(', ')}, got ${JSON.stringify(id)}`);
  return found;
}

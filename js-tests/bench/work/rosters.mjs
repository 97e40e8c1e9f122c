// Who is measured: a roster for each kind of thing that Fanfold does, with its subjects in the order of the table's
// columns. A subject is used the way its own documentation says. The imports in the rosters are literal, so that a
// bundler sees them.
import { buffers } from './subjects/buffers.mjs';
import { limiters } from './subjects/limiters.mjs';
import { mappers } from './subjects/mappers.mjs';
import { mergers } from './subjects/mergers.mjs';
import { pools } from './subjects/pools.mjs';
import { retriers } from './subjects/retriers.mjs';
import { schedulers } from './subjects/schedulers.mjs';

/**
 * What all subjects have; the rosters say what theirs have besides.
 * @typedef {object} Subject
 * @property {string} id
 * @property {'fanfold' | 'peer' | 'floor'} kind
 */

/**
 * @typedef {object} Roster
 * @property {readonly string[]} own Fanfold's faces: first itself, then the drop-in
 * @property {Readonly<Record<string, () => Promise<Omit<Subject, 'id'>>>>} loaders by id
 */

const rosters = [limiters, mappers, mergers, buffers, retriers, schedulers, pools];

/** @param {Roster} roster */
export const idsOf = (roster) => Object.keys(roster.loaders);

export const allIds = [...new Set(rosters.flatMap(idsOf))];
export const allOwnIds = [...new Set(rosters.flatMap((roster) => roster.own))];

/**
 * Loads the named subjects. One that cannot be loaded is reported with its reason, never left out in silence.
 * @param {Roster} roster
 * @param {readonly string[]} ids
 * @returns {Promise<{ subjects: Subject[], missing: { id: string, reason: string }[] }>}
 */
export async function loadSubjects(roster, ids) {
  const subjects = [];
  const missing = [];
  for (const id of ids) {
    try {
      subjects.push({ id, ...(await roster.loaders[id]()) });
    } catch (error) {
      missing.push({ id, reason: String(error?.message ?? error).split('\n')[0] });
    }
  }
  return { subjects, missing };
}

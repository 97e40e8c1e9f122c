// The loop around every case: warm-up rounds, then measured rounds; in each round every subject has its turn,
// the order turns by one from round to round, and the heap is collected before each turn. So a slow second on
// a busy machine falls on all of them, and nobody always runs in another's garbage.

/**
 * What a case needs from the place where it runs (Node or a browser page).
 * @typedef {object} Host
 * @property {() => number} now milliseconds, as finely as the place allows
 * @property {() => void | Promise<void>} collect a full garbage collection
 * @property {() => Promise<void>} turn lets the event loop go round once
 * @property {() => Promise<Memory>} memory
 * @property {() => number | undefined} peak bytes: the highest that the process's resident set has been, where that is known
 * @property {(signal: AbortSignal) => void} quietSignal lifts Node's listener warning for a library that adds one per task
 */

/**
 * @typedef {object} Memory
 * @property {number} heap bytes in use in the JavaScript heap
 * @property {number} external bytes outside it that the JavaScript engine knows of, wasm memories left out
 * @property {number} wasm bytes of all linear memories
 * @property {number | undefined} outside bytes resident in the process that none of the above explains
 */

/**
 * @typedef {object} Case
 * @property {string} id
 * @property {string | ((quick: boolean) => string)} title a function where the size that it tells depends on it
 * @property {string} [note] who is measured at another size, and why
 * @property {string} unit of every metric but those in `units`
 * @property {Record<string, string>} [units]
 * @property {import('./rosters.mjs').Roster} roster
 * @property {readonly string[]} subjects the ids of the roster that can take part
 * @property {readonly string[]} [onlyOnNode] those of them that no browser has
 * @property {boolean} [isolated] one process per subject: for memory, where a neighbour's heap would disturb
 * @property {(quick: boolean) => number} rounds most measured rounds that make sense
 * @property {number} warmups
 * @property {(subject: import('./rosters.mjs').Subject, context: Context) => Promise<Record<string, number>>} run
 */

/** @typedef {{ host: Host, quick: boolean, warm: boolean }} Context */

/**
 * @param {Case} which
 * @param {import('./rosters.mjs').Subject[]} subjects
 * @param {{ host: Host, quick: boolean, runs: number, warmups?: number }} options
 * @returns {Promise<Record<string, Record<string, number[]>>>} samples by subject and metric
 */
export async function measure(which, subjects, { host, quick, runs, warmups = which.warmups }) {
  const samples = Object.fromEntries(subjects.map((subject) => [subject.id, {}]));
  const rounds = Math.min(runs, which.rounds(quick));
  for (let round = -warmups; round < rounds; round++) {
    for (const subject of rotated(subjects, round + warmups)) {
      await host.collect();
      await host.turn();
      const values = await which.run(subject, { host, quick, warm: round < 0 });
      if (round < 0) continue;
      for (const [metric, value] of Object.entries(values)) {
        const taken = samples[subject.id];
        taken[metric] ??= [];
        taken[metric].push(value);
      }
    }
  }
  return samples;
}

function rotated(items, by) {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

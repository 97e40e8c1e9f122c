// What the local server will do to each file, decided beforehand by a seed. The same seed gives the same plan on
// every machine, so a run that looked odd can be had again.

import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/**
 * How a file is answered:
 * - steady: at once and quickly
 * - slow: in a trickle that ends in time
 * - endless: in a trickle that takes longer than the default run timeout
 * - error: status 500; missing: status 404
 * - reset: the connection is reset in the middle of the body
 * - truncated: the connection is closed politely before the promised length is reached
 * - hang: the request is accepted and never answered
 * - stall: the body begins and never goes on
 *
 * @typedef {'steady' | 'slow' | 'endless' | 'error' | 'missing' | 'reset' | 'truncated' | 'hang' | 'stall'} Behaviour
 *
 * @typedef {object} PlannedFile
 * @property {string} name
 * @property {Behaviour} behaviour
 * @property {number} size  bytes of the whole body
 * @property {number} latency  milliseconds until the headers are sent
 * @property {number} duration  milliseconds that the whole body takes
 * @property {number} key  makes the bytes of this file differ from those of the others
 */

/** Shares of the misbehaviours; every one of them comes at least once, what is left is steady. */
const SHARES = {
  slow: 0.14,
  error: 0.07,
  missing: 0.04,
  reset: 0.06,
  truncated: 0.05,
  hang: 0.06,
  stall: 0.04,
};

const KINDS = ['report.pdf', 'photo.jpg', 'backup.tar', 'table.csv', 'map.png', 'talk.mp3', 'notes.txt'];

/**
 * @param {object} options
 * @param {number} options.seed
 * @param {number} options.jobs  how many files
 * @param {number} [options.endless]  how many of them are endless
 * @returns {PlannedFile[]}
 */
export function makePlan({ seed, jobs, endless = 0 }) {
  const random = xoroshiro128plus(seed);
  const between = (/** @type {number} */ least, /** @type {number} */ most) =>
    uniformInt(random, least, most);

  /** @type {Behaviour[]} */
  const deck = [];
  for (const [behaviour, share] of Object.entries(SHARES)) {
    const cards = Math.min(Math.max(1, Math.round(share * jobs)), jobs - deck.length);
    deck.push(...Array(cards).fill(behaviour));
  }
  deck.push(...Array(jobs - deck.length).fill('steady'));
  for (let last = deck.length - 1; last > 0; last--) {
    const other = between(0, last);
    [deck[last], deck[other]] = [deck[other], deck[last]];
  }
  // The endless ones come early, so that they have their turn before a queue timeout thins out the end. They stand
  // in for a steady file where there is one.
  for (let left = Math.min(endless, jobs); left > 0; left--) {
    const from = between(0, Math.floor(jobs / 2));
    const around = [...deck.keys()].map((step) => (from + step) % jobs);
    const place = around.find((at) => deck[at] === 'steady') ?? around.find((at) => deck[at] !== 'endless');
    if (place !== undefined) deck[place] = 'endless';
  }

  const digits = String(jobs).length;
  return deck.map((behaviour, index) => {
    const [stem, extension] = KINDS[between(0, KINDS.length - 1)].split('.');
    return {
      name: `${stem}-${String(index + 1).padStart(digits, '0')}.${extension}`,
      behaviour,
      // Sizes spread evenly over the powers of two, as sizes of real files do: 16 KiB to 2 MiB.
      size: Math.round(2 ** (between(1400, 2100) / 100)),
      latency: between(15, 160),
      duration:
        behaviour === 'slow'
          ? between(500, 1150)
          : behaviour === 'endless'
            ? between(2300, 3000)
            : between(60, 520),
      key: between(0, 2 ** 31 - 1),
    };
  });
}

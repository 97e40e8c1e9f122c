import { firstAndWarm } from './passes.mjs';
import { idsOf } from './rosters.mjs';
import { mergers } from './subjects/mergers.mjs';
import { itemsOf, shown } from './tasks.mjs';

const sources = 10;

/**
 * Ten async generators that are always ready, merged into one and consumed with `for await` by a body that is done at
 * once. All values have to arrive, those of each source in their order.
 * @type {import('./measure.mjs').Case}
 */
export const merge = {
  id: 'merge',
  title: (quick) => `${shown(itemsOf(quick))} values of ${sources} async generators, merged`,
  unit: 'ns per value',
  roster: mergers,
  subjects: idsOf(mergers),
  note: "streaming-iterables' is parallelMerge",
  warmups: 1,
  rounds: (quick) => (quick ? 2 : 50),
  async run(subject, { host, quick }) {
    const size = itemsOf(quick);
    return firstAndWarm(host, size, async () => {
      const next = Array.from({ length: sources }, (_, at) => at);
      let come = 0;
      for await (const value of subject.merge(next.map((from) => every(from, size)))) {
        const from = value % sources;
        if (value !== next[from]) throw new Error(`${subject.id}: out of order`);
        next[from] += sources;
        come++;
      }
      if (come !== size) throw new Error(`${subject.id}: values are missing`);
    });
  },
};

async function* every(from, size) {
  for (let value = from; value < size; value += sources) yield value;
}

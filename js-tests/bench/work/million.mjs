import { fillAndDrain } from './fill-and-drain.mjs';
import { idsOf } from './rosters.mjs';
import { limiters } from './subjects/limiters.mjs';

const concurrency = 16;

/**
 * A long queue: every slot is held by a task behind a gate while the queue fills; the gate opens and the queue
 * drains. The same at a thousand, ten thousand, a hundred thousand and a million: the time per task should stay
 * flat. Small sizes are repeated on the same limiter until at least 100,000 tasks were timed.
 * @type {import('./measure.mjs').Case}
 */
export const million = {
  id: 'million',
  title: '1,000,000 queued, then drained (concurrency 16)',
  unit: 'ns per task',
  units: { growth: 'times' },
  roster: limiters,
  subjects: idsOf(limiters).filter((id) => id !== 'no limiter'),
  note: 'async-mutex only up to 10,000: it shifts an array, and a hundred thousand tasks take it many seconds',
  warmups: 1,
  rounds: (quick) => (quick ? 1 : 5),
  async run(subject, { host, quick, warm }) {
    const values = {};
    for (const [metric, size] of sizes(subject, quick, warm)) {
      await host.collect();
      await host.turn();
      values[metric] = await fillAndDrain(subject.open(concurrency), concurrency, size, host);
    }
    if (values['10,000'] > 0 && values['1,000,000'] > 0)
      values.growth = values['1,000,000'] / values['10,000'];
    return values;
  },
};

function sizes(subject, quick, warm) {
  const small = [
    ['1,000', 1_000],
    ['10,000', 10_000],
    ['100,000', 100_000],
  ];
  if (subject.id === 'async-mutex') return small.slice(0, 2);
  return quick || warm ? small : [...small, ['1,000,000', 1_000_000]];
}

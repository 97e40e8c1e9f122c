import { limiters } from './subjects/limiters.mjs';
import { endless, ignore, immediate } from './tasks.mjs';

/**
 * Queued tasks that share one signal, aborted at once. `returns` is how long `abort()` itself takes, `told` how
 * long until every caller's rejection handler has run; the second is judged. p-queue removes each task by a
 * search through its queue, so it is measured at the sizes that it can finish, and the table names them.
 * @type {import('./measure.mjs').Case}
 */
export const abort = {
  id: 'abort',
  title: '100,000 queued tasks aborted by one signal',
  unit: 'ms',
  roster: limiters,
  subjects: ['fanfold', 'p-queue'],
  note: 'p-queue with 1,000 and 5,000 tasks: it searches its queue for each, so its time grows with their square',
  warmups: 1,
  rounds: (quick) => (quick ? 2 : 10),
  async run(subject, { host, quick }) {
    const values = {};
    for (const size of sizes(subject, quick)) {
      await host.collect();
      await host.turn();
      const { returns, told } = await abortAll(subject.openAbortable(1), size, host);
      const label = size.toLocaleString('en-US');
      values[`returns ${label}`] = returns;
      values[`told ${label}`] = told;
    }
    return values;
  },
};

function sizes(subject, quick) {
  if (subject.kind !== 'fanfold') return quick ? [1_000] : [1_000, 5_000];
  return quick ? [1_000, 100_000] : [1_000, 5_000, 100_000];
}

async function abortAll(submit, size, host) {
  const controller = new AbortController();
  const never = new AbortController().signal;
  host.quietSignal(controller.signal);
  submit(endless, never).then(ignore, ignore);
  let left = size;
  let allTold;
  const told = new Promise((resolve) => {
    allTold = resolve;
  });
  const onRejected = () => {
    if (--left === 0) allTold(host.now());
  };
  for (let i = 0; i < size; i++) submit(immediate, controller.signal).then(ignore, onRejected);
  await host.turn();
  const from = host.now();
  controller.abort();
  const returned = host.now();
  return { returns: returned - from, told: (await told) - from };
}

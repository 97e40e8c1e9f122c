import { Session } from 'node:inspector/promises';
import { caseOf } from './cases.mjs';
import { measure } from './measure.mjs';
import { loadSubjects } from './rosters.mjs';

/**
 * Runs the rounds of one case with the CPU profiler on. Warm-up rounds come first and are not sampled, so that
 * the profile shows the code as it runs when hot.
 * @param {import('./job.mjs').Job & { profile: { interval: number } }} job
 * @param {import('./measure.mjs').Host} host
 */
export async function runProfiled(job, host) {
  const which = caseOf(job.case);
  const ids = which.subjects.filter((id) => job.subjects.includes(id));
  const { subjects, missing } = await loadSubjects(which.roster, ids);
  if (missing.length > 0 || subjects.length === 0) return { missing };
  const session = new Session();
  session.connect();
  await measure(which, subjects, { host, quick: job.quick, runs: 2 });
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: job.profile.interval });
  await session.post('Profiler.start');
  const samples = await measure(which, subjects, { host, quick: job.quick, runs: job.runs, warmups: 0 });
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return { case: job.case, samples, missing, profile };
}

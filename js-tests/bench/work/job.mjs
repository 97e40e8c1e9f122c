import { caseOf } from './cases.mjs';
import { measure } from './measure.mjs';
import { loadSubjects } from './rosters.mjs';

/**
 * One job: one case with its subjects, in the process or page that this module was loaded into.
 * @typedef {object} Job
 * @property {string} case
 * @property {string[]} subjects
 * @property {number} runs
 * @property {boolean} quick
 * @property {'wall' | 'cpu'} clock
 */

/**
 * @typedef {object} JobResult
 * @property {string} case
 * @property {Record<string, Record<string, number[]>>} samples by subject and metric
 * @property {{ id: string, reason: string }[]} missing
 * @property {string} [backend] what Fanfold says it runs on
 */

/**
 * @param {Job} job
 * @param {import('./measure.mjs').Host} host
 * @returns {Promise<JobResult>}
 */
export async function runJob(job, host) {
  const which = caseOf(job.case);
  const ids = which.subjects.filter((id) => job.subjects.includes(id));
  const { subjects, missing } = await loadSubjects(which.roster, ids);
  const samples = await measure(which, subjects, { host, quick: job.quick, runs: job.runs });
  return { case: job.case, samples, missing, backend: await backendOf(subjects) };
}

async function backendOf(subjects) {
  if (!subjects.some((subject) => subject.kind === 'fanfold')) return undefined;
  return (await import('fanfold')).backend;
}

// npm run bench: Fanfold beside its peers. See README.md in this folder for what the figures mean.

import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseOptions } from './cli.mjs';
import { renderProfile } from './report/profile.mjs';
import { renderFigures } from './report/table.mjs';
import { renderTargets } from './report/targets.mjs';
import { openPlaces } from './run/places.mjs';
import { caseOf } from './work/cases.mjs';
import { allOwnIds } from './work/rosters.mjs';

const options = parseOptions(process.argv);
const progress = (text) => process.stderr.write(`${text}\n`);
const own = allOwnIds.some((id) => options.subject.includes(id));
if (own) requireBuilt();
const places = await openPlaces(options, { readable: Boolean(options.profile), own, warn: progress });

try {
  if (options.profile) await profileOne();
  else await measureAll();
} finally {
  for (const place of places) await place.close();
}

function requireBuilt() {
  if (existsSync(fileURLToPath(import.meta.resolve('fanfold')))) return;
  progress('Fanfold is not built: run "npm run build" first.');
  process.exit(1);
}

async function measureAll() {
  const measured = [];
  for (const id of options.case) {
    for (const place of places) {
      progress(`${id}: ${place.label} ${place.backend}`);
      measured.push({ place: described(place), result: await measureCase(place, id) });
    }
  }
  console.log(machine());
  console.log(renderFigures(measured, options.quick));
  console.log("Under a peer's figure: how many times Fanfold's it is (fanfold, then the drop-in).");
  const targets = renderTargets(measured);
  if (targets) console.log(`\n${targets}\nIn brackets: the middle half of the rounds.`);
  if (options.json) await writeFile(options.json, `${JSON.stringify(measured, null, 2)}\n`);
  reportMissing(measured);
}

async function measureCase(place, id) {
  const which = caseOf(id);
  const isThere = (subject) => !place.browser || !which.onlyOnNode?.includes(subject);
  const subjects = which.subjects.filter((subject) => options.subject.includes(subject) && isThere(subject));
  const job = { case: id, runs: options.runs, quick: options.quick, clock: options.clock };
  if (!which.isolated) return place.runJob({ ...job, subjects });
  const parts = [];
  for (const subject of subjects) parts.push(await place.runJob({ ...job, subjects: [subject] }));
  return {
    case: id,
    samples: Object.assign({}, ...parts.map((part) => part.samples)),
    missing: parts.flatMap((part) => part.missing),
    backend: parts.find((part) => part.backend)?.backend,
  };
}

/** The load says whether the figures can be trusted: where other work is done, libraries that allocate suffer most. */
function machine() {
  const [load] = loadavg();
  const busy =
    options.clock === 'wall' && load > 1.5 ? ' (busy: ratios of wall-clock times are not to be quoted)' : '';
  return `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, ${options.clock} clock, load ${load.toFixed(1)}${busy}`;
}

function described({ label, backend, major, browser }) {
  return { label, backend, major, browser };
}

/** What could not be loaded is an error of the whole run: a table without a column would look complete. */
function reportMissing(measured) {
  const lines = new Set();
  for (const { place, result } of measured) {
    for (const { id, reason } of result.missing)
      lines.add(`${id} on ${place.label} ${place.backend}: ${reason}`);
  }
  for (const line of lines) progress(`could not be loaded: ${line}`);
  if (lines.size > 0) process.exitCode = 1;
}

async function profileOne() {
  const place = places[0];
  const job = {
    case: options.case[0],
    subjects: options.subject.slice(0, 1),
    runs: options.runs,
    quick: options.quick,
    clock: options.clock,
    profile: { interval: 100 },
  };
  progress(`profile of ${job.subjects[0]}, case ${job.case}, on ${place.label} ${place.backend}`);
  const { profile, missing } = await place.runJob(job);
  if (!profile)
    throw new Error(
      `nothing to profile: ${missing.map(({ reason }) => reason).join('; ') || 'the case has no such subject'}`,
    );
  console.log(renderProfile(profile, options.top));
  if (typeof options.profile === 'string') await writeFile(options.profile, JSON.stringify(profile));
}

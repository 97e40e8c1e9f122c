// Every test there is: `npm test`, or `npm test -- vitest types` for some of the runners by name.
import { run, step } from './lib/run.mjs';
import { runners } from './lib/runners.mjs';

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in runners));
if (unknown.length > 0) {
  console.error(`No runner is called ${unknown.join(', ')}. There are: ${Object.keys(runners).join(', ')}`);
  process.exit(2);
}

step('Set-up');
run(process.execPath, ['scripts/setup.mjs']);
run(process.execPath, ['scripts/build.mjs']);

const rows = [];
for (const [name, runner] of Object.entries(runners)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  step(runner.title);
  rows.push(...(await runner.run()));
}

const sum = { passed: 0, failed: 0, skipped: 0 };
const width = Math.max(...rows.map(({ name }) => name.length));
console.log('\nSummary');
for (const row of rows) {
  for (const outcome of Object.keys(sum)) sum[outcome] += row[outcome];
  const counts = `${cell(row.passed)} passed ${cell(row.failed)} failed ${cell(row.skipped)} skipped`;
  console.log(`  ${row.name.padEnd(width)} ${counts}${row.note ? `   ${row.note}` : ''}`);
}
console.log(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exitCode = sum.failed > 0 ? 1 : 0;

function cell(count) {
  return String(count).padStart(6);
}

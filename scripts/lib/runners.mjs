// The test runners behind `npm test`. Each gives rows of counts; one that fails without a failed test counts as one.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChromium } from '../../js-tests/browser.mjs';
import { root, tee } from './run.mjs';

const jsTests = join(root, 'js-tests');

export const runners = {
  cargo: { title: 'Rust: unit and property tests', run: cargo },
  vitest: { title: 'One suite: native, wasm, Chromium', run: vitest },
  types: { title: 'Types', run: types },
  backends: { title: 'Which engine a process gets', run: () => nodeTest('js-tests/backends') },
  stress: { title: 'Worker threads, ended at any moment', run: () => nodeTest('js-tests/stress') },
  packaging: { title: 'Packed tarballs in small real projects', run: () => nodeTest('js-tests/packaging') },
  runtimes: { title: 'Other runtimes and Firefox', run: () => nodeTest('js-tests/runtimes') },
  examples: { title: 'Examples', run: () => nodeTest('examples/test') },
};

async function cargo() {
  const { code, output } = await tee('cargo', ['test', '--workspace', '--quiet', '--no-fail-fast']);
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, ignored] of output.matchAll(/(\d+) passed; (\d+) failed; (\d+) ignored/g)) {
    counts.passed += Number(passed);
    counts.failed += Number(failed);
    counts.skipped += Number(ignored);
  }
  return [row('cargo', counts, code)];
}

async function vitest() {
  const { code, text } = await withFile(async (file) => {
    const env = { ...process.env, FANFOLD_TEST_COUNTS: file };
    return tee('npx', ['vitest', 'run'], { cwd: jsTests, env });
  });
  const { counts = {}, unhandled = 1 } = text ? JSON.parse(text) : {};
  const rows = Object.entries(counts).map(([project, of]) => row(`vitest: ${project}`, of, 0));
  if (!findChromium()) {
    // The same tests as on the other engines, none of which ran there.
    const skipped = counts.native?.shared ?? 1;
    rows.push({
      ...row('vitest: chromium', { passed: 0, failed: 0, skipped }, 0),
      note: 'no Chromium found',
    });
  }
  const failed = rows.some((each) => each.failed > 0);
  if (unhandled > 0 || (code !== 0 && !failed))
    rows.push(row('vitest', { passed: 0, failed: 0, skipped: 0 }, 1));
  return rows;
}

async function types() {
  const files = readdirSync(join(jsTests, 'types'), { recursive: true }).filter((name) =>
    /\.[cm]?ts$/.test(name),
  );
  return [
    await typeCheck('types (files)', 'types/tsconfig.json', files.length),
    // The statements about the drop-ins once more, about what they stand in for.
    await typeCheck('types of the peers themselves', 'types/tsconfig.peers.json', 5),
  ];
}

async function typeCheck(name, project, files) {
  const { code, output } = await tee('npx', ['tsc', '-p', project, '--pretty', 'false'], { cwd: jsTests });
  const broken = new Set([...output.matchAll(/^(\S+\.[cm]?ts)\(\d+,\d+\): error/gm)].map(([, file]) => file));
  return row(name, { passed: files - broken.size, failed: broken.size, skipped: 0 }, code);
}

async function nodeTest(folder) {
  const { code, text = '' } = await withFile((file) => {
    const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
    reporters.push('--test-reporter=tap', `--test-reporter-destination=${file}`);
    const files = readdirSync(join(root, folder)).filter((name) => name.endsWith('.test.mjs'));
    return tee(process.execPath, ['--test', ...reporters, ...files.map((name) => join(folder, name))]);
  });
  const count = (name) => Number(text.match(new RegExp(`^# ${name} (\\d+)$`, 'm'))?.[1] ?? 0);
  const counts = {
    passed: count('pass'),
    failed: count('fail') + count('cancelled'),
    skipped: count('skipped'),
  };
  return [row(folder, counts, code)];
}

function row(name, { passed, failed, skipped }, code) {
  return { name, passed, failed: failed === 0 && code !== 0 ? 1 : failed, skipped };
}

/** Runs something that writes a file, and adds the file's text to its result. */
async function withFile(use) {
  const folder = mkdtempSync(join(tmpdir(), 'fanfold-test-'));
  const file = join(folder, 'counts');
  try {
    const result = await use(file);
    return { ...result, text: readIfThere(file) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

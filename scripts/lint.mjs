// Everything that judges without running the product. All of it runs, so that one call shows all complaints.
import { attempt, step } from './lib/run.mjs';

const STRICT = ['--', '-D', 'warnings'];
// A workspace of its own, which cargo passes over otherwise. Only running it needs a nightly compiler.
const FUZZ = ['--manifest-path', 'crates/sim/fuzz/Cargo.toml'];
// Nothing is linked here, so libFuzzer itself, which needs a C++ compiler, can be any file.
const WITHOUT_LIBFUZZER = { env: { ...process.env, CUSTOM_LIBFUZZER_PATH: '/libfuzzer.a' } };

const checks = [
  ['Rust format', 'cargo', ['fmt', '--all', '--check']],
  ['Clippy', 'cargo', ['clippy', '--workspace', '--all-targets', '--quiet', ...STRICT]],
  [
    'Clippy, browser build',
    'cargo',
    ['clippy', '--package', 'fanfold-wasm', '--target', 'wasm32-unknown-unknown', '--quiet', ...STRICT],
  ],
  [
    'Clippy, plain browser build',
    'cargo',
    [
      'clippy',
      '--package',
      'fanfold-wasm',
      '--no-default-features',
      '--target',
      'wasm32-unknown-unknown',
      '--quiet',
      ...STRICT,
    ],
  ],
  ['Rust format, fuzz targets', 'cargo', ['fmt', ...FUZZ, '--check']],
  [
    'Clippy, fuzz targets',
    'cargo',
    ['clippy', ...FUZZ, '--locked', '--target-dir', 'target', '--quiet', ...STRICT],
    WITHOUT_LIBFUZZER,
  ],
  ['Generated constants are current', 'cargo', ['xtask', 'constants', '--check']],
  ['JavaScript and TypeScript style', 'npx', ['biome', 'ci', '--error-on-warnings', '.']],
  ['Build of what the types and packages are judged on', process.execPath, ['scripts/build.mjs']],
  ['TypeScript: package', 'npx', ['tsc', '-p', 'npm/fanfold']],
  ['TypeScript: tests', 'npx', ['tsc', '-p', 'js-tests']],
  ['TypeScript: examples', 'npx', ['tsc', '-p', 'examples']],
  ['Sizes', process.execPath, ['scripts/sizes.mjs']],
  ['Published shape (publint, attw)', process.execPath, ['scripts/check-packages.mjs']],
];

const failed = checks.filter(([title, command, args, options]) => {
  step(title);
  return attempt(command, args, options) !== 0;
});
if (failed.length > 0) {
  console.error(`\n✗ lint: ${failed.map(([title]) => title).join('; ')}`);
  process.exitCode = 1;
} else {
  console.log('\n✓ lint');
}

// Everything that `npm ci` does not bring: the Rust toolchain's parts, the other runtimes and the browsers.
// Safe to run again: it looks first, and is quick and quiet when nothing is missing.
// FANFOLD_NO_APT=1 keeps it from installing Debian packages.
import { existsSync } from 'node:fs';
import { findChromium, findFirefox } from '../js-tests/browser.mjs';
import { installRuntimes, missingRuntimes } from '../js-tests/runtimes/installed.mjs';
import { attempt, capture, root } from './lib/run.mjs';

const NODE_MIN = [20, 19];
const WASM_TARGET = 'wasm32-unknown-unknown';
const skipped = [];

checkNode();
checkRust();
checkLinker();
addRuntimes();
addBrowsers();

for (const line of skipped) console.warn(`! ${line}`);
console.log(skipped.length === 0 ? 'Set up: everything is in place.' : 'Set up, with the exceptions above.');

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < NODE_MIN[0] || (major === NODE_MIN[0] && minor < NODE_MIN[1])) {
    fail(`Node ${NODE_MIN.join('.')} or later is needed to work on Fanfold; this is ${process.version}.`);
  }
  if (!existsSync(`${root}/node_modules/typescript`)) fail('Run `npm ci` first.');
}

/** The toolchain that rust-toolchain.toml names, its components and the wasm target, all asked for by name. */
function checkRust() {
  if (!capture('rustup', ['--version'])) {
    if (!capture('cargo', ['--version'])) fail('Rust is missing. Install it with rustup: https://rustup.rs');
    const lib = capture('rustc', ['--print', 'target-libdir', '--target', WASM_TARGET]);
    if (!lib || !existsSync(lib)) fail(`Rust was installed without rustup and has no ${WASM_TARGET} target.`);
    return;
  }
  // rustup may be set not to install by itself what rust-toolchain.toml names.
  if (!capture('cargo', ['--version'])) must('rustup', ['toolchain', 'install']);
  const targets = capture('rustup', ['target', 'list', '--installed'])?.split('\n') ?? [];
  if (!targets.includes(WASM_TARGET)) must('rustup', ['target', 'add', WASM_TARGET]);
  const components = capture('rustup', ['component', 'list', '--installed']) ?? '';
  for (const name of ['rustfmt', 'clippy']) {
    if (!components.includes(name)) must('rustup', ['component', 'add', name]);
  }
}

function checkLinker() {
  if (capture('cc', ['--version'])) return;
  if (aptInstall(['gcc', 'libc6-dev']) !== undefined) fail('Rust needs a C linker: install gcc (or clang).');
}

function addRuntimes() {
  if (missingRuntimes().length === 0) return;
  console.log('Fetching Node 22, 24 and 26, Bun and Deno for the smoke tests (js-tests/runtimes)');
  installRuntimes();
  const missing = missingRuntimes();
  if (missing.length > 0)
    skipped.push(`Not to be had here, their smoke tests will be skipped: ${missing.join(', ')}`);
}

function addBrowsers() {
  const browsers = [
    { name: 'Chromium', debian: 'chromium', find: findChromium, env: 'CHROMIUM_PATH' },
    { name: 'Firefox', debian: 'firefox-esr', find: findFirefox, env: 'FIREFOX_PATH' },
  ];
  const wanted = browsers.filter(({ find }) => !find());
  if (wanted.length === 0) return;
  const refusal = aptInstall(wanted.map(({ debian }) => debian));
  for (const { name, env } of wanted.filter(({ find }) => !find())) {
    skipped.push(
      `${name} is missing (${refusal ?? 'the package brought no program'}); its tests will be skipped. Set ${env} if it is elsewhere.`,
    );
  }
}

/** Installs Debian packages where this user may; otherwise gives the reason why not. */
function aptInstall(packages) {
  if (process.env.FANFOLD_NO_APT) return 'FANFOLD_NO_APT is set';
  if (!capture('apt-get', ['--version'])) return 'this system has no apt-get';
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  if (sudo.length > 0 && capture('sudo', ['-n', 'true']) === undefined) {
    return `installing ${packages.join(' ')} needs root or sudo without a password`;
  }
  console.log(`Installing ${packages.join(' ')} with apt-get`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) => {
    const [command, ...rest] = [...sudo, 'apt-get', '-qq', ...args];
    return attempt(command, rest, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  if (apt('update') !== 0) console.warn('apt-get update failed; trying with the lists at hand');
  return apt('install', '-y', '--no-install-recommends', ...packages) === 0
    ? undefined
    : 'apt-get install failed';
}

function must(command, args) {
  console.log([command, ...args].join(' '));
  if (attempt(command, args) !== 0) fail(`\`${[command, ...args].join(' ')}\` failed.`);
}

function fail(message) {
  console.error(`✗ ${message}`);
  process.exit(1);
}

// Finding the system's browsers. Nothing is downloaded: where there is none, tests are reported as skipped.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** No sandbox, since CI runs as root; no GPU, no QUIC and no background traffic, since nothing here needs them. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function findChromium() {
  return find(process.env.CHROMIUM_PATH, [
    'chromium',
    'chromium-browser',
    'google-chrome-stable',
    'google-chrome',
  ]);
}

export function findFirefox() {
  return find(process.env.FIREFOX_PATH, ['firefox-esr', 'firefox']);
}

/**
 * An explicit path is taken or refused, never replaced by something else.
 *
 * @param {string | undefined} explicit
 * @param {string[]} names
 */
function find(explicit, names) {
  if (explicit) return isExecutable(explicit) ? explicit : undefined;
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutable);
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

import { findChromium } from '../../browser.mjs';
import { openChromium } from './chromium.mjs';
import { runNodeJob } from './node-job.mjs';
import { findNodes } from './nodes.mjs';

/**
 * @typedef {object} OpenPlace somewhere that jobs can run
 * @property {string} label
 * @property {'native' | 'wasm'} backend what Fanfold is made to use there
 * @property {number} major of Node, 0 for a browser
 * @property {boolean} browser
 * @property {(job: import('../work/job.mjs').Job) => Promise<import('../work/job.mjs').JobResult>} runJob
 * @property {() => Promise<void>} close
 */

/**
 * @param {{ backend: readonly string[], node: readonly string[] }} wanted
 * @param {{ readable: boolean, own: boolean, warn: (text: string) => void }} how as for Chromium
 * @returns {Promise<OpenPlace[]>}
 */
export async function openPlaces({ backend, node }, { readable, own, warn }) {
  const places = [];
  const inNode = backend.filter((name) => name !== 'chromium');
  if (inNode.length > 0) {
    for (const { label, major, file } of findNodes(node)) {
      for (const name of inNode) {
        const runJob = (job) => runNodeJob({ file, backend: name }, job);
        places.push({ label, backend: name, major, browser: false, runJob, close: async () => {} });
      }
    }
  }
  if (backend.includes('chromium')) {
    const executable = findChromium();
    if (executable) {
      const { label, runJob, close } = await openChromium(executable, { readable, own });
      places.push({ label, backend: 'wasm', major: 0, browser: true, runJob, close });
    } else {
      warn('Chromium was not measured: install it (Debian: apt-get install chromium) or set CHROMIUM_PATH.');
    }
  }
  return places;
}

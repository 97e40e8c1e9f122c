// Three analyses of one text, at the same time, with the progress of each and of all.
//
//     node examples/pool/analyses.mjs [file] [--slice 20000] [--at-once 3]

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { TaskPool } from 'fanfold';
import { createCommand, fromCaller, wholeNumber } from '../shared/arguments.mjs';
import { bar, percent } from '../shared/bar.mjs';
import { runProgram } from '../shared/program.mjs';

const OWN = fileURLToPath(new URL('../../README.md', import.meta.url));

const command = createCommand('analyses', 'Analyses a text in three ways at once.')
  .argument('[file]', 'a text; without it, the README of Fanfold')
  .option(
    '-s, --slice <characters>',
    'how much is read before others have their turn',
    wholeNumber(1, 1e9),
    4_000,
  )
  .option('-c, --at-once <n>', 'how many analyses run at once', wholeNumber(1, 3), 3)
  .parse();

/** What can be asked of a text: each is given it slice by slice, and tells what it found in the end. */
const ANALYSES = {
  words() {
    /** @type {Map<string, number>} */
    const counts = new Map();
    return {
      /** @param {string} slice */
      read(slice) {
        for (const [word] of slice.toLowerCase().matchAll(/\p{L}{4,}/gu)) {
          counts.set(word, (counts.get(word) ?? 0) + 1);
        }
      },
      found: () => {
        const [[word, count] = ['none', 0]] = [...counts].sort(([, one], [, other]) => other - one);
        return `${counts.size} different ones, most often "${word}" (${count})`;
      },
    };
  },
  lines() {
    let count = 0;
    let longest = 0;
    let length = 0;
    return {
      /** @param {string} slice */
      read(slice) {
        for (const character of slice) {
          if (character !== '\n') length++;
          longest = Math.max(longest, length);
          if (character !== '\n') continue;
          count++;
          length = 0;
        }
      },
      found: () => `${count + (length > 0 ? 1 : 0)}, the longest of ${longest} characters`,
    };
  },
  characters() {
    const seen = new Set();
    let count = 0;
    return {
      /** @param {string} slice */
      read(slice) {
        for (const character of slice) {
          seen.add(character);
          count++;
        }
      },
      found: () => `${count}, of ${seen.size} kinds`,
    };
  },
};

await runProgram(async (signal) => {
  const [file] = command.args;
  const { slice, atOnce } = command.opts();
  // By characters and not by code units, so that no slice ends inside of one.
  const text = [...(await readFile(file === undefined ? OWN : fromCaller(file), 'utf8'))];

  const tasks = Object.entries(ANALYSES).map(([id, analyse]) => ({
    id,
    run: async function* () {
      const analysis = analyse();
      for (let at = 0; at < text.length; at += slice) {
        analysis.read(text.slice(at, at + slice).join(''));
        yield { fraction: Math.min((at + slice) / text.length, 1) };
      }
      return analysis.found();
    },
  }));

  // The analyses go no faster than they are shown.
  const pool = new TaskPool('analyses', tasks, atOnce, { results: { capacity: 0 }, signal });
  /** @type {string[]} */
  const findings = [];
  for await (const envelope of pool.runTasks()) {
    if (envelope.type === 'INTERMEDIATE') {
      const { fraction } = envelope.value;
      const all = percent(pool.progress.fraction);
      console.log(`${String(envelope.taskId).padEnd(10)} ${bar(fraction)} ${percent(fraction)}   all ${all}`);
    } else if (envelope.type === 'FINAL') {
      findings.push(`${envelope.taskId}: ${envelope.value}`);
    } else {
      throw envelope.error;
    }
  }
  console.log(findings.sort().join('\n'));
  return 0;
});

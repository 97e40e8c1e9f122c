import { Command, InvalidArgumentError, Option } from 'commander';
import { caseIds } from './work/cases.mjs';
import { allIds } from './work/rosters.mjs';

const backends = ['native', 'wasm', 'chromium'];

/**
 * @param {readonly string[]} argv
 * @returns {{ case: string[], backend: string[], node: string[], subject: string[], runs: number, json?: string,
 *   quick: boolean, clock: 'wall' | 'cpu', profile?: string | boolean, top: number }}
 */
export function parseOptions(argv) {
  return new Command('bench')
    .description('Measures Fanfold beside its peers, in one process per case, and prints one table.')
    .addOption(list('--case <names>', 'cases to run', caseIds))
    .addOption(
      list('--backend <names>', 'where: the addon in Node, wasm in Node, wasm in Chromium', backends),
    )
    .addOption(list('--subject <names>', 'libraries to measure', allIds))
    .option(
      '--node <versions>',
      'Node binaries: major versions (the npm package "node" under the alias node<major>) or paths; default: the running one',
      (text) => text.split(','),
      [],
    )
    .option('--runs <count>', 'measured rounds, where a case does not make fewer', positive, 9)
    .option('--json <file>', 'also write every sample to this file')
    .addOption(
      new Option('--clock <name>', 'wall, or the CPU time of the main thread (Linux, not in Chromium)')
        .choices(['wall', 'cpu'])
        .default('wall'),
    )
    .option('--quick', 'small sizes and few rounds: to see that it works, not to quote', false)
    .option(
      '--profile [file]',
      'profile one case of one subject instead (the first ones chosen) and print where the time went; the file takes the .cpuprofile',
    )
    .option('--top <count>', 'rows of the profile', positive, 30)
    .parse(argv)
    .opts();
}

function list(flags, description, known) {
  return new Option(flags, `${description}, separated by commas`)
    .default(known, known.join(','))
    .argParser((text) => {
      const chosen = text.split(',');
      for (const name of chosen) {
        if (!known.includes(name)) {
          throw new InvalidArgumentError(`expected some of ${known.join(', ')}, got ${JSON.stringify(name)}`);
        }
      }
      return chosen;
    });
}

function positive(text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new InvalidArgumentError(`expected a whole number from 1, got ${JSON.stringify(text)}`);
  }
  return value;
}

// Loads the addon by itself and works it until somebody ends this worker.
//
// First it makes an engine heavy, so that one that was not freed would show; then it rings without end, with
// words that mean nothing as often as not. Every content of the mailbox must be survived.
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { randomFrom } from './random.mjs';

const { addon, constants: constantsFile, seed, tasks } = workerData;
const require = createRequire(import.meta.url);
const constants = require(constantsFile);
const random = randomFrom(seed);

// The second of an environment is independent of the first; dropping it lets the collector free it.
open().doorbell();
const { words, doorbell } = open();

append([constants.COMMAND_OPEN, 0, 1, constants.NONE, ...[0, 1, 2, 3].map(() => constants.NONE)]);
for (let handle = 0; handle < tasks; handle++) append([constants.COMMAND_SUBMIT, handle]);
append([constants.COMMAND_QUERY, 0]);
ring();
if (words[constants.HEADER_QUEUED] !== tasks - 1) throw new Error('the engine did not take its tasks');
parentPort.postMessage('heavy');

for (;;) {
  for (let turn = 0; turn < 100; turn++) {
    const length = random.below(64);
    for (let at = 0; at < length; at++) {
      const code = 1 + random.below(constants.COMMAND_ABORT);
      words[constants.COMMANDS_AT + at] = random.below(2) ? (random.below(3) << 8) | code : random.word();
    }
    words[constants.HEADER_COMMANDS] = random.below(100) ? length : random.word();
    words[constants.HEADER_NOW + random.below(2)] = random.word();
    ring();
    if (words[constants.HEADER_FAULT] === constants.FAULT_PANIC) throw new Error('the engine panicked');
  }
  parentPort.postMessage('busy');
}

function open() {
  const { memory, doorbell } = require(addon).open();
  return { words: new Uint32Array(memory), doorbell };
}

function append(command) {
  if (words[constants.HEADER_COMMANDS] + command.length > constants.COMMAND_WORDS) ring();
  words.set(command, constants.COMMANDS_AT + words[constants.HEADER_COMMANDS]);
  words[constants.HEADER_COMMANDS] += command.length;
}

function ring() {
  words[constants.HEADER_STARTS] = 1;
  doorbell();
}

// What is said about limiters whose tasks start when their owner says so: they are paused for good.
import * as mailbox from '../engine/mailbox.gen.js';
import type { Host } from './host.js';
import type { Slottable } from './residents.js';

/** A number as its bits, the high half first to be looked at as signed. */
const float = new Float64Array(1);
const halves = new Int32Array(float.buffer);

/** Has the place of a task that was taken back, until the engine has heard of it. */
const GONE: Slottable = { start() {}, reject() {}, cancelReason() {} };

/** A priority as it counts: zero has one sign, and what is no number is the highest. */
export function rank(priority: number): number {
  return Number.isNaN(priority) ? Number.POSITIVE_INFINITY : priority + 0;
}

/** Enters a resident by any number as its priority. Taken with the next turn. Tells its handle. */
export function submitRanked(
  host: Host,
  limiter: number,
  resident: Slottable,
  parent: number | undefined,
  priority: number,
): number {
  const handle = host.register(resident);
  const at = host.append(mailbox.COMMAND_SUBMIT_RANKED | (limiter << 8), handle, 5);
  host.words[at + 2] = parent ?? mailbox.NONE;
  // As a whole number of 64 bits that is in the same order.
  float[0] = rank(priority);
  const sign = (halves[1] as number) >> 31;
  host.words[at + 3] = (halves[0] as number) ^ sign;
  host.words[at + 4] = (halves[1] as number) ^ (sign & 0x7fffffff);
  return handle;
}

/** Starts the next one of a limiter that is paused, if there is one and a slot for it, before this returns. */
export function startNext(host: Host, limiter: number): void {
  host.append(mailbox.COMMAND_NEXT, limiter);
  host.turn(0);
}

/** Who is the next of those who wait in a limiter. */
export function first(host: Host, limiter: number): object | undefined {
  host.append(mailbox.COMMAND_FIRST, limiter);
  host.exchange();
  const first = host.words[mailbox.HEADER_FIRST] as number;
  return first === mailbox.NONE ? undefined : host.residents.get(first);
}

/** A task that waits is cancelled, and is not told. Taken with the next turn. */
export function withdraw(host: Host, handle: number): void {
  host.residents.put(handle, GONE);
  host.append(mailbox.COMMAND_CANCEL, handle);
}

/**
 * Nobody can reach a limiter any more, nor start those who wait in it, nor end those who run, whose functions come to
 * nothing that anybody waits for: they are forgotten with it.
 */
export function drop(host: Host, limiter: number, running: Iterable<{ readonly handle: number }>): void {
  host.append(mailbox.COMMAND_CLEAR, limiter);
  for (const { handle } of running) {
    host.residents.remove(handle);
    host.append(mailbox.COMMAND_COMPLETE, handle);
  }
  host.free(limiter);
}

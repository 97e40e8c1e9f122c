// What is said about keys: the fairness classes inside a limiter.
import * as mailbox from '../engine/mailbox.gen.js';
import { type RateRule, writeRate } from './capacity-commands.js';
import type { Host } from './host.js';

const NONE = mailbox.NONE;

/** The keys of a limiter, and the numbers by which the engine knows them. */
export interface KeyNumbers {
  /** The number of a key that has something to do. */
  find(key: unknown): number | undefined;
  /** A number for one that has none, and weighs so much. */
  add(key: unknown, weight: number): number;
}

/** A key of a limiter, known there or not. */
export interface Keyed {
  readonly keys: KeyNumbers;
  readonly key: unknown;
  /** Its share. */
  readonly weight: number;
}

/**
 * Makes place for a command of so many words about a key: tells where it goes, and the number of the key. Before it, in
 * one piece, stands what the key weighs, if the engine has not heard of that.
 */
export function appendAbout(
  host: Host,
  limiter: number,
  { keys, key, weight }: Keyed,
  length: number,
): { at: number; number: number } {
  // A turn that makes room may bring the key to rest, so that its number is another's: it is looked up when there is room.
  host.reserve();
  const known = keys.find(key);
  const number = known ?? keys.add(key, weight);
  const isWeighed = known === undefined && weight !== 1;
  const at = host.append(mailbox.COMMAND_SET_KEY | (limiter << 8), number, isWeighed ? 3 + length : length);
  if (!isWeighed) return { at, number };
  host.words[at + 2] = weight;
  return { at: at + 3, number };
}

/** Starts nothing of a key for a span, or of the tasks without one. */
export function holdKey(host: Host, limiter: number, keyed: Keyed | undefined, ms: number): void {
  const { at, number } =
    keyed === undefined
      ? { at: host.append(mailbox.COMMAND_HOLD_KEY, NONE, 4), number: NONE }
      : appendAbout(host, limiter, keyed, 4);
  host.words[at] = mailbox.COMMAND_HOLD_KEY | (limiter << 8);
  host.words[at + 1] = number;
  host.writeSpan(at + 2, ms);
  host.flush();
}

/** What each key of a limiter may have; all bits set for no limit. */
export function setPerKey(host: Host, limiter: number, concurrency: number, maxQueue: number): void {
  const at = host.append(mailbox.COMMAND_SET_PER_KEY, limiter, 4);
  host.words[at + 2] = concurrency;
  host.words[at + 3] = maxQueue;
}

/** A rule for the rate that each key of a limiter has for itself. */
export function setPerKeyRate(host: Host, limiter: number, nth: number, rule: RateRule | undefined): void {
  writeRate(host, mailbox.COMMAND_SET_PER_KEY_RATE, limiter, nth, rule);
}

import * as mailbox from '../engine/mailbox.gen.js';
import type { OpenOptions } from './commands.js';
import type { Host } from './host.js';
import { appendAbout, type Keyed } from './key-commands.js';
import type { LimiterLedger, Slottable } from './residents.js';

const NONE = mailbox.NONE;

const SCOPES = {
  self: mailbox.SCOPE_OWN,
  parent: mailbox.SCOPE_PARENT,
  root: mailbox.SCOPE_ROOT,
} as const;

/** What a task takes that is not one slot in its turn. */
export interface Load {
  /** Slots. Default 1. */
  readonly weight?: number | undefined;
  /** Default 0. */
  readonly priority?: number | undefined;
  /** Units of resources by their numbers. Default: one of the first. */
  readonly costs?: readonly (readonly [resource: number, units: number])[] | undefined;
  /** Its fairness class. Default: that of all without one. */
  readonly keyed?: Keyed | undefined;
}

/** A rule for the rate of a limiter. */
export interface RateRule {
  readonly limit: number;
  /** In milliseconds. */
  readonly interval: number;
  readonly shape: 'burst' | 'smooth';
  readonly at: 'start' | 'end' | 'both';
  /** The number of the resource. */
  readonly nth: number;
}

/** What makes a limiter more than a row of slots. */
export interface Place {
  readonly parent: number | undefined;
  readonly bypass: number;
  /** In milliseconds. */
  readonly ageing: number;
}

/** Opens a limiter that has a place in a tree, or an order of its own. */
export function openWhole(host: Host, record: LimiterLedger, options: OpenOptions, place: Place): number {
  const limiter = host.limiters.add(record);
  const at = host.writeOpening(mailbox.COMMAND_OPEN_FULL, limiter, options, 12);
  host.words[at + 8] = place.parent ?? NONE;
  host.words[at + 9] = place.bypass;
  host.writeSpan(at + 10, place.ageing);
  return limiter;
}

/** Enters a resident and submits it, with wishes and what it takes. Tells its handle. */
export function submitLoad(
  host: Host,
  limiter: number,
  resident: Slottable,
  signal: number | undefined,
  parent: number | undefined,
  queueTimeout: number | undefined,
  runTimeout: number | undefined,
  { weight = 1, priority = 0, costs, keyed }: Load,
): number {
  const handle = host.register(resident);
  if (costs !== undefined) {
    for (const [resource, units] of costs) writeCost(host, mailbox.COMMAND_COST, handle, resource, units);
  }
  let at: number;
  if (keyed === undefined) {
    at = host.append(mailbox.COMMAND_SUBMIT_FULL | (limiter << 8), handle, 10);
  } else {
    const about = appendAbout(host, limiter, keyed, 11);
    at = about.at;
    host.words[at] = mailbox.COMMAND_SUBMIT_KEYED | (limiter << 8);
    host.words[at + 1] = handle;
    host.words[at + 10] = about.number;
  }
  host.writeWishes(at, signal, parent, queueTimeout, runTimeout);
  host.words[at + 8] = weight;
  host.words[at + 9] = priority;
  return handle;
}

/** Another rule for the rate of a limiter, in the place of the nth; `undefined` for none. Taken by the end of the tick. */
export function setRate(host: Host, limiter: number, nth: number, rule: RateRule | undefined): void {
  writeRate(host, mailbox.COMMAND_SET_RATE, limiter, nth, rule);
}

/** The same as one of the commands that set a rate. */
export function writeRate(
  host: Host,
  command: number,
  limiter: number,
  nth: number,
  rule: RateRule | undefined,
): void {
  let flags = nth;
  if (rule !== undefined) {
    flags |= rule.nth << mailbox.RATE_RESOURCE_SHIFT;
    if (rule.shape === 'smooth') flags |= mailbox.RATE_SMOOTH;
    if (rule.at === 'end') flags |= mailbox.RATE_AT_END;
    if (rule.at === 'both') flags |= mailbox.RATE_AT_BOTH;
  }
  const at = host.append(command | (flags << 8), limiter, 6);
  if (rule === undefined) {
    host.words[at + 2] = NONE;
    host.words[at + 3] = NONE;
  } else {
    host.writeWide(at + 2, rule.limit);
  }
  host.writeSpan(at + 4, rule?.interval);
}

/** What a task that runs costs in truth. */
export function settleCost(host: Host, handle: number, costs: Load['costs']): void {
  for (const [resource, units] of costs ?? [])
    writeCost(host, mailbox.COMMAND_SETTLE_COST, handle, resource, units);
  host.flush();
}

function writeCost(host: Host, command: number, handle: number, resource: number, units: number): void {
  const at = host.append(command | (resource << 8), handle, 4);
  host.writeWide(at + 2, units);
}

/** Puts a limiter under another one, or under none. */
export function move(host: Host, limiter: number, parent: number | undefined): void {
  const at = host.append(mailbox.COMMAND_MOVE, limiter, 3);
  host.words[at + 2] = parent ?? NONE;
  host.turn(0);
}

/** Another priority for a task, which counts if it waits. */
export function reprioritize(host: Host, handle: number, priority: number): void {
  const at = host.append(mailbox.COMMAND_REPRIORITIZE, handle, 3);
  host.words[at + 2] = priority;
  host.turn(0);
}

/** What a task waits for, one of the BLOCK numbers, and the number of the limiter; `undefined` if it does not. */
export function blockedBy(host: Host, handle: number): { limiter: number; block: number } | undefined {
  host.append(mailbox.COMMAND_BLOCKED_BY, handle);
  host.exchange();
  const block = host.words[mailbox.HEADER_BLOCK] as number;
  return block === 0 ? undefined : { limiter: host.words[mailbox.HEADER_BLOCKED_BY] as number, block };
}

/** Starts nothing in a limiter, or one above it, for a span; then spreads those who wait. */
export function holdBack(
  host: Host,
  limiter: number,
  scope: keyof typeof SCOPES,
  ms: number,
  spread: number,
): void {
  const at = host.append(mailbox.COMMAND_HOLD_BACK | (SCOPES[scope] << 8), limiter, 6);
  host.writeSpan(at + 2, ms);
  host.writeSpan(at + 4, spread);
  host.flush();
}

/** Turns new tasks away that would probably wait for longer. */
export function setMaxWait(host: Host, limiter: number, ms: number): void {
  const at = host.append(mailbox.COMMAND_SET_MAX_WAIT, limiter, 4);
  host.writeSpan(at + 2, ms);
}

/** Asks what a limiter knows of times, which it keeps from the first time on. The answer is in {@link floatAt}. */
export function askStats(host: Host, limiter: number): void {
  host.append(mailbox.COMMAND_ENABLE_STATS, limiter);
  host.append(mailbox.COMMAND_QUERY_STATS, limiter);
  host.exchange();
}

/** A float of the last answer. */
export function floatAt(host: Host, header: number): number {
  return host.floats[header / 2] as number;
}

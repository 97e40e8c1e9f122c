// What is said about buffers. None of it depends on the time.
import * as mailbox from '../engine/mailbox.gen.js';
import type { Host } from './host.js';
import type { Buffered } from './residents.js';

const NONE = mailbox.NONE;
const COMMAND_PUSH = mailbox.COMMAND_PUSH;
const COMMAND_PUSH_NOW = mailbox.COMMAND_PUSH_NOW;
const COMMAND_PULL = mailbox.COMMAND_PULL;
const COMMAND_MOVED = mailbox.COMMAND_MOVED;

const ORDERS = { fifo: 0, lifo: mailbox.BUFFER_LIFO, priority: mailbox.BUFFER_RANKED } as const;

const OVERFLOWS = {
  suspend: mailbox.BUFFER_SUSPEND,
  'drop-oldest': mailbox.BUFFER_DROP_OLDEST,
  'drop-newest': mailbox.BUFFER_REFUSE,
  error: mailbox.BUFFER_REFUSE,
  conflate: mailbox.BUFFER_CONFLATE,
} as const;

/** How a buffer is. */
export interface OpenBufferOptions {
  /** In units. */
  readonly capacity: number;
  readonly order: keyof typeof ORDERS;
  readonly overflow: keyof typeof OVERFLOWS;
  /** Whether the host counts as long as nobody waits. */
  readonly counted: boolean;
}

/** A new buffer. Gives its handle. */
export function openBuffer(host: Host, buffer: Buffered, options: OpenBufferOptions): number {
  const handle = host.register(buffer);
  const { capacity, order, overflow, counted } = options;
  let flags = ORDERS[order] | (OVERFLOWS[overflow] << mailbox.BUFFER_OVERFLOW_SHIFT);
  if (counted) flags |= mailbox.BUFFER_COUNTED;
  const at = host.appendUntimed(mailbox.COMMAND_OPEN_BUFFER | (flags << 8), handle, 3);
  host.words[at + 2] = Math.min(capacity, NONE);
  return handle;
}

/** Nobody can reach it any more. */
export function freeBuffer(host: Host, handle: number): void {
  host.residents.remove(handle);
  host.appendUntimed(mailbox.COMMAND_FREE_BUFFER, handle);
  host.flush();
}

/** Somebody brings a value, and waits for room or not. */
export function push(
  host: Host,
  handle: number,
  seat: number,
  waits: boolean,
  slot: number,
  weight: number,
  rank: number,
): void {
  const at = host.appendUntimed((waits ? COMMAND_PUSH : COMMAND_PUSH_NOW) | (seat << 8), handle, 5);
  const { words } = host;
  words[at + 2] = slot;
  words[at + 3] = weight;
  words[at + 4] = rank;
}

/** Somebody waits for a value. */
export function pull(host: Host, handle: number, seat: number): void {
  host.appendUntimed(COMMAND_PULL | (seat << 8), handle);
}

/** Somebody takes up to so many values that are there. */
export function take(host: Host, handle: number, count: number): void {
  const at = host.appendUntimed(mailbox.COMMAND_TAKE, handle, 3);
  host.words[at + 2] = Math.min(count, NONE);
}

/** Somebody waits for room. */
export function awaitRoom(host: Host, handle: number, seat: number): void {
  host.appendUntimed(mailbox.COMMAND_AWAIT_ROOM | (seat << 8), handle);
}

/** How many more values there are than the engine knows; fewer, if that is below zero. */
export function moved(host: Host, handle: number, more: number): void {
  const at = host.appendUntimed(COMMAND_MOVED, handle, 4);
  const { words } = host;
  words[at + 2] = Math.max(more, 0);
  words[at + 3] = Math.max(-more, 0);
}

/** Somebody does not wait any more. */
export function leave(host: Host, handle: number, seat: number): void {
  host.appendUntimed(mailbox.COMMAND_LEAVE | (seat << 8), handle);
}

/** Nothing more comes in. */
export function end(host: Host, handle: number): void {
  host.appendUntimed(mailbox.COMMAND_END_BUFFER, handle);
}

/** Nothing comes out any more either. */
export function abandon(host: Host, handle: number): void {
  host.appendUntimed(mailbox.COMMAND_ABANDON_BUFFER, handle);
}

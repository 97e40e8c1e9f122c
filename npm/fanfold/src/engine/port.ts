/**
 * What the rest of the library sees of an engine: one block of memory that both sides read and write, and
 * a doorbell. Which engine is behind it makes no difference to the effects.
 */
export interface Port {
  /** Which engine this is. */
  readonly backend: 'native' | 'wasm';
  /**
   * The buffer that the mailbox lies in. The one of WebAssembly is replaced by another when the memory
   * grows, which a doorbell may do, and every view on the old one is then empty: compare after a doorbell,
   * and take the views anew where it has changed.
   */
  readonly memory: ArrayBufferLike;
  /** Where the mailbox begins in `memory`. Never changes. */
  readonly byteOffset: number;
  /**
   * One turn: the engine takes all commands and writes its effects. Never throws. After a fault of the
   * engine it only says so again, in the header.
   */
  doorbell(): void;
  /** What the engine died of, where that is known; for the `cause` of an error. */
  readonly fault?: unknown;
}

/** There was no room for a value in a buffer with `overflow: 'error'`; code `FANFOLD_BUFFER_FULL`. */
export class BufferFullError extends Error {
  override readonly name = 'BufferFullError';
  /** Stable, for programs. */
  readonly code = 'FANFOLD_BUFFER_FULL';
  /** Name of the buffer. */
  readonly buffer: string;
  /** How much it holds, in units. */
  readonly capacity: number;

  constructor(buffer: string, capacity: number) {
    super(`Buffer "${buffer}" is full (capacity: ${capacity}), and has overflow: 'error'`);
    this.buffer = buffer;
    this.capacity = capacity;
  }
}

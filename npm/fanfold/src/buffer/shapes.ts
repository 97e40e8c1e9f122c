import type { BufferCore } from './core.js';
import { CountedCore } from './counted.js';
import { bufferPlan } from './options.js';
import { Sink } from './sink.js';
import { SlottedCore } from './slotted.js';
import { Source } from './source.js';
import { Waiter } from './waiter.js';

const kept: { counted?: unknown; slotted?: unknown } = {};

/**
 * Keeps an empty buffer of this kind. As with tasks: V8 forgets the shapes of objects that are all gone, and after a few
 * times what it has compiled for each of them is a lookup for any shape, which is half as fast from then on.
 */
export function keepBufferShapes(isPlain: boolean): void {
  if (isPlain) kept.counted ??= ends(new CountedCore(bufferPlan({ capacity: 0 })));
  else kept.slotted ??= ends(new SlottedCore(bufferPlan({ capacity: 0, order: 'priority' })));
}

function ends<T>(core: BufferCore<T>): unknown {
  return [new Sink(core), new Source(core), new Waiter('pull', undefined)];
}

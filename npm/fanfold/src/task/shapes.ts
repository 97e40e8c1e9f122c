import { Task } from './task.js';

const kept: object[] = [];
const nothing = (): void => {};

/**
 * Keeps one task. When the last object of a shape is collected V8 forgets the shape, and with it the code that it has
 * optimised for it: a program whose limiters have nothing to do while its heap is collected would begin again in the
 * interpreter each time.
 */
export function keepShapes(): void {
  if (kept.length === 0) kept.push(new Task(nothing, undefined, nothing));
}

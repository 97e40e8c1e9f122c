let last = 0;

/** The number of another task, from 1 up: each has its own in the whole process. */
export function nextTaskId(): number {
  return ++last;
}

/** How every iterator here says that it is at its end. One for all, so nobody may change it. */
export const DONE: IteratorReturnResult<undefined> = Object.freeze({ value: undefined, done: true });

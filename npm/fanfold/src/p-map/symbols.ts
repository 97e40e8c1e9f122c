/** What a mapper returns to leave its item out of the results. */
export const pMapSkip: unique symbol = Symbol('skip');

/** What a mapper returns to end the mapping before its item, as `break` ends a loop. */
export const pMapStop: unique symbol = Symbol('stop');

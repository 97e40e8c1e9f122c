/** What a mapper returns to leave its item out of the results. */
export const skip: unique symbol = Symbol('fanfold.skip');

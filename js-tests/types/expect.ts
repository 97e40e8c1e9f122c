/** True for types that are the same and not only assignable to each other. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Fails to compile unless the value's type is exactly this one. */
export function exactly<Expected>() {
  return <Got>(
    _value: Got,
    ..._proof: Same<Got, Expected> extends true ? [] : [expected: Expected, got: Got]
  ): void => {};
}

/** Fails to compile unless the type is `true`. */
export type Holds<T extends true> = T;

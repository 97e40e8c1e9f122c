/** Numbers that a seed repeats (xorshift, 32 bits). */
export function randomFrom(seed) {
  let state = seed >>> 0 || 1;
  const word = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
  return { word, below: (limit) => word() % limit };
}

// Loaded first (`--require`), so that the library meets a runtime without `using`, as browsers were until 2025.
// The two symbols cannot be deleted, so a `Symbol` without them takes the place.
const native = globalThis.Symbol;
const { dispose, asyncDispose, ...rest } = Object.getOwnPropertyDescriptors(native);
globalThis.Symbol = Object.defineProperties((description) => native(description), rest);

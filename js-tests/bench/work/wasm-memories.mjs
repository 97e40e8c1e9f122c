/**
 * Remembers every linear memory that a wasm module exports from now on, so that its size can be read: the
 * JavaScript engine's own figures do not count it. Call it before the module is instantiated.
 * @returns {() => number} bytes of all memories seen
 */
export function watchWasmMemories() {
  const memories = new Set();
  const remember = (instance) => {
    for (const value of Object.values(instance.exports)) {
      if (value instanceof WebAssembly.Memory) memories.add(value);
    }
    return instance;
  };
  WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
    construct: (target, given) => remember(Reflect.construct(target, given)),
  });
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (...given) => {
    const made = await instantiate(...given);
    remember(made.instance ?? made);
    return made;
  };
  return () => {
    let bytes = 0;
    for (const memory of memories) bytes += memory.buffer.byteLength;
    return bytes;
  };
}

/**
 * Whether the place counts linear memories as memory outside the heap: some versions of V8 do, some do not.
 * Asked by making one.
 * @param {() => number | Promise<number>} readExternal
 */
export async function countsLinearMemory(readExternal) {
  const size = 16 * 1024 * 1024;
  const before = await readExternal();
  const memory = new WebAssembly.Memory({ initial: size / 65_536 });
  const grown = (await readExternal()) - before;
  return grown > memory.buffer.byteLength / 2;
}

// Without the WebAssembly engine inside: the caller supplies it.
export * from './api.js';
export { backendInfo, useWasm } from './engine/select.js';
export type { WasmSource } from './engine/wasm.js';

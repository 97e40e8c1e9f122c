// Without the WebAssembly engine inside: the caller supplies it.
export * from './api.ts';
export { backendInfo, useWasm } from './engine/select.ts';
export type { WasmSource } from './engine/wasm.ts';

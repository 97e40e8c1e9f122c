import { FAULT_PANIC, HEADER_FAULT } from './mailbox.gen.js';
import type { Port } from './port.js';

/**
 * The module of crates/wasm: its bytes (an `ArrayBuffer` or a view on one), or a `WebAssembly.Module` compiled
 * already. That one is any object to the types, so that a project without the library `dom` can use them.
 */
export type WasmSource = ArrayBuffer | ArrayBufferView | object;

/** What the module exports. It imports nothing, so nothing is generated to go with it. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  open(): number;
  doorbell(): void;
}

/** Instantiates the module synchronously and makes its mailbox. */
export function openWasm(source: WasmSource): Port {
  const module = isModule(source) ? source : new WebAssembly.Module(source as BufferSource);
  return new WasmPort(new WebAssembly.Instance(module).exports as unknown as Exports);
}

/**
 * Whether it is a compiled module, also one of another realm.
 *
 * @internal
 */
export function isModule(source: unknown): source is WebAssembly.Module {
  return Object.prototype.toString.call(source) === '[object WebAssembly.Module]';
}

class WasmPort implements Port {
  readonly backend = 'wasm';
  readonly byteOffset: number;
  readonly #memory: WebAssembly.Memory;
  readonly #ring: () => void;
  #fault: unknown;
  #faulted = false;

  constructor(exports: Exports) {
    this.#memory = exports.memory;
    this.#ring = exports.doorbell;
    // Rust hands out an address, which is unsigned; WebAssembly's integers arrive signed.
    this.byteOffset = exports.open() >>> 0;
  }

  get memory(): ArrayBuffer {
    return this.#memory.buffer;
  }

  get fault(): unknown {
    return this.#fault;
  }

  doorbell(): void {
    if (!this.#faulted) {
      try {
        this.#ring();
        return;
      } catch (trap) {
        // A panic, memory that cannot grow, a stack that is full: the engine stopped half way and is not
        // entered again.
        this.#faulted = true;
        this.#fault = trap;
      }
    }
    new Uint32Array(this.#memory.buffer, this.byteOffset)[HEADER_FAULT] = FAULT_PANIC;
  }
}

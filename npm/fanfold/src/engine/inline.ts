// Imported for its effect by the entries that need all that a limiter can do, so that only those carry the bytes.
// `fanfold/slim` carries none.
import { provideWasm } from './select.js';
import { unpack } from './unpack.js';
import { digits, length, marks, text } from './wasm-bytes.gen.js';

provideWasm('fanfold.wasm (inlined)', () => unpack(text, length, digits, marks));

// Imported for its effect by every entry but `fanfold/slim`, so that only those carry the bytes.
import { provideWasm } from './select.js';
import { unpack } from './unpack.js';
import { digits, length, marks, text } from './wasm-bytes.gen.js';

provideWasm('fanfold.wasm (inlined)', () => unpack(text, length, digits, marks));

// Imported for its effect by drop-ins that need nothing but slots: the engine without trees, weights, priorities and
// rates, at less than half the size. Where a program brings the whole one too, that one serves all.
import { providePlainWasm } from './select.js';
import { unpack } from './unpack.js';
import { digits, length, marks, text } from './wasm-plain-bytes.gen.js';

providePlainWasm('fanfold.wasm (inlined, plain)', () => unpack(text, length, digits, marks));

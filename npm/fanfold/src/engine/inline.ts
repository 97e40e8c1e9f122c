// Imported for its effect by every entry but `fanfold/slim`, so that only those carry the bytes.
import { provideWasm } from './select.ts';
import { unpack } from './unpack.ts';
import { digits, length, marks, text } from './wasm-bytes.gen.js.ts';

provideWasm('fanfold.wasm (inlined)', () => unpack(text, length, digits, marks));

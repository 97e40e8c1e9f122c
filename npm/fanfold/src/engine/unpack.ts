/**
 * Bytes from the text that `cargo xtask wasm` packs them into (crates/xtask/src/pack.rs says why not base64).
 * A digit stands for a byte of the first page; a mark before it moves it to a later page.
 */
export function unpack(text: string, length: number, digits: string, marks: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  let page = 0;
  for (const character of text) {
    const digit = digits.indexOf(character);
    if (digit < 0) {
      page = (marks.indexOf(character) + 1) * digits.length;
    } else {
      bytes[at++] = page + digit;
      page = 0;
    }
  }
  return bytes;
}

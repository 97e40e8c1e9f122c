/**
 * Bytes from the text that `cargo xtask wasm` packs them into (crates/xtask/src/pack.rs says why not base64).
 * A digit stands for a byte of the first page; a mark before it moves it to a later page.
 */
export function unpack(text: string, length: number, digits: string, marks: string): Uint8Array<ArrayBuffer> {
  // What each character adds to a byte. This runs once, before anything is compiled: a table costs a few
  // milliseconds there, a search of the digits for every character three times as many. Marks sort after digits.
  const values = new Uint16Array(128);
  for (let digit = 0; digit < digits.length; digit++) values[digits.charCodeAt(digit)] = digit;
  const firstMark = marks.charCodeAt(0);
  for (let mark = 0; mark < marks.length; mark++) values[marks.charCodeAt(mark)] = (mark + 1) * digits.length;

  const bytes = new Uint8Array(length);
  let page = 0;
  for (let from = 0, at = 0; at < length; from++) {
    const code = text.charCodeAt(from);
    const value = values[code] as number;
    if (code >= firstMark) {
      page = value;
    } else {
      bytes[at++] = page + value;
      page = 0;
    }
  }
  return bytes;
}

// A part of the whole, drawn in so many characters.

/**
 * @param {number} fraction  from 0 to 1
 * @param {number} [width]
 */
export function bar(fraction, width = 24) {
  const full = Math.round(fraction * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** @param {number} fraction  from 0 to 1 */
export const percent = (fraction) => `${Math.floor(fraction * 100)}%`.padStart(4);

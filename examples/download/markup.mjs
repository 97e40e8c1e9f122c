// Building SVG and HTML as text, with every value escaped.

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

// Characters that XML 1.0 has no way to write; a file name or an error message may bring them along.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

/** @param {string} text */
export const escapeText = (text) =>
  text.replace(UNWRITABLE, '\uFFFD').replace(/[&<>"]/g, (sign) => ENTITIES[/** @type {'&'} */ (sign)]);

/** @param {string | number} value */
const attribute = (value) =>
  typeof value === 'number' ? String(Math.round(value * 100) / 100) : escapeText(value);

/**
 * An element. Strings among the children are markup already: pass text through `escapeText`.
 *
 * @param {string} name
 * @param {{ [name: string]: string | number | undefined }} [attributes]  undefined ones are left out
 * @param {...string} children
 * @returns {string}
 */
export function element(name, attributes = {}, ...children) {
  const written = Object.entries(attributes).map(([key, value]) =>
    value === undefined ? '' : ` ${key}="${attribute(value)}"`,
  );
  const open = `<${name}${written.join('')}`;
  return children.length === 0 ? `${open}/>` : `${open}>${children.join('')}</${name}>`;
}

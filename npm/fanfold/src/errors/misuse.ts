/** A value as an error message shows it. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return value.name === '' ? 'a function' : `function ${value.name}`;
  if (typeof value === 'object' && value !== null) {
    const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
    return Array.isArray(value)
      ? 'an array'
      : `an object (${typeof name === 'string' && name ? name : 'Object'})`;
  }
  return String(value);
}

/** The caller gave a value of the wrong type. */
export function wrongType(option: string, expected: string, got: unknown): TypeError {
  return new TypeError(`Expected \`${option}\` to be ${expected}, got ${show(got)}`);
}

/** The caller gave a value out of range. */
export function outOfRange(option: string, expected: string, got: unknown): RangeError {
  return new RangeError(`Expected \`${option}\` to be ${expected}, got ${show(got)}`);
}

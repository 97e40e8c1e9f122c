/** A readable form in which a value of one run equals the same value of another run. */
export function show(value: unknown): string {
  if (value instanceof Error || value instanceof DOMException) {
    const errors = value instanceof AggregateError ? ` of ${show(value.errors)}` : '';
    return `${value.constructor.name}(${value.name}: ${value.message})${errors}`;
  }
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${Array.from(value, show).join(', ')}]`;
  if (typeof value === 'function') return `function ${value.name}`;
  if (value instanceof Map) {
    return `Map{${Array.from(value, ([key, held]) => `${show(key)} => ${show(held)}`).join(', ')}}`;
  }
  if (typeof value === 'object' && value !== null) return showObject(value);
  return String(value);
}

/** A plain object with its keys in their order, whatever is in front of them: objects of other kinds by their tag. */
function showObject(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return Object.prototype.toString.call(value);
  const fields = Reflect.ownKeys(value).map((key) => {
    const descriptor = Object.getOwnPropertyDescriptor(value, key) as PropertyDescriptor;
    return `${String(key)}: ${'value' in descriptor ? show(descriptor.value) : 'accessor'}`;
  });
  return `${prototype === null ? 'bare ' : ''}{${fields.join(', ')}}`;
}

/** What reflection sees of an object's own properties: flags, kinds, and the values that are not objects. */
export function outline(target: object): Record<string, unknown> {
  const seen: Record<string, unknown> = {};
  for (const key of Reflect.ownKeys(target)) {
    const { value, get, set, ...flags } = Object.getOwnPropertyDescriptor(target, key)!;
    seen[String(key)] = {
      ...flags,
      kind: get || set ? `accessor get ${typeof get} set ${typeof set}` : typeof value,
      ...(typeof value === 'function' ? { length: value.length } : {}),
      ...(typeof value === 'string' || typeof value === 'number' ? { value } : {}),
    };
  }
  return seen;
}

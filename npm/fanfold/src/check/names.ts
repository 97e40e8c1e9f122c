import { wrongType } from '../errors/misuse.js';

/** The names of all options that there are, which the compiler compares with their type. */
export type Names<Options> = { readonly [Name in keyof Options]-?: true };

/**
 * Refuses what is no object, and options that do not exist: a misspelt one would do nothing without a word. Only in
 * plain objects, which are made to be options; others may have properties for whatever else they serve. What is
 * `undefined` counts as left out here too.
 *
 * @param where What stands before the names of options in messages, as `'retry.'` where they are an option themselves.
 * @throws TypeError naming the option.
 */
export function checkOptions<Options>(value: Options, names: Names<Options>, where = ''): void {
  if (typeof value !== 'object' || value === null) {
    throw wrongType(where === '' ? 'options' : where.slice(0, -1), 'an object', value);
  }
  for (const name in value) {
    if (!Object.hasOwn(names, name) && value[name] !== undefined && isPlain(value)) {
      throw unknown(name, Object.keys(names), where);
    }
  }
}

/** Whether it is of no class. Also of another realm, and without a prototype. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function unknown(name: string, names: readonly string[], where: string): TypeError {
  const nearest = nearestOf(name, names);
  const hint = nearest === undefined ? '' : `, did you mean \`${where}${nearest}\`?`;
  const known = names.map((one) => `\`${one}\``).join(', ');
  return new TypeError(`There is no option \`${where}${name}\`${hint || '.'} Known are ${known}`);
}

/** The name that is meant, if no more than a third of it is wrong. */
function nearestOf(name: string, names: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const one of names) {
    const edits = editsBetween(name.toLowerCase(), one.toLowerCase());
    if (edits >= least || edits * 3 > Math.max(name.length, one.length)) continue;
    nearest = one;
    least = edits;
  }
  return nearest;
}

/** How many letters have to be changed, added or taken away to make one of the other. */
function editsBetween(one: string, other: string): number {
  const counts = Array.from({ length: other.length + 1 }, (_, length) => length);
  [...one].forEach((letter, before) => {
    let diagonal = before;
    counts[0] = before + 1;
    for (let at = 1; at < counts.length; at++) {
      const changed = diagonal + (letter === other[at - 1] ? 0 : 1);
      diagonal = counts[at] as number;
      counts[at] = Math.min(diagonal + 1, (counts[at - 1] as number) + 1, changed);
    }
  });
  return counts[other.length] as number;
}

/** @param {readonly number[]} values */
export const median = (values) => quantile(values, 0.5);

/**
 * @param {readonly number[]} values
 * @param {number} at from 0 to 1
 */
export function quantile(values, at) {
  if (values.length === 0) return Number.NaN;
  const sorted = values.toSorted?.((a, b) => a - b) ?? [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * at;
  const below = Math.floor(place);
  const above = Math.ceil(place);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

/**
 * Middle half of what comes out when samples taken in the same round are compared.
 * @param {readonly number[]} left
 * @param {readonly number[]} right
 * @param {(left: number, right: number) => number} compare
 */
export function spreadWithin(left, right, compare) {
  const compared = [];
  for (let i = 0; i < Math.min(left.length, right.length); i++) compared.push(compare(left[i], right[i]));
  return [quantile(compared, 0.25), quantile(compared, 0.75)];
}

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
 * Middle half of the ratios of samples taken in the same round.
 * @param {readonly number[]} over
 * @param {readonly number[]} under
 */
export function spreadOfRatio(over, under) {
  const ratios = [];
  for (let i = 0; i < Math.min(over.length, under.length); i++) ratios.push(over[i] / under[i]);
  return [quantile(ratios, 0.25), quantile(ratios, 0.75)];
}

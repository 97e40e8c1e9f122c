/** Three significant digits below a thousand, whole numbers above. @param {number} value */
export function figure(value) {
  if (value === undefined || Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(size >= 10 ? 1 : 2);
}

/** @param {number} value */
export const times = (value) => `${figure(value)}×`;

// Computes one tile of the Mandelbrot set, in a worker: pure arithmetic that cannot be interrupted half-way.

/**
 * @typedef {object} Tile
 * @property {number} left  pixels in the picture
 * @property {number} top
 * @property {number} width
 * @property {number} height
 *
 * @typedef {object} View  which part of the plane the picture shows
 * @property {number} x  the real part at the left edge
 * @property {number} y  the imaginary part at the top edge
 * @property {number} scale  units of the plane per pixel
 */

const ITERATIONS = 900;
/** Samples per pixel in each direction, against ragged edges. */
const SAMPLES = 2;

/**
 * @param {Tile} tile
 * @param {View} view
 */
function compute({ left, top, width, height }, { x, y, scale }) {
  const pixels = new Uint8ClampedArray(width * height * 4);
  const step = 1 / SAMPLES;
  for (let pixel = 0; pixel < width * height; pixel++) {
    const column = left + (pixel % width);
    const row = top + Math.floor(pixel / width);
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let sample = 0; sample < SAMPLES * SAMPLES; sample++) {
      const real = x + (column + (sample % SAMPLES) * step) * scale;
      const imaginary = y + (row + Math.floor(sample / SAMPLES) * step) * scale;
      const escaped = escapeTime(real, imaginary);
      if (escaped === undefined) continue;
      // A cosine palette: dark blue at the rim, over teal and sand, round and round.
      const phase = 0.35 * Math.sqrt(escaped);
      red += 128 - 127 * Math.cos(phase);
      green += 128 - 127 * Math.cos(phase * 0.92 + 0.5);
      blue += 128 - 127 * Math.cos(phase * 0.8 + 1.3);
    }
    const share = 1 / (SAMPLES * SAMPLES);
    pixels.set([red * share, green * share, blue * share, 255], pixel * 4);
  }
  return pixels;
}

/**
 * After how many steps the point leaves the circle of radius 16, as a smooth number; undefined where it stays.
 *
 * @param {number} real
 * @param {number} imaginary
 */
function escapeTime(real, imaginary) {
  let a = 0;
  let b = 0;
  for (let step = 0; step < ITERATIONS; step++) {
    const square = a * a + b * b;
    if (square > 256) return step + 1 - Math.log2(Math.log2(square) / 2);
    [a, b] = [a * a - b * b + real, 2 * a * b + imaginary];
  }
  return undefined;
}

addEventListener('message', ({ data: { tile, view } }) => {
  const pixels = compute(tile, view);
  postMessage({ pixels }, { transfer: [pixels.buffer] });
});

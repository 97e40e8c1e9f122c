// A lane per slot that scrolls by: a bar per task, growing while it runs.

/**
 * @typedef {object} Bar
 * @property {number} lane
 * @property {number} start  milliseconds, as performance.now()
 * @property {number | undefined} calledOff  when its promise rejected, if it did
 * @property {number | undefined} end  when its slot was free again
 */

const WINDOW = 6000;
const LANE_HEIGHT = 22;

/** The lanes of one limiter: takes note of its tasks and draws them. */
export class Lanes {
  /** @type {Bar[]} */
  #bars = [];
  /** @type {boolean[]} */
  #taken = [];
  #canvas;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
  }

  /** How many tasks hold a slot at this moment. */
  get busy() {
    return this.#taken.filter(Boolean).length;
  }

  /** A task has its slot. */
  start() {
    const open = this.#taken.indexOf(false);
    const lane = open === -1 ? this.#taken.length : open;
    this.#taken[lane] = true;
    /** @type {Bar} */
    const bar = { lane, start: performance.now(), calledOff: undefined, end: undefined };
    this.#bars.push(bar);
    return bar;
  }

  /** @param {Bar} bar  its promise rejected, its function may still run */
  callOff(bar) {
    bar.calledOff = performance.now();
  }

  /** @param {Bar} bar  its slot is free again */
  finish(bar) {
    bar.end = performance.now();
    this.#taken[bar.lane] = false;
  }

  /** @param {number} slots */
  draw(slots) {
    const now = performance.now();
    const from = now - WINDOW;
    this.#bars = this.#bars.filter(({ end }) => end === undefined || end > from);

    const lanes = Math.max(slots, this.#taken.lastIndexOf(true) + 1);
    const { clientWidth: width } = this.#canvas;
    const ratio = window.devicePixelRatio;
    this.#canvas.style.height = `${lanes * LANE_HEIGHT}px`;
    this.#canvas.width = width * ratio;
    this.#canvas.height = lanes * LANE_HEIGHT * ratio;
    const context = this.#canvas.getContext('2d');
    if (!context) return;
    context.scale(ratio, ratio);

    const style = getComputedStyle(document.documentElement);
    const color = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`);
    const x = (/** @type {number} */ at) => Math.max(0, ((at - from) / WINDOW) * width);
    const paint = (
      /** @type {string} */ name,
      /** @type {number} */ lane,
      /** @type {number} */ left,
      /** @type {number} */ right,
    ) => {
      context.fillStyle = color(name);
      context.fillRect(left, lane * LANE_HEIGHT + 2, Math.max(1, right - left - 1), LANE_HEIGHT - 4);
    };

    for (let lane = 0; lane < lanes; lane++) paint('lane', lane, 0, width);
    for (const { lane, start, calledOff, end } of this.#bars) {
      paint(
        end === undefined || calledOff !== undefined ? 'running' : 'done',
        lane,
        x(start),
        x(calledOff ?? end ?? now),
      );
      if (calledOff !== undefined) paint('held', lane, x(calledOff), x(end ?? now));
    }
  }
}

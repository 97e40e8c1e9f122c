// Paints the Mandelbrot set tile by tile: a limiter decides which tiles are computed, workers compute them.

import { backend, ClearedError, createLimiter } from 'fanfold';
import { Lanes } from './lanes.mjs';
import { computeTile } from './workers.mjs';

const TILE = 64;
const WHOLE = { x: -2.35, y: -1.05, scale: 2.1 / 576 };

/** @type {<T extends Element>(id: string, kind: new () => T) => T} */
function find(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} with the id ${id}`);
  return /** @type {any} */ (found);
}

const canvas = find('picture', HTMLCanvasElement);
const slots = find('slots', HTMLInputElement);
const pause = find('pause', HTMLButtonElement);
const slotsValue = find('slots-value', HTMLOutputElement);
const counts = find('counts', HTMLOutputElement);
const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));

const limiter = createLimiter({ name: 'tiles', concurrency: slots.valueAsNumber });
const lanes = new Lanes(find('lanes', HTMLCanvasElement));

let view = WHOLE;
/** Calls off the tiles of the view that was left. */
let leave = new AbortController();
let painted = 0;
let mostBusy = 0;

/** The tiles of the picture, from its middle outwards. */
const tiles = Array.from({ length: (canvas.width / TILE) * (canvas.height / TILE) }, (_, index) => ({
  left: (index % (canvas.width / TILE)) * TILE,
  top: Math.floor(index / (canvas.width / TILE)) * TILE,
  width: TILE,
  height: TILE,
})).sort((one, other) => fromMiddle(one) - fromMiddle(other));

/** @param {import('./tile-worker.mjs').Tile} tile */
function fromMiddle({ left, top }) {
  return Math.hypot(left + TILE / 2 - canvas.width / 2, top + TILE / 2 - canvas.height / 2);
}

/** @param {import('./tile-worker.mjs').View} next */
function show(next) {
  leave.abort();
  leave = new AbortController();
  view = next;
  painted = 0;
  context.fillStyle = '#0b1020';
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (const tile of tiles) paint(tile, view, leave.signal);
}

/**
 * @param {import('./tile-worker.mjs').Tile} tile
 * @param {import('./tile-worker.mjs').View} from
 * @param {AbortSignal} signal
 */
async function paint(tile, from, signal) {
  try {
    const pixels = await limiter.run(
      async (task) => {
        const bar = lanes.start();
        mostBusy = Math.max(mostBusy, lanes.busy);
        task.signal.addEventListener('abort', () => lanes.callOff(bar), { once: true });
        try {
          return await computeTile(tile, from);
        } finally {
          lanes.finish(bar);
        }
      },
      { signal },
    );
    context.putImageData(new ImageData(pixels, tile.width, tile.height), tile.left, tile.top);
    painted++;
  } catch (error) {
    // A tile that is not wanted any more is no failure.
    if (!signal.aborted && !(error instanceof ClearedError)) throw error;
  }
}

canvas.addEventListener('click', (event) => {
  const box = canvas.getBoundingClientRect();
  const column = ((event.clientX - box.left) / box.width) * canvas.width;
  const row = ((event.clientY - box.top) / box.height) * canvas.height;
  const scale = view.scale / 3;
  show({
    x: view.x + column * view.scale - (canvas.width / 2) * scale,
    y: view.y + row * view.scale - (canvas.height / 2) * scale,
    scale,
  });
});

slots.addEventListener('input', () => {
  limiter.concurrency = slots.valueAsNumber;
  slotsValue.value = slots.value;
});

pause.addEventListener('click', () => {
  if (limiter.isPaused) limiter.resume();
  else limiter.pause();
  pause.textContent = limiter.isPaused ? 'Resume' : 'Pause';
});

find('clear', HTMLButtonElement).addEventListener('click', () => limiter.clear());
find('restart', HTMLButtonElement).addEventListener('click', () => show(WHOLE));

function frame() {
  lanes.draw(limiter.concurrency);
  const { active, queued } = limiter.stats();
  counts.value = `${active} running · ${queued} waiting · ${painted} of ${tiles.length} painted`;
  // The same figures for programs that look at the page.
  Object.assign(document.body.dataset, { painted, tiles: tiles.length, queued, active, mostBusy });
  requestAnimationFrame(frame);
}

find('backend', HTMLElement).textContent = backend;
show(WHOLE);
frame();

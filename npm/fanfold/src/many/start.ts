import { Lane } from './lane.js';
import { manyPlan } from './options.js';
import { AllValues, NoValues, SettledValues } from './results.js';
import { ItemRun } from './run.js';
import { type ItemSource, openSource } from './source.js';
import type { Sink, Work } from './work.js';

/** Begins work over many. What is decided without running anything is so when this returns. */
export function startWork(source: ItemSource, work: Work, sink: Sink): void {
  keepItemShapes();
  new ItemRun(source, work, sink).begin();
}

const kept: object[] = [];

/** Keeps one object of each class that an item passes through, for the reason that tasks are kept for. */
export function keepItemShapes(): void {
  if (kept.length > 0) return;
  for (const sink of [new AllValues(false), new NoValues(false), new SettledValues()]) {
    const plan = manyPlan('map', {}, 1);
    const run = new ItemRun(openSource([]), { fn: () => {}, tasks: false, need: 'all', plan }, sink);
    run.begin();
    kept.push(sink, new Lane(run), openSource(new Set()));
  }
}

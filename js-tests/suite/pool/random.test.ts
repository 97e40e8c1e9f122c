// Pools of tasks that do all that a task can do, in the hands of readers that do all that a reader can do: nothing is
// lost or doubled, no more run than may, what is given up ends, and all that is left behind is nothing.
import { describe } from 'vitest';
import { anyPool, PoolPlay } from '../support/pools.ts';
import { propertyTest } from '../support/seeds.ts';

describe('a pool', () => {
  propertyTest('of any tasks, whatever its reader does', anyPool, (plan) => new PoolPlay(plan).play(), {
    runs: 300,
  });
});

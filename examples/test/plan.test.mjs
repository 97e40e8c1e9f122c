// The misbehaviour of the local server: the same for the same seed, and never without one of its kinds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makePlan } from '../download/plan.mjs';
import { contents } from '../download/server.mjs';

test('a seed gives one plan and the same bytes every time', () => {
  const plan = makePlan({ seed: 7, jobs: 60, endless: 2 });
  assert.deepEqual(makePlan({ seed: 7, jobs: 60, endless: 2 }), plan);
  assert.notDeepEqual(makePlan({ seed: 8, jobs: 60, endless: 2 }), plan);
  assert.deepEqual(contents(plan[0]), contents(plan[0]));
  assert.notDeepEqual(contents({ ...plan[0], key: plan[0].key + 1 }), contents(plan[0]));
  assert.equal(contents(plan[0]).length, plan[0].size);
});

test('every kind of misbehaviour comes, and the endless ones in the number asked for', () => {
  for (let seed = 0; seed < 50; seed++) {
    const plan = makePlan({ seed, jobs: 20, endless: 3 });
    const count = (/** @type {string} */ kind) => plan.filter(({ behaviour }) => behaviour === kind).length;
    for (const kind of ['steady', 'slow', 'error', 'missing', 'reset', 'truncated', 'hang', 'stall']) {
      assert.ok(count(kind) >= 1, `seed ${seed} has no ${kind}`);
    }
    assert.equal(count('endless'), 3);
    assert.equal(new Set(plan.map(({ name }) => name)).size, 20);
  }
});

test('a plan may be as short as one file', () => {
  assert.equal(makePlan({ seed: 1, jobs: 1 }).length, 1);
  assert.equal(makePlan({ seed: 1, jobs: 1, endless: 1 })[0].behaviour, 'endless');
  assert.equal(
    makePlan({ seed: 1, jobs: 3, endless: 9 }).every(({ behaviour }) => behaviour === 'endless'),
    true,
  );
});

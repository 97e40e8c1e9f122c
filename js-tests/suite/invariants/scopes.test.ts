// Scopes, whatever their children do: a scope ends when all of them have ended and not before, with the first failure,
// and leaves nothing behind. A rejection that nobody handles would fail the whole run.
import { describe, expect, vi } from 'vitest';
import { useFakeTime } from '../support/fake-time.ts';
import { anyScope, ScopeWork } from '../support/scopes.ts';
import { propertyTest } from '../support/seeds.ts';

useFakeTime();

describe('scopes', () => {
  propertyTest(
    'end with all their children, tell the first failure and lose none, and leave nothing behind',
    anyScope,
    async (plan) => {
      const work = new ScopeWork(plan);
      await work.play();
      work.checkAtRest();
      work.checkOutcome();
      expect(vi.getTimerCount()).toBe(0);
    },
    { runs: 300 },
  );
});

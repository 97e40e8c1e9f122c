// How long those who share a limiter wait for each other, and what always holds of keys.
import { createLimiter, type Key, type Limiter, type PerKey, type TaskHandle } from 'fanfold';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { propertyTest } from '../support/seeds.ts';
import { settle } from '../support/turns.ts';

useFakeTime();

const after = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

describe('fairness', () => {
  /** How long tasks of each of three tenants waited at most, in milliseconds, where each runs for ten. */
  async function longestWaits(keyOf: (tenant: string, shard: number) => Key | undefined, perKey?: PerKey) {
    const limiter = createLimiter({ concurrency: 10, perKey });
    const longest: Record<string, number> = { flood: 0, single: 0, shards: 0 };
    const submit = (tenant: string, shard: number): Promise<void> => {
      const came = performance.now();
      return limiter.run(
        () => {
          longest[tenant] = Math.max(longest[tenant] ?? 0, performance.now() - came);
          return after(10);
        },
        { key: keyOf(tenant, shard) },
      );
    };
    for (let index = 0; index < 2000; index++) void submit('flood', 0);
    const singles = async () => {
      for (let index = 0; index < 10; index++) await submit('single', 0);
    };
    const single = singles();
    for (let shard = 0; shard < 1000; shard++) void submit('shards', shard);
    await elapse(10_000);
    await Promise.all([single, limiter.onIdle()]);
    return longest;
  }

  test('without keys one who asks for one thing at a time waits for the flood', async () => {
    const longest = await longestWaits(() => undefined);
    expect(longest.single).toBeGreaterThanOrEqual(1990);
    expect(longest.shards).toBeGreaterThanOrEqual(2990);
  });

  test('with a key for each tenant it is the next one, and the two others have half each', async () => {
    const longest = await longestWaits((tenant) => tenant);
    expect(longest.single).toBeLessThanOrEqual(20);
    // A thousand tasks at half the pace of a thousand a second.
    expect(longest.shards).toBeLessThanOrEqual(2050);
  });

  test('a tenant of a thousand keys has a thousand shares, unless weights say otherwise', async () => {
    const byShard = (tenant: string, shard: number) => (tenant === 'shards' ? shard : tenant);
    const equal = await longestWaits(byShard);
    // A round is a task of each key.
    expect(equal.single).toBeGreaterThanOrEqual(900);
    expect(equal.single).toBeLessThanOrEqual(1020);
    expect(equal.shards).toBeLessThanOrEqual(1020);
    const weighed = await longestWaits(byShard, { weight: (key) => (key === 'single' ? 1000 : 1) });
    expect(weighed.single).toBeLessThanOrEqual(1020);
  });
});

interface Step {
  readonly kind: 'submit' | 'end' | 'cancel';
  readonly key: number;
  readonly at: number;
}

describe('always', () => {
  const step = fc.record<Step>({
    kind: fc.constantFrom('submit', 'submit', 'submit', 'end', 'end', 'cancel'),
    key: fc.nat(4),
    at: fc.nat(20),
  });
  const plan = fc.record({
    concurrency: fc.integer({ min: 1, max: 5 }),
    ofKey: fc.integer({ min: 1, max: 4 }),
    steps: fc.array(step, { maxLength: 60 }),
  });

  propertyTest(
    'limits hold, nobody overtakes within a key, no slot is idle that somebody may have, and all settle',
    plan,
    async ({ concurrency, ofKey, steps }) => {
      const limiter: Limiter = createLimiter({ concurrency, perKey: { concurrency: ofKey } });
      const waiting: { key: number; number: number; handle: TaskHandle<void> }[] = [];
      const running: { key: number; end: () => void }[] = [];
      const results: Promise<unknown>[] = [];
      const count = (list: readonly { key: number }[], key: number) =>
        list.filter((one) => one.key === key).length;
      const submit = (key: number) => {
        const number = results.length;
        const handle = limiter.submit(
          () => {
            const place = waiting.findIndex((one) => one.number === number);
            expect(waiting.findIndex((one) => one.key === key)).toBe(place);
            waiting.splice(place, 1);
            return new Promise<void>((resolve) => running.push({ key, end: resolve }));
          },
          // The tasks without a key are as one that has one.
          { key: key === 0 ? undefined : key },
        );
        waiting.push({ key, number, handle });
        results.push(handle.result.catch(() => 'cancelled'));
      };
      for (const { kind, key, at } of steps) {
        if (kind === 'submit') submit(key);
        if (kind === 'end') running.splice(at, 1)[0]?.end();
        if (kind === 'cancel') waiting.splice(at, 1)[0]?.handle.cancel();
        await settle();
        expect(running.length).toBeLessThanOrEqual(concurrency);
        for (const one of [0, 1, 2, 3, 4]) {
          expect(count(running, one)).toBeLessThanOrEqual(ofKey);
          const mayGo = count(waiting, one) > 0 && count(running, one) < ofKey;
          expect(mayGo && running.length < concurrency).toBe(false);
        }
        expect([limiter.activeCount, limiter.pendingCount]).toEqual([running.length, waiting.length]);
      }
      while (running.length > 0) {
        for (const { end } of running.splice(0)) end();
        await settle();
      }
      expect(waiting).toEqual([]);
      await Promise.all(results);
    },
    { runs: 60 },
  );

  propertyTest(
    'of keys that wait none is served more than a task ahead of another',
    fc.array(fc.nat(5), { minLength: 2, maxLength: 80 }),
    async (keys) => {
      const limiter = createLimiter(1);
      const held = await limiter.acquire();
      const served = new Map<number, number>(keys.map((key) => [key, 0]));
      const left = new Map<number, number>();
      for (const key of keys) left.set(key, (left.get(key) ?? 0) + 1);
      const all = keys.map((key) =>
        limiter.run(
          async () => {
            served.set(key, (served.get(key) ?? 0) + 1);
            left.set(key, (left.get(key) ?? 0) - 1);
            const waits = [...served]
              .filter(([other]) => (left.get(other) ?? 0) > 0)
              .map(([, count]) => count);
            if (waits.length > 0) expect(Math.max(...waits) - Math.min(...waits)).toBeLessThanOrEqual(1);
          },
          { key },
        ),
      );
      held.release();
      await Promise.all(all);
    },
    { runs: 60 },
  );
});

// Capacity of limiters: what it infers, what it refuses.
import {
  type AdaptiveConcurrency,
  adaptive,
  type BlockedBy,
  type BreakerChange,
  BreakerOpenError,
  type BreakerOptions,
  type BreakerState,
  type BreakerStats,
  type CompleteRate,
  type Cost,
  createLimiter,
  createSemaphore,
  type Feedback,
  httpFeedback,
  type Key,
  type Limiter,
  map,
  type PerKey,
  type Rate,
  type TaskHandle,
  type TaskOptions,
  type VerdictError,
} from 'fanfold';
import { exactly } from './expect.ts';

const parent = createLimiter(30);
const rates: Rate[] = [
  { limit: 10, interval: 1000 },
  { limit: 100, interval: 60_000, shape: 'smooth', at: 'both', resource: 'tokens' },
];
const limiter = createLimiter({
  concurrency: 14,
  parent,
  order: 'priority',
  ageing: 1000,
  bypass: 0,
  rate: rates,
});
// @ts-expect-error a parent is a limiter
createLimiter({ concurrency: 1, parent: 'platform' });
// @ts-expect-error a rate has an interval
createLimiter({ concurrency: 1, rate: { limit: 1 } });
// @ts-expect-error no such word
createLimiter({ concurrency: 1, rate: { limit: 1, interval: 1, shape: 'round' } });
// @ts-expect-error no such option
createLimiter({ concurrency: 1, rate: { limit: 1, interval: 1, per: 1 } });

exactly<Limiter | undefined>()(limiter.parent);
limiter.parent = undefined;
limiter.parent = parent;
// @ts-expect-error a parent is a limiter
limiter.parent = 3;

exactly<readonly CompleteRate[]>()(limiter.rate);
limiter.rate = rates;
limiter.rate = { limit: 1, interval: 1 };
limiter.rate = undefined;

const handle = limiter.submit(async ({ settleCost }) => settleCost({ tokens: 12 }), {
  weight: 2,
  priority: -1,
  cost: { requests: 1, tokens: 500 },
});
exactly<TaskHandle<void>>()(handle);
exactly<number>()(handle.priority);
handle.priority = 5;
// @ts-expect-error a priority is a number
handle.priority = 'high';
exactly<BlockedBy | null>()(limiter.blockedBy(handle));
exactly<'concurrency' | 'weight' | 'rate' | 'paused' | 'key' | 'order' | 'breaker' | undefined>()(
  limiter.blockedBy(handle)?.reason,
);

const cost: Cost = { tokens: 3 };
void limiter.run(() => 1, { cost });
void limiter.acquire({ weight: 2, priority: 1, cost: 3 });
// @ts-expect-error units are numbers
void limiter.run(() => 1, { cost: { tokens: '3' } });
// @ts-expect-error a weight is a number
void limiter.run(() => 1, { weight: 'heavy' });

// Feedback.
exactly<Feedback>()(httpFeedback());
createLimiter({
  concurrency: 1,
  order: 'priority',
  overflow: 'drop-lowest',
  maxWait: 100,
  feedback: httpFeedback(),
});
createLimiter({ concurrency: 1, feedback: () => undefined });
createLimiter({ concurrency: 1, feedback: () => {} });
createLimiter({
  concurrency: 1,
  feedback: (outcome) => {
    exactly<'fulfilled' | 'rejected'>()(outcome.status);
    if (outcome.status === 'fulfilled') exactly<unknown>()(outcome.value);
    exactly<number>()(outcome.attempt);
    return { pauseFor: 100, scope: 'root', spread: 10, retry: false };
  },
});
createLimiter({ concurrency: 1, feedback: ({ key }) => ({ pauseFor: 1, scope: { key } }) });
createLimiter({ concurrency: 1, feedback: ({ key }) => ({ pauseFor: 1, scope: key }) });
createLimiter({ concurrency: 1, feedback: () => ({ pauseFor: 1, scope: 'tenant 7' }) });
// @ts-expect-error no such scope of a preset
httpFeedback({ scope: 'tenant 7' });

// Keys.
const perKey: PerKey = {
  concurrency: 2,
  maxQueue: 10,
  rate: { limit: 1, interval: 1000 },
  weight: (key) => (key === 'paying' ? 4 : 1),
};
// Whatever the keys are, in the caller's types.
const byTenant: PerKey = { weight: ({ isPaying }: { isPaying: boolean }) => (isPaying ? 4 : 1) };
const key: Key = { any: 'object' };
createLimiter({ concurrency: 8, perKey: byTenant }).run(() => 1, { key });
createLimiter({ concurrency: 8, perKey, feedback: httpFeedback({ scope: 'key' }) });
createSemaphore({ concurrency: 2, perKey: { maxQueue: 0 } });
// @ts-expect-error a count is a number
createLimiter({ concurrency: 8, perKey: { concurrency: '2' } });
// @ts-expect-error no such option
createLimiter({ concurrency: 8, perKey: { burst: 2 } });
// @ts-expect-error a weight is asked of a function
createLimiter({ concurrency: 8, perKey: { weight: 2 } });
for (const key of ['a', 1, 1n, true, Symbol('a'), {}, null, undefined, () => {}]) {
  void limiter.run(() => 1, { key });
  void limiter.acquire({ key });
}

// Breakers.
createLimiter({ concurrency: 1, breaker: { threshold: 5 } });
createLimiter({
  concurrency: 1,
  breaker: {
    threshold: { failureRate: 0.5, window: 10_000, minimum: 20 },
    halfOpenAfter: 1000,
    trials: 2,
    onStateChange: (change) => {
      exactly<BreakerChange>()(change);
      exactly<BreakerState>()(change.state);
      exactly<number | undefined>()(change.halfOpenAfter);
    },
  },
  isFailure: (outcome) => (outcome.status === 'rejected' ? undefined : false),
});
// @ts-expect-error it opens at something
createLimiter({ concurrency: 1, breaker: {} });
// @ts-expect-error a share is of a window
createLimiter({ concurrency: 1, breaker: { threshold: { failureRate: 0.5 } } });
// @ts-expect-error either in a row, or a share of a window
createLimiter({ concurrency: 1, breaker: { threshold: 5, window: 10 } });
// @ts-expect-error it is a boolean or nothing
createLimiter({ concurrency: 1, isFailure: () => 'yes' });
exactly<BreakerOptions | undefined>()(limiter.breaker);
limiter.breaker = { threshold: 3 };
limiter.breaker = undefined;
exactly<BreakerStats | undefined>()(limiter.stats().breaker);
exactly<'closed' | 'open' | 'half-open' | undefined>()(limiter.stats().breaker?.state);
declare const thrown: unknown;
if (thrown instanceof BreakerOpenError) {
  const verdict: VerdictError = thrown;
  const code: 'FANFOLD_BREAKER_OPEN' = thrown.code;
  void code;
  exactly<number>()(thrown.halfOpenAfterMs);
  exactly<string>()(verdict.limiter);
}

// Adaptive limits.
exactly<AdaptiveConcurrency>()(adaptive());
const found = createLimiter({ concurrency: adaptive({ min: 1, max: 50, initial: 5, algorithm: 'vegas' }) });
exactly<number>()(found.concurrency);
found.concurrency = 3;
found.concurrency = adaptive();
// @ts-expect-error no such algorithm
adaptive({ algorithm: 'newton' });
// @ts-expect-error work of its own has a number of slots
void map([1], (item) => item, { concurrency: adaptive() });

// Fallbacks: what a task's own gives is part of what it comes to.
const substituted = createLimiter({ concurrency: 1, fallback: () => null });
exactly<Promise<number>>()(substituted.run(() => 1));
exactly<Promise<number | string>>()(substituted.run(() => 1, { fallback: async () => 'x' }));
exactly<TaskHandle<number | null>>()(limiter.submit(() => 1, { fallback: () => null }));
exactly<Promise<number | boolean>>()(limiter.run(() => 1, { fallback: () => Math.random() > 0.5 }));
exactly<Promise<number>>()(limiter.run(() => 1, { fallback: false }));
const wishes: TaskOptions = { weight: 1 };
exactly<Promise<number>>()(limiter.run(() => 1, wishes));
void limiter.run(() => 1, {
  fallback: (error, info) => {
    exactly<unknown>()(error);
    exactly<number>()(info.calls);
    return info.limiter.name;
  },
});
// @ts-expect-error a permit has no fallback
void limiter.acquire({ fallback: () => 1 });

// What is asked about a limiter may look at it.
const self = createLimiter({
  concurrency: 1,
  breaker: { threshold: 1, onStateChange: () => self.pause() },
  isFailure: () => self.isPaused,
  fallback: () => self.name,
});

// Capacity of limiters: what it infers, what it refuses.
import {
  type BlockedBy,
  type CompleteRate,
  type Cost,
  createLimiter,
  type Feedback,
  httpFeedback,
  type Limiter,
  type Rate,
  type TaskHandle,
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
exactly<'concurrency' | 'weight' | 'rate' | 'paused' | 'key' | 'order' | undefined>()(
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
// @ts-expect-error no such scope
createLimiter({ concurrency: 1, feedback: () => ({ pauseFor: 1, scope: 'tree' }) });

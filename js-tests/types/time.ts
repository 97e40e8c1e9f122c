// Time and cancellation: what they infer, what they refuse.
import {
  anySignal,
  type CombinedSignal,
  type Deadline,
  deadline,
  type SleepOptions,
  sleep,
  type TimeoutContext,
  type TimeoutOptions,
  timeout,
} from 'fanfold';
import { exactly } from './expect.ts';

const { signal } = new AbortController();
const maybe: AbortSignal | undefined = Math.random() > 0.5 ? signal : undefined;

// sleep
exactly<Promise<void>>()(sleep(5));
const sleeping: SleepOptions = { signal, unref: true };
sleep(Number.POSITIVE_INFINITY, sleeping);
sleep(5, { signal: maybe });
// @ts-expect-error how long has to be said
sleep();
// @ts-expect-error milliseconds are a number
sleep('5s');
// @ts-expect-error the signal is an option
sleep(5, signal);
// @ts-expect-error a sleep has no name
sleep(5, { name: 'nap' });

// timeout
exactly<Promise<number>>()(timeout(Promise.resolve(1 as number), 5));
exactly<Promise<number>>()(timeout(() => 1 as number, 5));
exactly<Promise<string>>()(timeout(async () => 'text' as string, 5));
timeout((context) => exactly<TimeoutContext>()(context), 5);
timeout((context) => exactly<AbortSignal>()(context.signal), 5);
const waiting: TimeoutOptions = { signal: maybe, name: 'the page', unref: true };
timeout(() => 1, 5, waiting);
// @ts-expect-error how long has to be said
timeout(() => 1);
// @ts-expect-error a value is there already
timeout(1, 5);
// @ts-expect-error the context is no number
timeout((_n: number) => 1, 5);
// @ts-expect-error no such option
timeout(() => 1, 5, { message: 'late' });

// deadline
exactly<Deadline>()(deadline(5));
const by = deadline(5, { signal: maybe, name: 'the operation', unref: true });
exactly<AbortSignal>()(by.signal);
exactly<number>()(by.remaining);
exactly<boolean>()(by.expired);
exactly<void>()(by.clear());
sleep(by.remaining, by);
// @ts-expect-error time is read
by.remaining = 5;
// @ts-expect-error milliseconds, not a date
deadline(new Date());
export async function timed(): Promise<void> {
  using step = deadline(5);
  await sleep(1, { signal: step.signal });
}

// anySignal
exactly<CombinedSignal>()(anySignal());
exactly<CombinedSignal>()(anySignal(signal, undefined, maybe));
export const asSignal: AbortSignal = anySignal(signal);
exactly<void>()(anySignal(signal).clear());
export async function combined(): Promise<void> {
  using either = anySignal(signal, by.signal);
  await sleep(5, { signal: either });
}
// @ts-expect-error signals one by one
anySignal([signal]);
// @ts-expect-error a controller is no signal
anySignal(new AbortController());
// @ts-expect-error what combines them is no signal of one's own making
export const notCombined: CombinedSignal = signal;

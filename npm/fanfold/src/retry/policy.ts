import { wrongType } from '../errors/misuse.js';
import { type RetryPlan, retryPlan } from './options.js';
import type { RetryPolicy } from './types.js';

/**
 * The plan of an option `retry`, `undefined` for none.
 *
 * @param inherited What holds where nothing is said.
 * @throws TypeError or RangeError naming the option that is wrong.
 */
export function policyPlan(
  policy: RetryPolicy | false | undefined,
  inherited: RetryPlan | undefined = undefined,
): RetryPlan | undefined {
  if (policy === undefined) return inherited;
  if (policy === false) return undefined;
  const plan = retryPlan(policy, 'retry.');
  const { limiter, signal } = plan;
  // It would be asked for twice, and one of the two would be ignored.
  if (limiter !== undefined)
    throw wrongType('retry.limiter', 'left out: it is retried where it runs', limiter);
  if (signal !== undefined) throw wrongType('retry.signal', 'left out: give `signal` beside `retry`', signal);
  return plan;
}

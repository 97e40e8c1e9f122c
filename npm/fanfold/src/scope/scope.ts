import { checkFunction } from '../check/options.js';
import { Children } from './children.js';
import { scopePlan } from './options.js';
import type { Scope, ScopeOptions } from './types.js';

/**
 * Runs a body that spawns children, and ends only when the body and all children have ended.
 *
 * The first failure, of the body or of a child, aborts `signal`, so that the others end soon; children that wait for a
 * slot are dropped. When all have ended the promise rejects with that first failure, and what else failed is on its
 * property `errors`. An error object that fails one scope after another carries the `errors` of the latest, or none if
 * nothing else failed there. Where it cannot have such a property, and for the reason of an abort, which is not changed,
 * an `AggregateError` with all of them is thrown, whose `cause` it is.
 *
 * An abort of `options.signal` and the `timeout` are such failures too: the promise waits for the children after them,
 * so a child that never ends keeps its scope from ending.
 *
 * Scopes nest: give the inner one `{ signal: outer.signal }`, inside a child of the outer one or in its body.
 *
 * @returns What the body returns.
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 *
 * @example
 * ```ts
 * const report = await scope(async (s) => {
 *   const user = s.spawn(({ signal }) => getUser(id, signal));
 *   const orders = s.spawn(({ signal }) => getOrders(id, signal));
 *   return render(await user, await orders);
 * });
 * ```
 */
export function scope<Result>(
  body: (scope: Scope) => PromiseLike<Result> | Result,
  options?: ScopeOptions,
): Promise<Result>;
/**
 * A scope for an `await using` block, which ends with it. What the block itself throws is not seen by the scope: its
 * children are waited for then, and not aborted.
 *
 * @example
 * ```ts
 * await using children = scope({ timeout: 5_000 });
 * children.spawn(({ signal }) => warmUp(signal));
 * ```
 */
export function scope(options?: ScopeOptions): Scope;
export function scope(
  bodyOrOptions: ((scope: Scope) => unknown) | ScopeOptions = {},
  options: ScopeOptions = {},
): unknown {
  if (typeof bodyOrOptions === 'object') return new Children(scopePlan(bodyOrOptions));
  checkFunction('body', bodyOrOptions);
  return runBody(bodyOrOptions, new Children(scopePlan(options)));
}

async function runBody(body: (scope: Scope) => unknown, children: Children): Promise<unknown> {
  let result: unknown;
  try {
    // A scope that is over before it begins has no body either.
    if (!children.signal.aborted) result = await body(children);
  } catch (error) {
    children.fail(error);
  }
  await children.end();
  return result;
}

import { ClosedError, createLimiter, type Scope, scope, stopRetry } from 'fanfold';
import { describe, expect, test, vi } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { countListeners } from '../support/listeners.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

/** Ends when its signal is aborted, with that signal's reason. */
function untilAborted({ signal }: { readonly signal: AbortSignal }): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

describe('a scope', () => {
  test('gives what its body returns, once all children have ended', async () => {
    const gate = deferred();
    const watched = watch(
      scope((s) => {
        s.spawn(() => gate.promise);
        return 'body';
      }),
    );
    await settle();
    expect(watched.state).toBe('pending');
    gate.resolve();
    await settle();
    expect(watched).toMatchObject({ state: 'fulfilled', value: 'body' });
  });

  test('gives its children their results to wait for', async () => {
    const sum = await scope(async (s) => {
      const [one, two] = [s.spawn(async () => 1), s.spawn(() => 2)];
      return (await one) + (await two);
    });
    expect(sum).toBe(3);
  });

  test('waits for children of children', async () => {
    const order: string[] = [];
    await scope((s) => {
      s.spawn(async () => {
        await settle();
        s.spawn(async () => {
          await settle();
          order.push('grandchild');
        });
        order.push('child');
      });
    });
    expect(order).toEqual(['child', 'grandchild']);
  });

  test('tells how many children have not ended, running ones too', async () => {
    const gate = deferred();
    await scope(
      async (s) => {
        for (let n = 0; n < 3; n++) s.spawn(() => gate.promise);
        expect(s.size).toBe(3);
        await settle();
        expect(s.size).toBe(3);
        gate.resolve();
        await settle();
        expect(s.size).toBe(0);
      },
      { concurrency: 2 },
    );
  });

  test('without children is over with its body', async () => {
    expect(await scope(() => 7)).toBe(7);
    expect(await reasonOf(scope(() => Promise.reject('body')))).toBe('body');
  });

  test('runs no more children at once than it may', async () => {
    const gates = new Gates();
    const watched = watch(
      scope((s) => void ['a', 'b', 'c'].map((name) => s.spawn(gates.task(name))), { concurrency: 2 }),
    );
    await settle();
    expect(gates.started).toEqual(['a', 'b']);
    gates.openAll();
    await settle();
    expect([gates.peak, watched.state]).toEqual([2, 'fulfilled']);
  });

  test('may run them in a limiter that others use', async () => {
    const limiter = createLimiter(1);
    const order: string[] = [];
    const first = limiter(async () => order.push('other'));
    await scope((s) => void s.spawn(() => order.push('child')), { limiter });
    await first;
    expect(order).toEqual(['other', 'child']);
    expect(limiter.isClosed).toBe(false);
  });

  test('retries its children as it is told', async () => {
    const fn = vi.fn(async ({ attempt }: { attempt: number }) => {
      if (attempt < 3) throw new Error('again');
      return attempt;
    });
    const promise = scope((s) => s.spawn(fn), { retry: { backoff: 10 } });
    await elapse(100);
    expect(await promise).toBe(3);
  });
});

describe('the first failure', () => {
  test('aborts the siblings, waits for them, and is thrown', async () => {
    const boom = new Error('boom');
    const cleanUp = deferred();
    const dropped = vi.fn();
    const watched = watch(
      scope(
        (s) => {
          s.spawn(async () => {
            await settle();
            throw boom;
          });
          s.spawn(async (context) => {
            await untilAborted(context).catch(() => {});
            await cleanUp.promise;
          });
          s.spawn(dropped);
        },
        { concurrency: 2 },
      ),
    );
    await settle();
    await settle();
    expect(watched.state).toBe('pending');
    cleanUp.resolve();
    await settle();
    expect(watched).toMatchObject({ state: 'rejected', reason: boom });
    expect(boom).not.toHaveProperty('errors');
    expect(dropped).not.toHaveBeenCalled();
  });

  test('has the others on `errors`, but not those that only heard of it', async () => {
    const [boom, other] = [new Error('boom'), new Error('other')];
    const reason = await reasonOf(
      scope((s) => {
        s.spawn(() => Promise.reject(boom));
        s.spawn(untilAborted);
        s.spawn(async (context) => {
          await untilAborted(context).catch(() => {});
          throw other;
        });
      }),
    );
    expect(reason).toBe(boom);
    expect((reason as { errors?: unknown }).errors).toEqual([other]);
    expect(Object.keys(boom)).toEqual([]);
  });

  test('is all there is where the platform says in its own words that it heard', async () => {
    const boom = new Error('boom');
    const reason = await reasonOf(
      scope((s) => {
        s.spawn(() => Promise.reject(boom));
        s.spawn(({ signal }) =>
          untilAborted({ signal }).catch((cause: unknown) => {
            throw Object.assign(new Error('The operation was aborted', { cause }), { name: 'AbortError' });
          }),
        );
      }),
    );
    expect([reason, boom]).toEqual([boom, expect.not.objectContaining({ errors: expect.anything() })]);
    expect(await reasonOf(scope((s) => void s.spawn(() => Promise.reject(undefined))))).toBeUndefined();
  });

  test.each([
    ['is no error', 'boom'],
    ['cannot be extended', Object.freeze(new Error('boom'))],
    ['has errors of its own', new AggregateError([new Error('inner')], 'many')],
  ])('that %s is the cause of an AggregateError if there are others', async (_, boom) => {
    const other = new Error('other');
    const reason = (await reasonOf(
      scope((s) => {
        s.spawn(() => Promise.reject(boom));
        s.spawn(() => Promise.reject(other));
      }),
    )) as AggregateError;
    expect(reason).toBeInstanceOf(AggregateError);
    expect([reason.cause, reason.errors]).toEqual([boom, [boom, other]]);
  });

  test('may be that of the body', async () => {
    const heard = vi.fn();
    const reason = await reasonOf(
      scope(async (s) => {
        s.spawn((context) => untilAborted(context).catch(heard));
        await settle();
        throw new Error('body');
      }),
    );
    expect(reason).toMatchObject({ message: 'body' });
    expect(heard).toHaveBeenCalledTimes(1);
  });

  test('fails the scope though the body has caught it', async () => {
    const reason = await reasonOf(
      scope(async (s) => {
        await s.spawn(() => Promise.reject('child')).catch(() => {});
        return 'fine';
      }),
    );
    expect(reason).toBe('child');
  });
});

/** A scope of which one child fails with this, and others with those. */
function failing(first: unknown, ...others: readonly unknown[]): Promise<unknown> {
  return scope((s) => {
    for (const error of [first, ...others]) s.spawn(() => Promise.reject(error));
  });
}

describe('an error that fails more than one scope', () => {
  const errorsOf = (error: unknown) => (error as { errors?: unknown }).errors;

  test('is never changed where it is the reason of their signal', async () => {
    const controller = new AbortController();
    const [reason, own] = [new Error('shut down'), new Error('of its own')];
    const run = (error?: Error) =>
      scope(
        (s) => {
          s.spawn(async (context) => {
            await untilAborted(context).catch(() => {});
            if (error !== undefined) throw error;
          });
        },
        { signal: controller.signal },
      );
    const [first, second, third] = [run(own), run(own), run()].map(watch);
    await settle();
    controller.abort(reason);
    await settle();
    for (const { reason: thrown } of [first!, second!]) {
      expect(thrown).toBeInstanceOf(AggregateError);
      expect(thrown).toMatchObject({ cause: reason, errors: [reason, own] });
    }
    expect(third!.reason).toBe(reason);
    expect(reason).not.toHaveProperty('errors');
  });

  test('is not changed either where it is what a scope was aborted with', async () => {
    const [reason, own] = [new Error('enough'), new Error('of its own')];
    const thrown = await reasonOf(
      scope((s) => {
        s.abort(reason);
        throw own;
      }),
    );
    expect(thrown).toBeInstanceOf(AggregateError);
    expect(thrown).toMatchObject({ cause: reason, errors: [reason, own] });
    expect(reason).not.toHaveProperty('errors');
  });

  test('carries the `errors` of the latest, and none if nothing else failed there', async () => {
    const [cached, a, b] = [new Error('cached'), new Error('a'), new Error('b')];
    expect(await reasonOf(failing(cached, a))).toBe(cached);
    expect(errorsOf(cached)).toEqual([a]);
    expect(await reasonOf(failing(cached, b))).toBe(cached);
    expect(errorsOf(cached)).toEqual([b]);
    expect(await reasonOf(failing(cached))).toBe(cached);
    expect(cached).not.toHaveProperty('errors');
  });

  test('carries nothing of scopes that ran at the same time', async () => {
    const [cached, a, b] = [new Error('cached'), new Error('a'), new Error('b')];
    const gates = [deferred(), deferred(), deferred()];
    const runs = [[a], [b], []].map((others, at) =>
      watch(
        scope((s) => {
          for (const error of [cached, ...others]) s.spawn(() => Promise.reject(error));
          s.spawn(() => gates[at]!.promise);
        }),
      ),
    );
    for (const [at, errors] of [[a], [b], undefined].entries()) {
      gates[at]!.resolve();
      await settle();
      expect(runs[at]!.reason).toBe(cached);
      expect(errorsOf(cached)).toEqual(errors);
    }
  });

  test('brings nothing along as one of the `errors` of another one', async () => {
    const [cached, a, boom] = [new Error('cached'), new Error('a'), new Error('boom')];
    await reasonOf(failing(cached, a));
    expect(errorsOf(await reasonOf(failing(boom, cached)))).toEqual([cached]);
    expect(cached).not.toHaveProperty('errors');
  });

  test('keeps what its user has put there', async () => {
    const [cached, a, mine] = [new Error('cached'), new Error('a'), ['mine']];
    await reasonOf(failing(cached, a));
    Object.assign(cached, { errors: mine });
    expect(await reasonOf(failing(cached))).toBe(cached);
    expect(errorsOf(cached)).toBe(mine);
    expect(await reasonOf(failing(cached, a))).toMatchObject({ cause: cached, errors: [cached, a] });
  });
});

describe('stopRetry in a scope', () => {
  const error = new Error('never');
  const stop = (reason: unknown) => async (): Promise<never> => {
    throw stopRetry(reason);
  };

  test('without `retry` is what it is anywhere else', async () => {
    for (const options of [
      {},
      { retry: false as const, limiter: createLimiter({ concurrency: 1, retry: { retries: 1 } }) },
    ]) {
      const thrown = await reasonOf(scope((s) => s.spawn(stop(error)), options));
      expect(thrown).toMatchObject({ code: 'FANFOLD_STOP_RETRY', cause: error });
    }
    const later = await reasonOf(failing(error, await reasonOf(stop(undefined)())));
    expect((later as AggregateError).errors).toMatchObject([
      { code: 'FANFOLD_STOP_RETRY', cause: undefined },
    ]);
    Reflect.deleteProperty(error, 'errors');
  });

  test.each([[error], [undefined], [null], ['text']])('with `retry` fails it with %o', async (reason) => {
    const fn = vi.fn(stop(reason));
    expect(await reasonOf(scope((s) => s.spawn(fn), { retry: { backoff: 10 } }))).toBe(reason);
    expect(fn).toHaveBeenCalledTimes(1);
  });

  test.each([[error], [undefined], [null]])(
    'with `retry` is %o among the later errors too',
    async (reason) => {
      const first = new Error('first');
      const thrown = await reasonOf(
        scope(
          async (s) => {
            s.spawn(async (context) => {
              await untilAborted(context).catch(() => {});
              return stop(reason)();
            });
            await settle();
            throw first;
          },
          { retry: { backoff: 10 } },
        ),
      );
      expect(thrown).toBe(first);
      expect((thrown as AggregateError).errors).toEqual([reason]);
    },
  );
});

describe('an end from outside', () => {
  test('by the signal is waited for like a failure, and leaves no listener', async () => {
    const controller = new AbortController();
    const listeners = countListeners(controller.signal);
    const gate = deferred();
    const watched = watch(scope((s) => void s.spawn(() => gate.promise), { signal: controller.signal }));
    await settle();
    controller.abort('enough');
    await settle();
    expect(watched.state).toBe('pending');
    gate.resolve();
    await settle();
    expect(watched).toMatchObject({ state: 'rejected', reason: 'enough' });
    expect(listeners.now).toBe(0);
    await scope(() => {}, { signal: new AbortController().signal });
  });

  test('by a signal that is aborted already calls nothing', async () => {
    const body = vi.fn();
    expect(await reasonOf(scope(body, { signal: AbortSignal.abort('early') }))).toBe('early');
    expect(body).not.toHaveBeenCalled();
  });

  test('by the timeout is a TimeoutError, and no timer is left', async () => {
    const watched = watch(scope((s) => void s.spawn(untilAborted), { timeout: 100, name: 'page' }));
    await elapse(100);
    expect(watched).toMatchObject({ state: 'rejected', reason: { name: 'TimeoutError' } });
    expect((watched.reason as Error).message).toContain('page');
    await scope(() => {}, { timeout: 100 });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('by abort() has its reason', async () => {
    const reason = await reasonOf(scope((s) => s.abort()));
    expect(reason).toMatchObject({ name: 'AbortError' });
    expect(await reasonOf(scope((s) => s.abort('mine')))).toBe('mine');
  });

  test('after a failure says nothing new', async () => {
    const controller = new AbortController();
    const [boom, gate] = [new Error('boom'), deferred()];
    const watched = watch(
      scope(
        (s) => {
          s.spawn(() => Promise.reject(boom));
          s.spawn(() => gate.promise);
        },
        { signal: controller.signal, timeout: 100 },
      ),
    );
    await settle();
    controller.abort(new Error('enough'));
    await elapse(100);
    gate.resolve();
    await settle();
    expect(watched.reason).toBe(boom);
    expect(boom).not.toHaveProperty('errors');
  });

  test('leaves a scope that has ended alone', async () => {
    let left: Scope | undefined;
    await scope((s) => {
      left = s;
    });
    left?.abort();
    expect(left?.signal.aborted).toBe(false);
    const late = vi.fn();
    expect(await reasonOf((left as Scope).spawn(late))).toBeInstanceOf(ClosedError);
    expect(late).not.toHaveBeenCalled();
  });
});

describe('scopes nest', () => {
  test('a failure of the outer one ends the inner one, which is waited for', async () => {
    const order: string[] = [];
    const reason = await reasonOf(
      scope((outer) => {
        outer.spawn(({ signal }) =>
          scope(
            async (inner) => {
              inner.spawn(async (context) => {
                await untilAborted(context).catch(() => {});
                await settle();
                order.push('inner child');
              });
            },
            { signal },
          ).finally(() => order.push('inner')),
        );
        outer.spawn(async () => {
          await settle();
          throw new Error('outer');
        });
      }),
    );
    order.push('outer');
    expect(reason).toMatchObject({ message: 'outer' });
    expect((reason as { errors?: unknown }).errors).toBeUndefined();
    expect(order).toEqual(['inner child', 'inner', 'outer']);
  });

  test('a failure of the inner one is one of the outer, unless it is caught', async () => {
    const inner = (s: Scope) => void s.spawn(() => Promise.reject(new Error('inner')));
    expect(await reasonOf(scope((outer) => void outer.spawn(() => scope(inner))))).toMatchObject({
      message: 'inner',
    });
    expect(await scope((outer) => outer.spawn(() => scope(inner).catch(() => 'caught')))).toBe('caught');
  });
});

describe('what a nested scope failed with', () => {
  const [boom, inner, other] = ['boom', 'inner', 'other'].map((message) => new Error(message));

  test('is kept by the one around it, with what failed there', async () => {
    const nested = (...others: unknown[]) =>
      reasonOf(
        scope((outer) => {
          outer.spawn(() => failing(boom, inner));
          outer.spawn(async (context) => {
            await untilAborted(context).catch(() => {});
            if (others.length > 0) throw others[0];
          });
        }),
      );
    expect(await nested()).toBe(boom);
    expect(boom).toMatchObject({ errors: [inner] });
    expect(await nested(other)).toBe(boom);
    expect(boom).toMatchObject({ errors: [inner, other] });
  });

  test('after the one around it does not lead back to where it came from', async () => {
    const reason = new Error('outer');
    const thrown = await reasonOf(
      scope((outer) => {
        outer.spawn(({ signal }) =>
          scope(
            (s) => {
              s.spawn(async (context) => {
                await untilAborted(context).catch(() => {});
                throw inner;
              });
            },
            { signal },
          ),
        );
        outer.spawn(async () => {
          await settle();
          throw reason;
        });
      }),
    );
    expect(thrown).toBe(reason);
    expect(reason).toMatchObject({ errors: [inner] });
  });
});

describe('the form for `await using`', () => {
  test('ends with its block, and throws what failed', async () => {
    const order: string[] = [];
    const children = scope();
    children.spawn(async () => {
      await settle();
      order.push('child');
    });
    expect(children.size).toBe(1);
    await children[Symbol.asyncDispose]();
    expect([order, children.size]).toEqual([['child'], 0]);
    const failing = scope({ name: 'failing' });
    failing.spawn(() => Promise.reject(new Error('boom')));
    expect(await reasonOf(failing[Symbol.asyncDispose]())).toMatchObject({ message: 'boom' });
  });
});

test.each([
  ['options', 5],
  ['signal', { signal: {} }],
  ['timeout', { timeout: 0 }],
  ['concurrency', { concurrency: 0 }],
  ['concurrency', { concurrency: 1, limiter: createLimiter(1) }],
  ['limiter', { limiter: () => {} }],
  ['retry.retries', { retry: { retries: 0.5 } }],
  ['name', { name: 7 }],
])('a wrong `%s` is named', (name, options) => {
  expect(() => scope(() => {}, options as never)).toThrow(`\`${name}\``);
});

test('a body or a child that is no function is refused at once', async () => {
  expect(() => scope('body' as never)).toThrow('`body`');
  await scope((s) => expect(() => s.spawn(undefined as never)).toThrow('`fn`'));
});

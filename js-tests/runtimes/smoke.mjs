// A short tour of the public behaviour that runs unchanged in every runtime and browser. It uses nothing but the
// language, timers and AbortSignal, and reports instead of throwing, so that one failure does not hide the next.

/** Gives the engine that ran, and per check its name and, where it failed, the error. */
export async function smoke(fanfold, pLimit, limitFunction) {
  const outcomes = [];
  for (const [name, check] of Object.entries(checks)) {
    const api = { ...fanfold, pLimit, dropInFunction: limitFunction };
    const error = await orHang(check(api)).then(
      () => undefined,
      (caught) => [caught, caught?.stack].join('\n'),
    );
    outcomes.push({ name, error });
  }
  return { backend: fanfold.backend, outcomes };
}

/** Says so where a promise never settles, so that the rest is still seen. */
function orHang(promise) {
  const hang = deferred();
  const timer = setTimeout(() => hang.reject(new Error('it hangs')), 20_000);
  promise.then(hang.resolve, hang.reject).finally(() => clearTimeout(timer));
  return hang.promise;
}

const checks = {
  async 'the drop-in runs as many as its limit, in order'({ pLimit }) {
    const gauge = gaugeOf();
    const limit = pLimit(2);
    const results = [1, 2, 3, 4, 5].map((value) => limit(gauge.job, value));
    same([limit.activeCount, limit.pendingCount], [2, 3]);
    same(await Promise.all(results), [1, 2, 3, 4, 5]);
    same(gauge.most, 2);
    same(await limit.map([1, 2, 3], async (value) => value * 2), [2, 4, 6]);
  },

  async 'the drop-in refuses what p-limit refuses'({ pLimit, dropInFunction }) {
    throws(() => pLimit(0), TypeError);
    throws(() => pLimit('2'), TypeError);
    same(await dropInFunction(async (value) => value + 1, { concurrency: 1 })(1), 2);
  },

  async 'a limiter passes arguments, results and errors'({ createLimiter }) {
    const limiter = createLimiter({ concurrency: 2, name: 'smoke' });
    same(await limiter((a, b) => a + b, 1, 2), 3);
    const failure = new Error('mine');
    same(await caught(limiter(() => Promise.reject(failure))), failure);
    same(await limiter.run(({ limiter: own }) => own.name), 'smoke');
    throws(() => createLimiter({ concurrency: 0 }), RangeError);
  },

  async 'a burst of ten thousand'({ createLimiter }) {
    const gauge = gaugeOf();
    const limiter = createLimiter(16);
    const jobs = Array.from({ length: 10_000 }, (_, index) => limiter(gauge.job, index));
    const results = await Promise.all(jobs);
    same(
      results.every((value, index) => value === index),
      true,
    );
    same(gauge.most, 16);
    await limiter.onIdle();
    same([limiter.activeCount, limiter.pendingCount], [0, 0]);
  },

  async 'work over many: in order, as many as may, and an end to all after a failure'({ map, stream, skip }) {
    const gauge = gaugeOf();
    same(await map([1, 2, 3, 4, 5], gauge.job, { concurrency: 2 }), [1, 2, 3, 4, 5]);
    same(gauge.most, 2);
    same(await map(new Set([1, 2]), (item) => (item === 1 ? skip : item)), [2]);
    const streamed = [];
    for await (const item of stream([3, 2, 1], gauge.job)) streamed.push(item);
    same(streamed, [3, 2, 1]);
    const failure = new Error('mine');
    let told;
    const failing = map([1, 2], (item, _, { signal }) => {
      if (item === 1) return Promise.reject(failure);
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          told = signal.reason;
          reject(told);
        });
      });
    });
    same(await caught(failing), failure);
    await Promise.resolve();
    same(told, failure);
  },

  async 'outcomes of many, in their own shape'({ all, any, settle }) {
    same([await all({ one: () => 1, two: Promise.resolve(2) })], [{ one: 1, two: 2 }]);
    same(await any([() => Promise.reject(new Error('no')), async () => 'yes']), 'yes');
    const { ok, counts, errors } = await settle([() => 1, () => Promise.reject('no')]);
    same([ok, counts, errors], [false, { total: 2, fulfilled: 1, rejected: 1 }, [{ index: 1, error: 'no' }]]);
  },

  async 'retries, in and outside of a limiter'({ createLimiter, retry, RetryError }) {
    const failing = ({ attempt }) => (attempt < 3 ? Promise.reject(new Error('again')) : attempt);
    same(await retry(failing, { backoff: 1 }), 3);
    same(await createLimiter({ concurrency: 1, retry: { backoff: 1 } }).run(failing), 3);
    same((await caught(retry(failing, { retries: 1, backoff: 0 }))) instanceof RetryError, true);
  },

  async 'a scope waits for its children and throws what failed first'({ scope }) {
    const ended = [];
    const failure = new Error('mine');
    const failing = scope((s) => {
      s.spawn(() => Promise.reject(failure));
      s.spawn(async () => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        ended.push('sibling');
      });
    });
    same(await caught(failing), failure);
    same(ended, ['sibling']);
  },

  async 'one signal takes back every queued task at once'({ createLimiter }) {
    const limiter = createLimiter(1);
    const gate = deferred();
    const running = limiter(() => gate.promise);
    const controller = new AbortController();
    const queued = Array.from({ length: 1000 }, () =>
      limiter.run(() => 'never', { signal: controller.signal }).catch((reason) => reason),
    );
    same(limiter.pendingCount, 1000);
    const reason = new Error('enough');
    controller.abort(reason);
    same(limiter.pendingCount, 0);
    same(
      (await Promise.all(queued)).every((each) => each === reason),
      true,
    );
    gate.resolve('done');
    same(await running, 'done');
  },

  async 'a task that waits too long is told so'({ createLimiter }) {
    const limiter = createLimiter({ concurrency: 1, queueTimeout: 5, name: 'waits' });
    const gate = deferred();
    const running = limiter(() => gate.promise);
    const error = await caught(limiter(() => 'never'));
    same([error.name, error.code, error.limiter], ['TimeoutError', 'FANFOLD_QUEUE_TIMEOUT', 'waits']);
    gate.resolve();
    await running;
  },

  async 'a timed-out function keeps its slot until it ends'({ createLimiter }) {
    const limiter = createLimiter({ concurrency: 1, runTimeout: 5 });
    const gate = deferred();
    let heard;
    const error = await caught(
      limiter.run(({ signal }) => {
        heard = signal;
        return gate.promise;
      }),
    );
    same([error.name, error.code, heard.aborted], ['TimeoutError', 'FANFOLD_RUN_TIMEOUT', true]);
    same(limiter.activeCount, 1);
    gate.resolve();
    await limiter.onIdle();
    same(limiter.activeCount, 0);
  },

  async 'a handle can be cancelled while it waits'({ createLimiter }) {
    const limiter = createLimiter(1);
    const gate = deferred();
    const running = limiter(() => gate.promise);
    const handle = limiter.submit(() => 'never');
    const result = caught(handle.result);
    handle.started.catch(() => {});
    same(handle.state, 'queued');
    same(handle.cancel(), true);
    same([handle.state, handle.cancel()], ['done', false]);
    same((await result).name, 'AbortError');
    gate.resolve();
    await running;
  },

  async 'a full queue refuses'({ createLimiter }) {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 1 });
    const gate = deferred();
    const running = [limiter(() => gate.promise), limiter(() => 'second')];
    same((await caught(limiter(() => 'third'))).code, 'FANFOLD_QUEUE_FULL');
    gate.resolve('first');
    same(await Promise.all(running), ['first', 'second']);
  },

  async 'permits and a mutex'({ createLimiter, createMutex }) {
    const limiter = createLimiter(1);
    const permit = limiter.tryAcquire();
    same([limiter.tryAcquire(), limiter.activeCount], [undefined, 1]);
    permit.release();
    permit.release();
    same(limiter.activeCount, 0);

    const mutex = createMutex();
    let shared = 0;
    const increment = async () => {
      const seen = shared;
      await Promise.resolve();
      shared = seen + 1;
    };
    await Promise.all(Array.from({ length: 20 }, () => mutex.runExclusive(increment)));
    same([shared, mutex.locked], [20, false]);
  },

  async 'pause, resume and close'({ createLimiter }) {
    const limiter = createLimiter(2);
    limiter.pause();
    const job = limiter(() => 'late');
    await Promise.resolve();
    same([limiter.isPaused, limiter.activeCount, limiter.pendingCount], [true, 0, 1]);
    limiter.resume();
    same(await job, 'late');
    const last = limiter(async () => 'last');
    const report = await limiter.close();
    same([report.drained, report.fulfilled, await last], [true, 1, 'last']);
    same((await caught(limiter(() => 'never'))).code, 'FANFOLD_CLOSED');
  },
};

function gaugeOf() {
  let now = 0;
  const gauge = {
    most: 0,
    async job(value) {
      gauge.most = Math.max(gauge.most, ++now);
      await Promise.resolve();
      now -= 1;
      return value;
    },
  };
  return gauge;
}

function deferred() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

function caught(promise) {
  return promise.then(
    (value) => {
      throw new Error(`expected a rejection, got ${String(value)}`);
    },
    (error) => error,
  );
}

function same(actual, expected) {
  const [left, right] = [actual, expected].map((value) =>
    Array.isArray(value) ? JSON.stringify(value) : value,
  );
  if (!Object.is(left, right)) throw new Error(`expected ${String(right)}, got ${String(left)}`);
}

function throws(act, type) {
  try {
    act();
  } catch (error) {
    if (error instanceof type) return;
    throw new Error(`expected a ${type.name}, got ${String(error)}`);
  }
  throw new Error(`expected a ${type.name}, nothing was thrown`);
}

// Real HTTP: a limit is a limit for a real server too, a timeout really ends a request, an abort really closes a socket.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BreakerOpenError, createLimiter, type TaskContext, TimeoutError } from 'fanfold';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deferred } from '../suite/support/deferred.ts';
import { reasonOf } from '../suite/support/watch.ts';

let server: Server;
let base: string;
let open = 0;
let peak = 0;
let closed = 0;
let hanging = deferred<void>();
let cutOff = deferred<void>();

function answer(request: IncomingMessage, response: ServerResponse): void {
  peak = Math.max(peak, ++open);
  let over = false;
  const end = () => {
    if (over) return;
    over = true;
    open -= 1;
  };
  response.once('close', () => {
    end();
    if (!response.writableFinished) {
      closed += 1;
      cutOff.resolve();
    }
  });
  if (request.url === '/hang') {
    hanging.resolve();
    return;
  }
  if (request.url === '/fail') {
    response.statusCode = 500;
    response.end('no');
    end();
    return;
  }
  // The slot of the limiter is only free when the client has read it all.
  setImmediate(() => {
    end();
    response.end(`answer to ${request.url}`);
  });
}

beforeEach(async () => {
  open = 0;
  peak = 0;
  closed = 0;
  hanging = deferred();
  cutOff = deferred();
  server = createServer(answer);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

describe('real HTTP', () => {
  test('the server never sees more requests at once than the limit', async () => {
    const limiter = createLimiter(5);
    const texts = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        limiter(async () => {
          const response = await fetch(`${base}/${index}`);
          return response.text();
        }),
      ),
    );
    expect(texts).toEqual(Array.from({ length: 60 }, (_, index) => `answer to /${index}`));
    expect(peak).toBeLessThanOrEqual(5);
    expect(peak).toBeGreaterThan(1);
  });

  test('a run timeout ends a request that hangs, through the signal of the task', async () => {
    const limiter = createLimiter({ concurrency: 1, runTimeout: 50 });
    const hangs = limiter.run(({ signal }: TaskContext) => fetch(`${base}/hang`, { signal }));
    const next = limiter.run(async () => (await fetch(`${base}/next`)).text(), {
      runTimeout: Number.POSITIVE_INFINITY,
    });
    expect(await reasonOf(hangs)).toBeInstanceOf(TimeoutError);
    expect(await next).toBe('answer to /next');
    // On a busy machine the time may be over before the request was sent at all.
    if (open > 0) await cutOff.promise;
    expect(open).toBe(0);
  });

  test('a breaker keeps calls from a server that is ill, and lets them through when it is set anew', async () => {
    let asked = 0;
    const limiter = createLimiter({
      concurrency: 4,
      breaker: { threshold: 3 },
      isFailure: ({ status, ...outcome }) =>
        status === 'rejected' || (outcome as { value: Response }).value.status >= 500,
    });
    const get = async (path: string) => {
      asked++;
      const response = await fetch(`${base}/${path}`);
      await response.text();
      return response;
    };
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => limiter(get, 'fail')));
    expect(asked).toBeLessThanOrEqual(3 + 3);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(20 - asked);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(BreakerOpenError);
    limiter.breaker = { threshold: 3 };
    expect((await limiter(get, 'well')).status).toBe(200);
  });

  test('an abort of all closes what is open and starts nothing more', async () => {
    const limiter = createLimiter(1);
    const controller = new AbortController();
    const all = Array.from({ length: 10 }, () =>
      limiter.run(({ signal }: TaskContext) => fetch(`${base}/hang`, { signal }), {
        signal: controller.signal,
      }),
    );
    const reasons = Promise.all(all.map(reasonOf));
    await hanging.promise;
    controller.abort();
    expect(new Set(await reasons)).toEqual(new Set([controller.signal.reason]));
    await cutOff.promise;
    await limiter.onIdle();
    expect([peak, closed]).toEqual([1, 1]);
  });

  test('close gives up on what hangs and reports it', async () => {
    const limiter = createLimiter(2);
    const fine = limiter(async () => (await fetch(`${base}/fine`)).text());
    const hangs = limiter.run(({ signal }: TaskContext) => fetch(`${base}/hang`, { signal }));
    const reason = reasonOf(hangs);
    await hanging.promise;
    expect(await fine).toBe('answer to /fine');
    const report = await limiter.close({ grace: 20 });
    expect(report).toMatchObject({ drained: false, aborted: 1 });
    expect(await reason).toMatchObject({ code: 'FANFOLD_CLOSED' });
    await cutOff.promise;
  });

  test('a failing answer is the task’s own business', async () => {
    const limiter = createLimiter(1);
    const statuses = await Promise.all(
      ['/fail', '/fine', '/fail'].map((path) => limiter(async () => (await fetch(base + path)).status)),
    );
    expect(statuses).toEqual([500, 200, 500]);
  });
});

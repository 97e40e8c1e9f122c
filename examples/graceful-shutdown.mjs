// A service that ends in good order: it compresses what is posted to it, two bodies at a time. On SIGTERM it takes no
// more work, lets what runs and waits come to its end, and aborts what is left when the grace is over.
//
//   PORT=8080 GRACE_MS=10000 node graceful-shutdown.mjs
//   curl --data-binary @big.log http://127.0.0.1:8080/ > big.log.br

import http from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createBrotliCompress } from 'node:zlib';
import { ClosedError, createLimiter, QueueFullError } from 'fanfold';

const grace = Number(process.env.GRACE_MS ?? 10_000);
const limiter = createLimiter({ name: 'compress', concurrency: 2, maxQueue: 50 });

const server = http.createServer(async (request, response) => {
  // A client that goes away while its request waits gives its place in the queue up.
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  try {
    await limiter.run(({ signal }) => pipeline(request, createBrotliCompress(), response, { signal }), {
      signal: gone.signal,
    });
  } catch (error) {
    if (error instanceof QueueFullError || error instanceof ClosedError) {
      // Only a request that never ran can still be answered; one that was aborted has its connection cut.
      if (!response.headersSent && !response.destroyed) {
        response.writeHead(503, { 'retry-after': '5', connection: 'close' }).end('try again later\n');
      }
    } else if (!gone.signal.aborted) {
      console.error(error);
      response.destroy();
    }
  }
});

process.once('SIGTERM', async () => {
  console.log(`closing: ${limiter.activeCount} running, ${limiter.pendingCount} waiting`);
  server.close();
  const { drained, fulfilled, cleared, aborted } = await limiter.close({ grace });
  // What was busy before may be idle now. What was aborted is being cut, and the last refusals are being sent.
  server.closeIdleConnections();
  console.log(`closed: drained ${drained}, fulfilled ${fulfilled}, cleared ${cleared}, aborted ${aborted}`);
});

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`listening on http://127.0.0.1:${port}`);
});

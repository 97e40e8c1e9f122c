// What stands between a producer and a consumer: Fanfold's buffer, the peers, and the least that one would write by hand.
//
// `pass(count, capacity, consume)` sends 0, 1, 2 ... through a fresh one, the producer waiting as each library has it: for
// every value, or as long as it says that it is full. `consume` is called with each value. `passMany` is the same in
// batches, of up to as many values as it is told.

/** @typedef {(value: number) => void} Consume */

/**
 * @typedef {object} BufferFace
 * @property {(count: number, capacity: number, consume: Consume) => Promise<unknown>} pass
 * @property {(count: number, capacity: number, consume: Consume, batch: number) => Promise<unknown>} [passMany]
 * @typedef {import('../rosters.mjs').Subject & BufferFace} BufferSubject
 */

/** @type {import('../rosters.mjs').Roster} */
export const buffers = {
  own: ['fanfold'],
  loaders: {
    async fanfold() {
      const { PushPullBuffer } = await import('fanfold');
      return {
        kind: 'fanfold',
        ...openFanfold((capacity) => new PushPullBuffer({ capacity })),
      };
    },
    async 'fanfold weighed'() {
      const { PushPullBuffer } = await import('fanfold');
      const weigh = () => 1;
      return { kind: 'fanfold', ...openFanfold((capacity) => new PushPullBuffer({ capacity, weigh })) };
    },
    async repeater() {
      const { FixedBuffer, Repeater } = await import('@repeaterjs/repeater');
      return {
        kind: 'peer',
        async pass(count, capacity, consume) {
          const values = new Repeater(async (push, stop) => {
            for (let value = 0; value < count; value++) await push(value);
            stop();
          }, new FixedBuffer(capacity));
          for await (const value of values) consume(value);
        },
      };
    },
    async 'node stream'() {
      const { PassThrough } = process.getBuiltinModule('node:stream');
      const { once } = process.getBuiltinModule('node:events');
      return {
        kind: 'peer',
        async pass(count, capacity, consume) {
          const stream = new PassThrough({ objectMode: true, highWaterMark: capacity });
          const produced = (async () => {
            for (let value = 0; value < count; value++) {
              // In object mode null is the end, and no other value is special.
              if (!stream.write(value)) await once(stream, 'drain');
            }
            stream.end();
          })();
          for await (const value of stream) consume(value);
          await produced;
        },
      };
    },
    async 'web stream'() {
      return { kind: 'peer', pass: passByReadable };
    },
    async 'web transform'() {
      return { kind: 'peer', pass: passByTransform };
    },
    async 'effect queue'() {
      const { Effect, Queue } = await import('effect');
      return { kind: 'peer', ...openEffect(Effect, Queue) };
    },
    async 'by hand'() {
      return { kind: 'floor', pass: passByHand };
    },
  },
};

function openFanfold(open) {
  return {
    async pass(count, capacity, consume) {
      const { sink, source } = open(capacity);
      const produced = (async () => {
        for (let value = 0; value < count; value++) {
          const { done } = await sink.next(value);
          if (done) return;
        }
        sink.return();
      })();
      for await (const value of source) consume(value);
      await produced;
    },
    async passMany(count, capacity, consume, batch) {
      const { sink, source } = open(capacity);
      const produced = (async () => {
        for (let value = 0; value < count; ) {
          if (sink.push(value)) value++;
          else if ((await sink.ready()).done) return;
        }
        sink.return();
      })();
      for (;;) {
        const values = await source.pull(batch);
        if (values.length === 0) break;
        for (const value of values) consume(value);
      }
      await produced;
    },
  };
}

/** What a producer of its own does that fills a readable stream: it goes on as long as that wants more. */
async function passByReadable(count, capacity, consume) {
  let value = 0;
  const stream = new ReadableStream(
    {
      pull(controller) {
        while (controller.desiredSize > 0 && value < count) controller.enqueue(value++);
        if (value === count) controller.close();
      },
    },
    { highWaterMark: capacity },
  );
  for await (const each of stream) consume(each);
}

async function passByTransform(count, capacity, consume) {
  const { readable, writable } = new TransformStream({}, { highWaterMark: 1 }, { highWaterMark: capacity });
  const writer = writable.getWriter();
  const produced = (async () => {
    for (let value = 0; value < count; value++) await writer.write(value);
    await writer.close();
  })();
  for await (const value of readable) consume(value);
  await produced;
}

/** Two fibers, as its documentation has it. */
function openEffect(Effect, Queue) {
  const both = (queue, produce, consume) =>
    Effect.gen(function* () {
      yield* Effect.forkChild(produce);
      // The end is a failure, of whoever takes when there is nothing more.
      yield* Effect.ignore(consume);
      yield* Queue.shutdown(queue);
    });
  return {
    pass(count, capacity, consume) {
      return Effect.runPromise(
        Effect.gen(function* () {
          const queue = yield* Queue.bounded(capacity);
          const produce = Effect.gen(function* () {
            for (let value = 0; value < count; value++) yield* Queue.offer(queue, value);
            yield* Queue.end(queue);
          });
          const take = Effect.gen(function* () {
            for (;;) consume(yield* Queue.take(queue));
          });
          yield* both(queue, produce, take);
        }),
      );
    },
    passMany(count, capacity, consume, batch) {
      return Effect.runPromise(
        Effect.gen(function* () {
          const queue = yield* Queue.bounded(capacity);
          const produce = Effect.gen(function* () {
            for (let value = 0; value < count; value += batch) {
              const values = [];
              for (let each = value; each < Math.min(value + batch, count); each++) values.push(each);
              yield* Queue.offerAll(queue, values);
            }
            yield* Queue.end(queue);
          });
          const take = Effect.gen(function* () {
            for (;;) for (const value of yield* Queue.takeBetween(queue, 1, batch)) consume(value);
          });
          yield* both(queue, produce, take);
        }),
      );
    },
  };
}

const done = Promise.resolve({ done: false });

/** One producer, one consumer, a ring and two callbacks. Nothing is checked, nothing fails, nobody leaves. */
async function passByHand(count, capacity, consume) {
  const ring = new Array(capacity);
  let head = 0;
  let length = 0;
  let isEnded = false;
  let wake;
  let letIn;
  const push = (value) => {
    if (wake !== undefined) {
      const told = wake;
      wake = undefined;
      told({ value, done: false });
      return done;
    }
    if (length === capacity) {
      return new Promise((resolve) => {
        letIn = () => {
          ring[(head + length++) % capacity] = value;
          resolve({ done: false });
        };
      });
    }
    ring[(head + length++) % capacity] = value;
    return done;
  };
  const source = {
    [Symbol.asyncIterator]() {
      return source;
    },
    next() {
      if (length > 0) {
        const value = ring[head];
        head = (head + 1) % capacity;
        length--;
        const told = letIn;
        letIn = undefined;
        told?.();
        return Promise.resolve({ value, done: false });
      }
      if (isEnded) return Promise.resolve({ value: undefined, done: true });
      return new Promise((resolve) => {
        wake = resolve;
      });
    },
  };
  const produced = (async () => {
    for (let value = 0; value < count; value++) await push(value);
    isEnded = true;
    wake?.({ value: undefined, done: true });
  })();
  for await (const value of source) consume(value);
  await produced;
}

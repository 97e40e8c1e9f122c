// Buffers: what they infer, what they refuse.
import {
  BufferFullError,
  type BufferOrder,
  type BufferOverflow,
  type BufferSink,
  type BufferSource,
  fromStream,
  PushPullBuffer,
  type PushPullBufferOptions,
  type StreamSource,
  type Taken,
  toStream,
  type WaitOptions,
} from 'fanfold';
import { exactly } from './expect.ts';

interface Row {
  readonly id: number;
  readonly size: number;
}
declare const row: Row;
declare const signal: AbortSignal;

const buffer = new PushPullBuffer<Row>({ capacity: 8 });
exactly<BufferSink<Row>>()(buffer.sink);
exactly<BufferSource<Row>>()(buffer.source);
exactly<number>()(buffer.capacity);
exactly<number>()(buffer.size);
exactly<number>()(buffer.dropped);
exactly<number>()(buffer.waitingPulls);
exactly<number>()(buffer.waitingPushes);
exactly<string>()(buffer.name);
exactly<ReadableStream<Row>>()(buffer.readable);
exactly<WritableStream<Row>>()(buffer.writable);

// The sink.
const { sink, source } = buffer;
exactly<Promise<Taken>>()(sink.next(row));
exactly<Promise<Taken>>()(sink.next(row, { signal }));
exactly<Promise<Taken>>()(sink.next(row, { signal: undefined }));
exactly<boolean>()((await sink.next(row)).done);
exactly<boolean>()(sink.push(row));
exactly<Promise<Taken>>()(sink.ready());
exactly<Promise<Taken>>()(sink.ready({ signal }));
exactly<void>()(sink.return());
exactly<void>()(sink.throw('any reason'));
exactly<boolean>()(sink.isClosed);
// @ts-expect-error -- a value is needed
sink.next();
// @ts-expect-error -- not a row
sink.push('row');
// @ts-expect-error -- the option is `signal`
sink.ready({ abort: signal });
// @ts-expect-error -- only the library says so
sink.isClosed = true;

// The source.
exactly<Promise<IteratorResult<Row, undefined>>>()(source.next());
exactly<Promise<IteratorResult<Row, undefined>>>()(source.next({ signal }));
exactly<Promise<Row[]>>()(source.pull(2));
exactly<Promise<Row[]>>()(source.pull(Number.POSITIVE_INFINITY, { signal }));
exactly<Promise<IteratorResult<Row, undefined>>>()(source.return());
exactly<Promise<IteratorResult<Row, undefined>>>()(source.throw(new Error('wrong')));
exactly<PromiseLike<void>>()(source[Symbol.asyncDispose]());
for await (const each of source) exactly<Row>()(each);
exactly<AsyncIterable<Row>>()(source as AsyncIterable<Row>);
// @ts-expect-error -- how many has to be said
source.pull();
// @ts-expect-error -- not a number
source.pull('all');

// A sink takes less than it could, a source gives more.
const wide: BufferSink<Row> = new PushPullBuffer<{ readonly id: number }>({ capacity: 1 }).sink;
const narrow: BufferSource<{ readonly id: number }> = source;
export const ends = [wide, narrow];

// Options.
const options: PushPullBufferOptions<Row> = {
  capacity: Number.POSITIVE_INFINITY,
  weigh: (value) => {
    exactly<Row>()(value);
    return value.size;
  },
  order: 'priority',
  priority: ({ id }) => id,
  overflow: 'drop-oldest',
  signal,
  name: 'rows',
};
new PushPullBuffer(options);
new PushPullBuffer<Row>({
  capacity: 1,
  weigh: undefined,
  overflow: undefined,
  order: undefined,
  signal: undefined,
});
// @ts-expect-error -- without a capacity
new PushPullBuffer<Row>({});
// @ts-expect-error -- without options
new PushPullBuffer<Row>();
// @ts-expect-error -- no such overflow
new PushPullBuffer<Row>({ capacity: 1, overflow: 'drop' });
// @ts-expect-error -- no such order
new PushPullBuffer<Row>({ capacity: 1, order: 'random' });
// @ts-expect-error -- no such option
new PushPullBuffer<Row>({ capacity: 1, highWaterMark: 4 });
// @ts-expect-error -- a weight is a number
new PushPullBuffer<Row>({ capacity: 1, weigh: () => '1' });
exactly<'suspend' | 'drop-oldest' | 'drop-newest' | 'conflate' | 'error'>()('suspend' as BufferOverflow);
exactly<'fifo' | 'lifo' | 'priority'>()('fifo' as BufferOrder);
exactly<AbortSignal | undefined>()(({} as WaitOptions).signal);

// What is inferred where a value says it.
exactly<PushPullBuffer<number>>()(new PushPullBuffer({ capacity: 1, weigh: (value: number) => value }));

try {
  sink.push(row);
} catch (error) {
  if (error instanceof BufferFullError) {
    const named: ['BufferFullError', 'FANFOLD_BUFFER_FULL'] = [error.name, error.code];
    exactly<['BufferFullError', 'FANFOLD_BUFFER_FULL']>()(named);
    exactly<string>()(error.buffer);
    exactly<number>()(error.capacity);
  }
}

exactly<StreamSource<Row>>()(fromStream(buffer.readable));
exactly<ReadableStream<Row>>()(toStream(buffer.source));
exactly<ReadableStream<number>>()(toStream([1, 2]));
exactly<ReadableStream<number>>()(toStream([Promise.resolve(1)]));

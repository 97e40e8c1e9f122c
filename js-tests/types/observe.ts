// Observing: which loggers fit, what they are given.
import {
  createLimiter,
  createMutex,
  type LogEntry,
  type LogLevel,
  type Observable,
  observe,
  type Stage,
  type StageLogger,
  type StageRecord,
  type StopObserving,
} from 'fanfold';
import pino from 'pino';
import { exactly, type Holds, type Same } from './expect.ts';

const limit = createLimiter(1);

exactly<StopObserving>()(observe(limit, console));
observe(limit, pino());
observe(limit, pino().child({ part: 'crawler' }), { levels: { queued: 'trace', start: false } });
observe(createMutex().limiter, { log: (entry: LogEntry, message: string) => [entry.err, message] });
observe(limit, (record) => exactly<StageRecord>()(record));
const pool: Observable = limit as unknown as Observable;
observe(pool, {} as StageLogger);
{
  using _ = observe(limit, console);
}
observe(limit, console)();

type _Stages = Holds<
  Same<Stage, 'queued' | 'start' | 'progress' | 'retry' | 'success' | 'error' | 'aborted'>
>;
const level: LogLevel = 'trace';
observe(limit, console, { levels: { error: level } });

// @ts-expect-error a mutex is no limiter, and has one
observe(createMutex(), console);
// @ts-expect-error no such method
observe(limit, { write() {} });
// @ts-expect-error a level is a word
observe(limit, console, { levels: { start: 3 } });
// @ts-expect-error no such stage
observe(limit, console, { levels: { begin: 'info' } });
// @ts-expect-error a logger is called with an object first
observe(limit, { info(_message: string) {} });

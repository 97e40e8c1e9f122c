import { checkOptions, type Names } from '../check/names.js';
import { checkOneOf } from '../check/options.js';
import { wrongType } from '../errors/misuse.js';
import { dispose } from '../host/dispose.js';
import type { Limiter } from '../limiter/types.js';
import { OBSERVE, type Observable, type Stage, type StageRecord } from './stage.js';

/** How much a stage matters to a logger. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/** What a logger is given: a {@link StageRecord} whose `error` is called `err`, the name under which pino writes errors out. */
export interface LogEntry extends Omit<StageRecord, 'error'> {
  /** Of `'retry'`, `'error'` and `'aborted'`. */
  readonly err?: unknown;
}

/** A logger like pino or `console`: an object first, then a text. A method it has not is `info`, or else `log`. */
export interface StageLogger {
  trace?(entry: LogEntry, message: string): void;
  debug?(entry: LogEntry, message: string): void;
  info?(entry: LogEntry, message: string): void;
  warn?(entry: LogEntry, message: string): void;
  error?(entry: LogEntry, message: string): void;
  log?(entry: LogEntry, message: string): void;
}

type Levels = { readonly [S in Stage]?: LogLevel | false | undefined };

/** The options of {@link observe}. */
export interface ObserveOptions {
  /**
   * The level of each stage, `false` for not at all. Default: `'debug'` for `queued`, `start` and `progress`, `'info'` for
   * `success`, `'warn'` for `retry` and `aborted`, `'error'` for `error`. Of no use with a function.
   */
  readonly levels?: Levels | undefined;
}

/** Call it, or let a `using` dispose of it: nothing is told from then on. */
export type StopObserving = (() => void) & Disposable;

const OBSERVE_OPTIONS: Names<ObserveOptions> = { levels: true };
const LEVELS: Readonly<Record<Stage, LogLevel>> = {
  queued: 'debug',
  start: 'debug',
  progress: 'debug',
  retry: 'warn',
  success: 'info',
  error: 'error',
  aborted: 'warn',
};
const STAGES: Names<Levels> = {
  queued: true,
  start: true,
  progress: true,
  retry: true,
  success: true,
  error: true,
  aborted: true,
};

/**
 * Writes what becomes of the tasks of a limiter or a pool, one object for each stage of each: `queued`, `start`,
 * `progress`, `retry`, and at its end `success`, `error` or `aborted`. Told of those that come in from now on.
 *
 * - `error` is the failure of its function, for good; `aborted` is any other end that is none of its own making: a signal,
 *   `cancel`, `clear`, `close`, a timeout, a full queue.
 * - The tasks of a limiter are its calls, `run`, `submit`, and what `retry`, `scope` and `map` and its kin do in a
 *   `limiter` that they are given. Permits (`acquire`) are no tasks. A call that is retried is one task.
 * - The tasks of a pool are told by observing the pool; observing the limiter that they run in tells nothing of them.
 * - On `diagnostics_channel`, where anybody subscribes to `tracing:fanfold:task:*`, a call of a function is told until what
 *   it gave has ended: of a promise until it settles, of the generator of a pool's task until that has come to its end.
 *   `result` is what it came to. Of one that was closed when its attempt was given up on, `error` is why.
 * - Each is told soon after it happened, in a microtask and in the async context of whoever submitted the task, and in
 *   order: `start` before the function is called. A logger that throws is reported as uncaught, and disturbs nobody.
 * - Where nobody observes it costs nothing.
 *
 * @param target A limiter (`semaphore.limiter` of a semaphore) or a pool.
 * @param logger pino, `console` or what is like them; or a function, which is given each record.
 * @returns What ends it.
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 *
 * @example
 * ```ts
 * const stop = observe(limiter, pino({ level: 'debug' }));
 * ```
 */
export function observe(
  target: Limiter | Observable,
  logger: StageLogger | ((record: StageRecord) => void),
  options: ObserveOptions = {},
): StopObserving {
  const observed = target as Partial<Observable> | null | undefined;
  if (typeof observed?.[OBSERVE] !== 'function') throw wrongType('target', 'a limiter or a pool', target);
  checkLogger(logger);
  checkOptions(options, OBSERVE_OPTIONS);
  const levels = checkLevels(options.levels);
  const tell =
    typeof logger === 'function'
      ? (record: StageRecord): void => void logger(record)
      : (record: StageRecord): void => log(logger, levels[record.stage], record);
  const stop = (observed as Observable)[OBSERVE](tell);
  const observation = (): void => stop();
  return Object.defineProperty(observation, dispose, { value: observation }) as StopObserving;
}

function log(logger: StageLogger, level: LogLevel | false, record: StageRecord): void {
  if (level === false) return;
  // Looked up each time: pino changes its methods with its level.
  const method = [level, 'info' as const, 'log' as const].find((name) => typeof logger[name] === 'function');
  if (method === undefined) return;
  const { error, ...rest } = record;
  const entry: LogEntry = 'error' in record ? { ...rest, err: error } : rest;
  logger[method]?.(entry, `task ${record.taskId} of ${record.name}: ${record.stage}`);
}

function checkLogger(logger: unknown): void {
  if (typeof logger === 'function') return;
  const { info, log } = Object(logger) as StageLogger;
  if (typeof info === 'function' || typeof log === 'function') return;
  throw wrongType('logger', 'a function, or an object with a method `info` or `log`', logger);
}

function checkLevels(levels: Levels | undefined): Readonly<Record<Stage, LogLevel | false>> {
  if (levels === undefined) return LEVELS;
  checkOptions(levels, STAGES, 'levels.');
  const checked: Record<Stage, LogLevel | false> = { ...LEVELS };
  for (const stage of Object.keys(LEVELS) as Stage[]) {
    const level = levels[stage];
    if (level === undefined) continue;
    checked[stage] =
      level !== false &&
      checkOneOf<LogLevel>(`levels.${stage}`, level, ['debug', 'trace', 'info', 'warn', 'error']);
  }
  return checked;
}

// The public names that every entry has.
export type { BackendCandidate, BackendInfo } from './engine/select.ts';
export {
  BackendError,
  ClearedError,
  ClosedError,
  InternalError,
  NestedLimitError,
  QueueFullError,
  TimeoutError,
  type VerdictDetails,
  VerdictError,
} from './errors/index.ts';
export { type LimitedFunction, limitFunction } from './limit-function.ts';
export { createLimiter } from './limiter/limiter.ts';
export type { Permit } from './limiter/permit.ts';
export type {
  AcquireOptions,
  CloseReport,
  Limiter,
  LimiterOptions,
  LimiterStats,
  Milliseconds,
  NestedPolicy,
  Order,
  Overflow,
  TaskContext,
  TaskHandle,
  TaskOptions,
} from './limiter/types.ts';
export { createMutex, createSemaphore, type Mutex, type Semaphore } from './semaphore.ts';

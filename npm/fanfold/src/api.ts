// The public names that every entry has.

export { PushPullBuffer } from './buffer/buffer.js';
export {
  type EmitterLike,
  type EventTargetLike,
  type FromEventsOptions,
  fromEvents,
} from './buffer/events.js';
export { type AnyReadable, fromStream, type StreamSource } from './buffer/from-stream.js';
export { toStream } from './buffer/to-stream.js';
export type * from './buffer/types.js';
export { AsyncIteratorCombiner } from './combine/combiner.js';
export { concat } from './combine/concat.js';
export { latest } from './combine/latest.js';
export { merge } from './combine/merge.js';
export type {
  CombineOptions,
  CombinerOptions,
  ItemsOf,
  ItemsOrUndefined,
  MergeOptions,
  RaceResult,
  ZipOptions,
} from './combine/types.js';
export { zip } from './combine/zip.js';
export type { BackendCandidate, BackendInfo } from './engine/select.js';
export {
  BackendError,
  BreakerOpenError,
  BufferFullError,
  ClearedError,
  ClosedError,
  type Exhausted,
  InternalError,
  NestedLimitError,
  OverloadedError,
  QueueFullError,
  type RetryDetails,
  RetryError,
  TimeoutError,
  type VerdictDetails,
  VerdictError,
} from './errors/index.js';
export { type HttpFeedbackOptions, httpFeedback } from './feedback/http.js';
export { type Broadcast, broadcast, type Subscription } from './iterate/broadcast.js';
export { eager } from './iterate/eager.js';
export { SourceBuffer } from './iterate/source-buffer.js';
export { tee } from './iterate/tee.js';
export type {
  AnySource,
  BroadcastOptions,
  EagerOptions,
  ItemOf,
  ItemStream,
  ReadOptions,
  TeeOptions,
} from './iterate/types.js';
export { type LimitedFunction, limitFunction } from './limit-function.js';
export { adaptive } from './limiter/adaptive.js';
export { createLimiter } from './limiter/limiter.js';
export type { Permit } from './limiter/permit.js';
export type {
  AcquireOptions,
  AdaptiveAlgorithm,
  AdaptiveConcurrency,
  AdaptiveOptions,
  BlockedBy,
  BreakerChange,
  BreakerOptions,
  BreakerState,
  BreakerStats,
  Capacity,
  CloseReport,
  CompleteRate,
  Cost,
  FailureRate,
  Fallback,
  FallbackInfo,
  Feedback,
  FeedbackAnswer,
  Key,
  Limiter,
  LimiterOptions,
  LimiterStats,
  Milliseconds,
  NestedPolicy,
  Order,
  Outcome,
  Overflow,
  PerKey,
  Quantiles,
  Rate,
  TaskContext,
  TaskHandle,
  TaskOptions,
} from './limiter/types.js';
export { all, allSettled, any, race, some } from './many/all.js';
export { chunk } from './many/chunk.js';
export { filter, forEach, map, mapSettled } from './many/map.js';
export { mapBatches } from './many/map-batches.js';
export {
  type ConcurrencyRow,
  type ConcurrencyTable,
  type MeasureOptions,
  measureConcurrency,
} from './many/measure.js';
export { type Settlement, type SettlementCounts, type SettlementError, settle } from './many/settle.js';
export { skip } from './many/skip.js';
export { type ResultStream, stream } from './many/stream.js';
export type * from './many/types.js';
export {
  type LogEntry,
  type LogLevel,
  type ObserveOptions,
  observe,
  type StageLogger,
  type StopObserving,
} from './observe/observe.js';
export type { Observable, Stage, StageListener, StageRecord } from './observe/stage.js';
export {
  type EnvelopeStream,
  TaskPool,
  type TaskPoolConstructor,
} from './pool/pool.js';
export type * from './pool/types.js';
export { RetryBudget, type RetryBudgetOptions } from './retry/budget.js';
export { type HttpRetry, type HttpRetryOptions, httpRetry } from './retry/http.js';
export { retry } from './retry/retry.js';
export { stopRetry } from './retry/stop.js';
export type * from './retry/types.js';
export { scope } from './scope/scope.js';
export type { Scope, ScopeOptions } from './scope/types.js';
export { createMutex, createSemaphore, type Mutex, type Semaphore } from './semaphore.js';
export { anySignal, type CombinedSignal } from './time/any-signal.js';
export { type Deadline, deadline } from './time/deadline.js';
export { type SleepOptions, sleep } from './time/sleep.js';
export { type TimeoutContext, type TimeoutOptions, timeout } from './time/timeout.js';

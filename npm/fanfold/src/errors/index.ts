export { BackendError } from './backend.js';
export { BufferFullError } from './buffer.js';
export { InternalError } from './internal.js';
export { type Exhausted, type RetryAttempt, type RetryDetails, RetryError } from './retry.js';
export {
  BreakerOpenError,
  ClearedError,
  ClosedError,
  NestedLimitError,
  OverloadedError,
  QueueFullError,
  TimeoutError,
  type VerdictDetails,
  VerdictError,
} from './verdicts.js';

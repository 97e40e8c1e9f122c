export { BackendError } from './backend.js';
export { InternalError } from './internal.js';
export { type Exhausted, type RetryAttempt, type RetryDetails, RetryError } from './retry.js';
export {
  ClearedError,
  ClosedError,
  NestedLimitError,
  OverloadedError,
  QueueFullError,
  TimeoutError,
  type VerdictDetails,
  VerdictError,
} from './verdicts.js';

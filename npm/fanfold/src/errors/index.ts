export { BackendError } from './backend.js';
export { InternalError } from './internal.js';
export {
  ClearedError,
  ClosedError,
  NestedLimitError,
  QueueFullError,
  TimeoutError,
  type VerdictDetails,
  VerdictError,
} from './verdicts.js';

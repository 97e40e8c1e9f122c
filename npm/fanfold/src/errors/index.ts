export { BackendError } from './backend.ts';
export { InternalError } from './internal.ts';
export {
  ClearedError,
  ClosedError,
  NestedLimitError,
  QueueFullError,
  TimeoutError,
  type VerdictDetails,
  VerdictError,
} from './verdicts.ts';

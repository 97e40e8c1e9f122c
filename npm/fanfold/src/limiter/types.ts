// What users see of a limiter, by topic.
export type * from './types/adaptive.js';
export type * from './types/breaker.js';
export type * from './types/fallback.js';
export type * from './types/feedback.js';
export type * from './types/limiter.js';
export type * from './types/options.js';
export type * from './types/rates.js';
export type * from './types/stats.js';
export type * from './types/task.js';

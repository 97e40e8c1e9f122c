// Generated from crates/mailbox/src/layout.rs by `cargo xtask constants`. Do not edit.

/** The layout of the mailbox: offsets and lengths in words of 32 bits. */
export const WORDS = 16512;
export const COMMANDS_AT = 128;
export const COMMAND_WORDS = 8192;
export const EFFECTS_AT = 8320;
export const NONE = 4294967295;
export const HANDLE_INDEX_BITS = 24;
export const HANDLE_GENERATION_BITS = 6;
export const FAULT_PANIC = 1;

/** Words of the header. */
export const HEADER_FAULT = 0;
export const HEADER_COMMANDS = 1;
export const HEADER_STARTS = 2;
export const HEADER_EFFECTS = 3;
export const HEADER_MORE = 4;
export const HEADER_READY = 5;
export const HEADER_DEADLINE_REASON = 6;
export const HEADER_ANSWER = 7;
export const HEADER_NOW = 8;
export const HEADER_DEADLINE = 10;
export const HEADER_ACTIVE = 12;
export const HEADER_QUEUED = 13;
export const HEADER_PAUSED = 14;
export const HEADER_CLOSED = 15;
export const HEADER_COUNTS = 16;
export const HEADER_TIMED = 32;
export const HEADER_HOLDS = 33;
export const HEADER_RESTING = 34;
export const HEADER_BLOCKED_BY = 35;
export const HEADER_BLOCK = 36;
export const HEADER_FIRST = 60;
export const HEADER_OLDEST_WAIT = 64;
export const HEADER_NEXT_START = 66;
export const HEADER_WAITED = 68;
export const HEADER_RAN = 76;
export const HEADER_LEFT = 84;
export const HEADER_CONCURRENCY = 100;
export const HEADER_CIRCUIT = 101;
export const HEADER_HALF_OPEN = 102;

/** The longest command, in words. */
export const LONGEST_COMMAND = 21;

/** The counters of an answer, each a float, from HEADER_COUNTS on. */
export const COUNTERS = [
  'started',
  'fulfilled',
  'failed',
  'aborted',
  'timedOut',
  'dropped',
  'cleared',
  'peakQueued',
] as const;

/** 2 words: limiter; handle. */
export const COMMAND_SUBMIT = 1;

/** 8 words: limiter; handle, signal, parent, queue timeout (2), run timeout (2). */
export const COMMAND_SUBMIT_WITH = 2;

/** 2 words: fulfilled | health << 1; handle. */
export const COMMAND_COMPLETE = 3;

/** 2 words: 0; handle. */
export const COMMAND_CANCEL = 4;

/** 2 words: 0; signal. */
export const COMMAND_SIGNAL_ABORTED = 5;

/** 2 words: limiter; handle. */
export const COMMAND_TRY = 6;

/** 2 words: 0; limiter. */
export const COMMAND_QUERY = 7;

/** 4 words: 0; limiter, handle, fewer than so many queued (0 for idle). */
export const COMMAND_WAIT = 8;

/** 8 words: flags; limiter, concurrency, max queue, queue timeout (2), run timeout (2). */
export const COMMAND_OPEN = 9;

/** 2 words: 0; limiter. */
export const COMMAND_FREE = 10;

/** 3 words: 0; limiter, concurrency. */
export const COMMAND_RESIZE = 11;

/** 2 words: 0; limiter. */
export const COMMAND_SETTLE = 12;

/** 4 words: 0; limiter, span (2). */
export const COMMAND_PAUSE = 13;

/** 2 words: 0; limiter. */
export const COMMAND_RESUME = 14;

/** 2 words: 0; limiter. */
export const COMMAND_CLEAR = 15;

/** 5 words: 0; limiter, handle, grace (2). */
export const COMMAND_CLOSE = 16;

/** 2 words: 0; limiter. */
export const COMMAND_ABORT = 17;

/** 4 words: holds; handle, span (2). */
export const COMMAND_SLEEP = 18;

/** 21 words: flags; handle, attempt, retries, base (2), factor (float), max (2), max elapsed (2), elapsed (2), slept (2), delay given (2), seed (2), budget. */
export const COMMAND_RETRY = 19;

/** 8 words: 0; budget, share (float), minimum a second (float), window (2). */
export const COMMAND_OPEN_BUDGET = 20;

/** 2 words: 0; budget. */
export const COMMAND_FREE_BUDGET = 21;

/** 2 words: 0; budget. */
export const COMMAND_DEPOSIT = 22;

/** 3 words: need | rest << 4; handle, how many (for NEED_SOME). */
export const COMMAND_GATHER = 23;

/** 3 words: fulfilled; handle, member. */
export const COMMAND_SETTLED = 24;

/** 3 words: 0; handle, how many more. */
export const COMMAND_TALLY = 25;

/** 4 words: 0; handle, members (2). */
export const COMMAND_SEAL = 26;

/** 2 words: 0; handle. */
export const COMMAND_DISBAND = 27;

/** 2 words: limiter; handle. */
export const COMMAND_HOLD = 28;

/** 10 words: limiter; handle, signal, parent, queue timeout (2), run timeout (2), weight, priority (signed). */
export const COMMAND_SUBMIT_FULL = 29;

/** 12 words: flags; limiter, concurrency, max queue, queue timeout (2), run timeout (2), parent, bypass, ageing (2). */
export const COMMAND_OPEN_FULL = 30;

/** 3 words: 0; handle, priority (signed). */
export const COMMAND_REPRIORITIZE = 31;

/** 3 words: 0; limiter, parent. */
export const COMMAND_MOVE = 32;

/** 2 words: 0; handle. */
export const COMMAND_BLOCKED_BY = 33;

/** 6 words: which | resource << 8 | flags << 16; limiter, units (2, all bits set for no such rule), interval (2). */
export const COMMAND_SET_RATE = 34;

/** 4 words: resource; handle, units (2). */
export const COMMAND_COST = 35;

/** 4 words: resource; handle, units (2). */
export const COMMAND_SETTLE_COST = 36;

/** 11 words: limiter; handle, signal, parent, queue timeout (2), run timeout (2), weight, priority (signed), key. */
export const COMMAND_SUBMIT_KEYED = 37;

/** 3 words: limiter; key (NONE for the tasks without one), weight. */
export const COMMAND_SET_KEY = 38;

/** 4 words: 0; limiter, concurrency, max queue. */
export const COMMAND_SET_PER_KEY = 39;

/** 6 words: which | resource << 8 | flags << 16; limiter, units (2, all bits set for no such rule), interval (2). */
export const COMMAND_SET_PER_KEY_RATE = 40;

/** 4 words: limiter; key (NONE for the tasks without one), span (2, 0 for no longer). */
export const COMMAND_HOLD_KEY = 41;

/** 3 words: flags; buffer, capacity. */
export const COMMAND_OPEN_BUFFER = 100;

/** 2 words: 0; buffer. */
export const COMMAND_FREE_BUFFER = 101;

/** 5 words: seat; buffer, slot, weight, rank (signed). */
export const COMMAND_PUSH = 102;

/** 5 words: seat; buffer, slot, weight, rank (signed). */
export const COMMAND_PUSH_NOW = 103;

/** 2 words: seat; buffer. */
export const COMMAND_PULL = 104;

/** 3 words: 0; buffer, how many. */
export const COMMAND_TAKE = 105;

/** 2 words: seat; buffer. */
export const COMMAND_AWAIT_ROOM = 106;

/** 4 words: 0; buffer, how many came, how many went. */
export const COMMAND_MOVED = 107;

/** 2 words: seat; buffer. */
export const COMMAND_LEAVE = 108;

/** 2 words: 0; buffer. */
export const COMMAND_END_BUFFER = 109;

/** 2 words: 0; buffer. */
export const COMMAND_ABANDON_BUFFER = 110;

/** 5 words: limiter; handle, parent, priority (2, signed). */
export const COMMAND_SUBMIT_RANKED = 160;

/** 2 words: 0; limiter. */
export const COMMAND_NEXT = 161;

/** 2 words: 0; limiter. */
export const COMMAND_FIRST = 162;

/** 6 words: scope; limiter, span (2), spread (2). */
export const COMMAND_HOLD_BACK = 200;

/** 2 words: 0; limiter. */
export const COMMAND_LIFT_HOLD = 201;

/** 4 words: 0; limiter, span (2). */
export const COMMAND_SET_MAX_WAIT = 202;

/** 2 words: 0; limiter. */
export const COMMAND_ENABLE_STATS = 203;

/** 2 words: 0; limiter. */
export const COMMAND_QUERY_STATS = 204;

/** 9 words: kind; limiter, trials, failures (in a row, or of a thousand), calls at least, window (2), half-open after (2). */
export const COMMAND_SET_BREAKER = 205;

/** 5 words: algorithm; limiter, min, max, initial. */
export const COMMAND_SET_ADAPTIVE = 206;

/** 2 words: limiter; handle. */
export const EFFECT_START = 1;

/** 5 words: verdict; handle, limiter, waited (2). */
export const EFFECT_REJECT = 2;

/** 7 words: verdict; handle, limiter, waited (2), ran (2). */
export const EFFECT_EXPIRE = 3;

/** 2 words: 0; handle. */
export const EFFECT_WAKE = 4;

/** 8 words: drained; handle, fulfilled, rejected, cleared, aborted, elapsed (2). */
export const EFFECT_CLOSED = 5;

/** 2 words: room; limiter. */
export const EFFECT_ROOM = 6;

/** 2 words: 0; signal. */
export const EFFECT_SIGNAL_IDLE = 7;

/** 2 words: 0; limiter. */
export const EFFECT_NESTED_FULL = 8;

/** 2 words: 0; limiter. */
export const EFFECT_LIMITER_FREED = 9;

/** 2 words: fault; subject. */
export const EFFECT_FAULT = 10;

/** 4 words: 0; handle, delay (2). */
export const EFFECT_RETRY_AFTER = 11;

/** 2 words: what; handle. */
export const EFFECT_EXHAUSTED = 12;

/** 2 words: 0; handle. */
export const EFFECT_GROUP_STOP = 13;

/** 3 words: fulfilled; handle, member (NONE for the end of all). */
export const EFFECT_GROUP_DECIDED = 14;

/** 2 words: limiter; key. */
export const EFFECT_KEY_IDLE = 15;

/** 2 words: seat; buffer. */
export const EFFECT_ADMIT = 100;

/** 2 words: seat; buffer. */
export const EFFECT_REFUSE_VALUE = 101;

/** 3 words: seat; buffer, slot (NONE where the host counts). */
export const EFFECT_GIVE = 102;

/** 3 words: 0; buffer, slot (NONE where the host counts). */
export const EFFECT_GIVE_NOW = 103;

/** 3 words: 1 for the newest; buffer, slot (NONE where the host counts). */
export const EFFECT_DROP = 104;

/** 2 words: seat; buffer. */
export const EFFECT_RELEASE = 105;

/** 8 words: verdict; handle, limiter, waited (2), refused by, after (2). */
export const EFFECT_REFUSE = 200;

/** 4 words: state; limiter, half-open after (2). */
export const EFFECT_BREAKER = 201;

/** 3 words: 0; limiter, concurrency. */
export const EFFECT_LIMIT = 202;

/** Flags of COMMAND_OPEN and COMMAND_OPEN_FULL. */
export const FLAG_LIFO = 1;
export const FLAG_DROP_OLDEST = 2;
export const FLAG_DROP_NEWEST = 4;
export const FLAG_NESTED_ERROR = 8;
export const FLAG_NESTED_INHERIT = 16;
export const FLAG_PRIORITY = 32;
export const FLAG_DROP_LOWEST = 64;

/** Flags of COMMAND_OPEN_BUFFER. */
export const BUFFER_LIFO = 1;
export const BUFFER_RANKED = 2;
export const BUFFER_COUNTED = 4;
export const BUFFER_OVERFLOW_SHIFT = 3;
export const BUFFER_SUSPEND = 0;
export const BUFFER_DROP_OLDEST = 1;
export const BUFFER_REFUSE = 2;
export const BUFFER_CONFLATE = 3;

/** Flags of COMMAND_SET_RATE and COMMAND_SET_PER_KEY_RATE. */
export const RATE_RESOURCE_SHIFT = 8;
export const RATE_SMOOTH = 65536;
export const RATE_AT_END = 131072;
export const RATE_AT_BOTH = 262144;
export const RATE_RULES = 8;
export const RATE_RESOURCES = 8;

/** What COMMAND_HOLD_BACK holds back. */
export const SCOPE_OWN = 0;
export const SCOPE_PARENT = 1;
export const SCOPE_ROOT = 2;

/** What the end of a call says about the service, in COMMAND_COMPLETE. */
export const HEALTH_SHIFT = 1;
export const HEALTH_BY_ITSELF = 0;
export const HEALTH_GOOD = 1;
export const HEALTH_BAD = 2;
export const HEALTH_NEUTRAL = 3;

/** When a breaker opens, in COMMAND_SET_BREAKER. */
export const TRIP_NONE = 0;
export const TRIP_CONSECUTIVE = 1;
export const TRIP_RATE = 2;

/** How a limit adapts, in COMMAND_SET_ADAPTIVE. */
export const ADAPTIVE_NONE = 0;
export const ADAPTIVE_AIMD = 1;
export const ADAPTIVE_GRADIENT = 2;
export const ADAPTIVE_VEGAS = 3;

/** States of a breaker. */
export const CIRCUIT_CLOSED = 1;
export const CIRCUIT_OPEN = 2;
export const CIRCUIT_HALF_OPEN = 3;

/** Flags of COMMAND_RETRY. */
export const RETRY_JITTER_SHIFT = 2;
export const RETRY_HOLDS = 16;
export const RETRY_BASE_GIVEN = 32;
export const RETRY_AFTER_GIVEN = 64;
export const BACKOFF_CONSTANT = 0;
export const BACKOFF_LINEAR = 1;
export const BACKOFF_EXPONENTIAL = 2;
export const BACKOFF_FIBONACCI = 3;
export const JITTER_NONE = 0;
export const JITTER_FULL = 1;
export const JITTER_EQUAL = 2;
export const JITTER_DECORRELATED = 3;

/** What a group needs, and what becomes of its rest, in COMMAND_GATHER. */
export const GROUP_NEED_ALL = 0;
export const GROUP_NEED_EVERY = 1;
export const GROUP_NEED_SOME = 2;
export const GROUP_NEED_FIRST = 3;
export const GROUP_REST_SHIFT = 4;
export const GROUP_REST_ABORT = 0;
export const GROUP_REST_ABORT_AND_WAIT = 1;
export const GROUP_REST_CONTINUE = 2;

/** What there may be no more of, in EFFECT_EXHAUSTED. */
export const EXHAUSTED_RETRIES = 1;
export const EXHAUSTED_ELAPSED = 2;
export const EXHAUSTED_BUDGET = 3;

/** What a task waits for, in HEADER_BLOCK. */
export const BLOCK_CONCURRENCY = 1;
export const BLOCK_WEIGHT = 2;
export const BLOCK_RATE = 3;
export const BLOCK_PAUSED = 4;
export const BLOCK_KEY = 5;
export const BLOCK_ORDER = 6;
export const BLOCK_BREAKER = 7;

/** Verdicts. */
export const VERDICT_QUEUE_FULL = 1;
export const VERDICT_QUEUE_TIMEOUT = 2;
export const VERDICT_RUN_TIMEOUT = 3;
export const VERDICT_CANCELLED = 4;
export const VERDICT_SIGNAL_ABORTED = 5;
export const VERDICT_LIMITER_ABORTED = 6;
export const VERDICT_CLEARED = 7;
export const VERDICT_CLOSED = 8;
export const VERDICT_NESTED = 9;
export const VERDICT_TOO_HEAVY = 10;
export const VERDICT_OVERLOADED = 11;
export const VERDICT_BREAKER_OPEN = 12;

/** What `fetch` says where the network failed, whole messages: browsers, Node.js, React Native, Bun, Cloudflare. */
const MESSAGES: ReadonlySet<string> = new Set([
  'network error',
  'Failed to fetch',
  'NetworkError when attempting to fetch resource.',
  'The Internet connection appears to be offline.',
  'Network request failed',
  'fetch failed',
  'terminated',
  ' A network error occurred.',
  'Network connection lost',
]);

const CHROMIUM_WITH_HOST = /^Failed to fetch \(.*\)$/s;
const SAFARI = /^Load failed(?: \(.*\))?$/s;
const DENO = 'error sending request for url';

/**
 * Whether a TypeError is the network's fault and not the program's: what is-network-error 1.3 says, on which p-retry
 * rests. `httpRetry` asks another question, about all errors of requests.
 */
export function isNetworkError(error: TypeError): boolean {
  const { name, message, stack } = error;
  const isPlain = Object.prototype.toString.call(error) === '[object Error]' && name === 'TypeError';
  if (!isPlain || typeof message !== 'string') return false;
  // Safari says so little that a bug could say it too, but only its own error has no stack, unless Sentry gave it one.
  if (SAFARI.test(message)) return stack === undefined || '__sentry_captured__' in error;
  return MESSAGES.has(message) || CHROMIUM_WITH_HOST.test(message) || message.startsWith(DENO);
}

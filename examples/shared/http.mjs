// The server answered, but not with what was asked for. fetch does not reject for that, so it is up to the caller.

/** Its `response` is what `httpRetry` looks at: whether the status is worth a retry, and `Retry-After`. */
export class HttpError extends Error {
  /** @param {Response} response */
  constructor(response) {
    const { pathname } = new URL(response.url);
    const after = response.headers.get('retry-after');
    super(
      `HTTP ${response.status} ${response.statusText} for ${pathname}${after ? `, Retry-After: ${after}` : ''}`,
    );
    this.name = 'HttpError';
    this.response = response;
  }
}

/**
 * A response that is good, or an error.
 *
 * @param {string} url
 * @param {AbortSignal} signal  ends the request, and the body with it
 */
export async function get(url, signal) {
  const response = await fetch(url, { signal });
  if (response.ok) return response;
  // A body that nobody reads keeps its connection open.
  await response.body?.cancel();
  throw new HttpError(response);
}

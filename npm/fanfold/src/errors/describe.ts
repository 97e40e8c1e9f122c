import { show } from './misuse.js';

/** What was thrown, as a message tells it. With the cause, which alone says what went wrong where the error is the `TypeError: fetch failed` of Node. */
export function describe(thrown: unknown): string {
  const message = messageOf(thrown);
  const cause = thrown instanceof Error ? causeOf(thrown) : undefined;
  return cause === undefined || message.includes(cause) ? message : `${message} (${cause})`;
}

function causeOf({ cause }: Error): string | undefined {
  if (typeof cause === 'string') return cause;
  if (typeof cause !== 'object' || cause === null) return undefined;
  const { message, code } = cause as { message?: unknown; code?: unknown };
  return [message, code].find((text): text is string => typeof text === 'string' && text !== '');
}

/** What is thrown need not be an error, and an error need not have a message. */
function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message === '' ? thrown.name : thrown.message;
  if (typeof thrown === 'object' && thrown !== null) {
    const { message, status } = thrown as { message?: unknown; status?: unknown };
    if (typeof message === 'string' && message !== '') return message;
    if (typeof status === 'number') return `${show(thrown)} with status ${status}`;
  }
  return typeof thrown === 'string' ? thrown : show(thrown);
}

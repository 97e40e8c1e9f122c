import { openPort } from '../engine/select.js';
import { Host } from './host.js';

let host: Host | undefined;

/**
 * The host of this thread, made on first use; another one only where the whole engine takes the place of the plain one.
 * What belongs to a limiter is told to the host of that one.
 *
 * @throws BackendError if no engine can run here.
 */
export function currentHost(): Host {
  const port = openPort();
  if (host?.port !== port) host = new Host(port);
  return host;
}

import { openPort } from '../engine/select.js';
import { Host } from './host.js';

let host: Host | undefined;

/**
 * The host of this thread, made on first use.
 *
 * @throws BackendError if no engine can run here.
 */
export function currentHost(): Host {
  host ??= new Host(openPort());
  return host;
}

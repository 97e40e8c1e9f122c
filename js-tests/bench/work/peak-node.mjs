import { readFileSync } from 'node:fs';

/**
 * The highest that the resident set of this process has been, in bytes (Linux). Not what `resourceUsage` gives:
 * a process inherits that from the one that started it.
 * @returns {number | undefined}
 */
export function residentPeak() {
  if (process.platform !== 'linux') return undefined;
  const [, kilobytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

import { fractionOf, type ProgressState } from './state.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const BAR_MOST = 30;
/** A shorter bar says less than its number. */
const BAR_LEAST = 5;

/** What is shown of a moment. */
export interface Moment {
  readonly label: string;
  readonly state: ProgressState;
  /** Milliseconds since the beginning. */
  readonly elapsed: number;
  readonly hasEnded: boolean;
}

/** A line with a bar, for a terminal of so many columns. */
export function barLine(moment: Moment, columns: number): string {
  // A line that is full makes some terminals begin another one.
  const room = columns - 1;
  const fraction = fractionOf(moment.state);
  const label = moment.label === '' ? [] : [moment.label];
  const rest = parts(moment);
  const width = Math.min(room - joined([...label, '', ...rest]).length, BAR_MOST);
  if (fraction !== undefined && width >= BAR_LEAST) return joined([...label, bar(fraction, width), ...rest]);
  const all = [...label, ...rest];
  // What comes last can best be done without.
  while (all.length > 1 && joined(all).length > room) all.pop();
  return joined(all).slice(0, room);
}

function joined(parts: readonly string[]): string {
  return parts.join('  ');
}

/** A line that says the same without a bar. */
export function plainLine(moment: Moment): string {
  const rest = parts(moment).map((part) => part.trim());
  return moment.label === '' ? rest.join(', ') : `${moment.label}: ${rest.join(', ')}`;
}

function parts({ state, elapsed, hasEnded }: Moment): string[] {
  const { done, failed, running, suspended = 0, total } = state;
  const fraction = fractionOf(state);
  const all: string[] = [];
  if (fraction !== undefined) all.push(`${Math.floor(fraction * 100)}%`.padStart(4));
  all.push(total === undefined ? `${done + failed} done` : `${done + failed}/${total}`);
  if (failed > 0) all.push(`${failed} failed`);
  if (!hasEnded || running > 0) all.push(`${running} running`);
  if (suspended > 0) all.push(`${suspended} suspended`);
  all.push(duration(elapsed));
  if (!hasEnded && fraction !== undefined && fraction > 0 && fraction < 1) {
    all.push(`ETA ${duration((elapsed * (1 - fraction)) / fraction)}`);
  }
  return all;
}

function bar(fraction: number, width: number): string {
  const full = Math.floor(fraction * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** Milliseconds as people read them: `4.2s`, `42s`, `3m07s`, `2h05m`. */
export function duration(ms: number): string {
  // What is rounded up to the next unit is said in that.
  if (ms < 9.95 * SECOND) return `${(ms / SECOND).toFixed(1)}s`;
  if (ms < 59.5 * SECOND) return `${Math.round(ms / SECOND)}s`;
  if (ms < HOUR - 0.5 * SECOND) {
    const seconds = Math.round(ms / SECOND);
    return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`;
  }
  const minutes = Math.round(ms / MINUTE);
  return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, '0')}m`;
}

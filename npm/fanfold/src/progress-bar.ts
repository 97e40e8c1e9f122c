// A display of progress. An entry of its own: only who asks for it needs a library for terminals.
export { type ProgressBar, type ProgressBarOptions, progressBar } from './progress/bar.js';
export type { ProgressStream } from './progress/display.js';
export type { Progressing, ProgressState } from './progress/state.js';

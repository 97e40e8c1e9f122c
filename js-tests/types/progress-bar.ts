// A progress bar: whose progress it shows, where.
import { map, type Progress } from 'fanfold';
import {
  type ProgressBar,
  type ProgressBarOptions,
  type Progressing,
  type ProgressState,
  type ProgressStream,
  progressBar,
} from 'fanfold/progress-bar';
import { exactly } from './expect.ts';

const pool: Progressing = { progress: { done: 0, failed: 0, running: 0 }, onProgress: () => () => {} };
const stream: ProgressStream = process.stdout;
const options: ProgressBarOptions = { label: 'x', stream, interval: 1, linePercent: 5, lineInterval: 1 };

exactly<ProgressBar>()(progressBar());
exactly<ProgressBar>()(progressBar(options));
exactly<ProgressBar>()(progressBar(pool, options));
{
  using bar = progressBar({ label: undefined, stream: process.stderr });
  map([1], (n) => n, { concurrency: 1, onProgress: bar.onProgress });
  map([1], (n) => n, { concurrency: 1, ...bar }).finally(bar.stop);
}
const progress: ProgressState = {} as Progress;
progressBar().onProgress(progress);

// @ts-expect-error no such option
progressBar({ lable: 'x' });
// @ts-expect-error a stream has a method `write`
progressBar({ stream: {} });
// @ts-expect-error what is followed says how far it is
progressBar({ onProgress: () => () => {} }, {});

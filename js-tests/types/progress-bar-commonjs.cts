// The same from CommonJS.
import bars = require('fanfold/progress-bar');

const bar: bars.ProgressBar = bars.progressBar({ label: 'pages' });
bar.stop();

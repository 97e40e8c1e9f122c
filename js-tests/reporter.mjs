// Writes what each project counted to the file named by FANFOLD_TEST_COUNTS, for the summary of `npm test`.
import { writeFileSync } from 'node:fs';

export default class CountsReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const file = process.env.FANFOLD_TEST_COUNTS;
    if (!file) return;
    const counts = {};
    for (const module of modules) {
      counts[module.project.name] ??= { passed: 0, failed: 0, skipped: 0, shared: 0 };
      const project = counts[module.project.name];
      // A file that could not even be collected has no tests to count, and is still a failure.
      if (module.errors().length > 0) project.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        project[state === 'pending' ? 'failed' : state] += 1;
        if (module.moduleId.includes('/suite/')) project.shared += 1;
      }
    }
    writeFileSync(file, JSON.stringify({ counts, unhandled: unhandledErrors.length }));
  }
}

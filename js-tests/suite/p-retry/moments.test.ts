// What happens inside a call and what later: everything that function, callbacks and caller see, in one sequence.
import { describe } from 'vitest';
import { sameAsPRetry } from '../support/p-retry.ts';

const now = { minTimeout: 0 };

describe('inside the call', () => {
  sameAsPRetry('the function is called, the caller goes on later', async (stage) => {
    const run = stage.module.default((attempt) => {
      stage.note(`attempt ${attempt}`, 'attempt');
      return 'value';
    });
    stage.note('called');
    stage.follow('run', run);
    await stage.flush();
  });

  sameAsPRetry('a function that throws: callbacks are asked later', async (stage) => {
    const run = stage.module.default(stage.failing, {
      ...now,
      retries: 2,
      shouldConsumeRetry: stage.callback('consume', () => true),
      onFailedAttempt: stage.callback('failed', () => {}),
      shouldRetry: stage.callback('retry', () => true),
    });
    stage.note('called');
    stage.follow('run', run);
    await stage.flush();
  });

  sameAsPRetry('bad options: rejected, not thrown', async (stage) => {
    stage.attempt('call', () => {
      stage.follow('run', stage.module.default(stage.failing, { retries: -1 }));
    });
    stage.note('called');
    await stage.flush();
  });

  sameAsPRetry('aborted already', async (stage) => {
    stage.follow('run', stage.module.default(stage.failing, { signal: AbortSignal.abort('reason') }));
    stage.note('called');
    await stage.flush();
  });
});

describe('one thing after the other', () => {
  for (const kind of ['sync', 'async'] as const) {
    sameAsPRetry(`callbacks that answer ${kind}`, async (stage) => {
      const answer = <T>(value: T) => (kind === 'sync' ? value : Promise.resolve(value));
      stage.follow(
        'run',
        stage.module.default(stage.gated, {
          ...now,
          retries: 1,
          shouldConsumeRetry: stage.callback('consume', () => answer(true)),
          onFailedAttempt: stage.callback('failed', () => answer(undefined)),
          shouldRetry: stage.callback('retry', () => answer(true)),
        }),
      );
      stage.fail('1');
      await stage.flush();
      stage.fail('2');
      await stage.flush();
    });
  }

  sameAsPRetry('attempts without callbacks', async (stage) => {
    stage.follow('run', stage.module.default(stage.gated, { ...now, retries: 2 }));
    stage.fail('1');
    await stage.flush();
    stage.fail('2');
    stage.open('3', 'value');
    await stage.flush();
  });

  sameAsPRetry('an abort in the step in which an attempt fails', async (stage) => {
    const controller = new AbortController();
    const onFailedAttempt = stage.callback('failed', () => {});
    stage.follow(
      'run',
      stage.module.default(stage.gated, { ...now, signal: controller.signal, onFailedAttempt }),
    );
    await stage.flush();
    stage.fail('1');
    controller.abort('reason');
    await stage.flush();
  });

  sameAsPRetry('an abort in the step in which an attempt succeeds', async (stage) => {
    const controller = new AbortController();
    stage.follow('run', stage.module.default(stage.gated, { ...now, signal: controller.signal }));
    await stage.flush();
    stage.open('1');
    controller.abort('reason');
    await stage.flush();
  });

  sameAsPRetry('a callback that fails', async (stage) => {
    stage.follow(
      'run',
      stage.module.default(stage.failing, {
        ...now,
        onFailedAttempt: stage.callback('failed', () => Promise.reject(new Error('callback'))),
        shouldRetry: stage.callback('retry', () => true),
      }),
    );
    await stage.flush();
  });
});

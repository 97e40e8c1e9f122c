// Random functions, callbacks, options and aborts, played on p-retry and on the drop-in in fake time: everything must
// happen in the same order, with the same arguments, at the same millisecond.
import fc from 'fast-check';
import { expect } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { FANFOLD, type PRetryModule, play, REAL, type RetryStage } from '../support/p-retry.ts';
import { inOrder } from '../support/recorder.ts';
import { propertyTest } from '../support/seeds.ts';
import { microtasks } from '../support/turns.ts';

useFakeTime();

type Thrown = 'error' | 'network' | 'bug' | 'abort' | 'nested abort' | 'text';

/** What one call of a function or callback does before it answers, and how. */
interface Act<Answer> {
  readonly spends: { readonly how: 'timer' | 'microtasks'; readonly amount: number } | undefined;
  readonly aborts: boolean;
  /** Whether it answers with a promise. */
  readonly promises: boolean;
  readonly throws: Thrown | undefined;
  readonly answer: Answer;
}

function act<Answer>(answer: fc.Arbitrary<Answer>, failures: number): fc.Arbitrary<Act<Answer>> {
  return fc.record({
    spends: fc.option(
      fc.record({
        how: fc.constantFrom('timer' as const, 'microtasks' as const),
        amount: fc.constantFrom(0, 1, 5, 40, 100),
      }),
      { nil: undefined, freq: 2 },
    ),
    aborts: fc.oneof(
      { weight: 30, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
    promises: fc.boolean(),
    throws: fc.oneof(
      {
        weight: failures,
        arbitrary: fc.constantFrom<Thrown>(
          'error',
          'error',
          'error',
          'error',
          'network',
          'network',
          'bug',
          'abort',
          'nested abort',
          'text',
        ),
      },
      { weight: 100 - failures, arbitrary: fc.constant(undefined) },
    ),
    answer,
  });
}

const milliseconds = fc.constantFrom(0, 1, 10, 25, 100, 1000);
const callback = (...answers: unknown[]) =>
  fc.option(fc.array(act(fc.constantFrom(...answers), 3), { minLength: 1, maxLength: 4 }), {
    nil: undefined,
  });

const script = fc.record({
  attempts: fc.array(act(fc.constantFrom<unknown>('value', undefined, null), 85), {
    minLength: 1,
    maxLength: 9,
  }),
  shouldConsumeRetry: callback(true, true, true, false, undefined, null, 0),
  onFailedAttempt: callback(undefined, 'ignored'),
  shouldRetry: callback(true, true, true, true, 'yes', false, undefined),
  options: fc.record(
    {
      retries: fc.constantFrom(0, 1, 3, 3, 6, Number.POSITIVE_INFINITY),
      minTimeout: milliseconds,
      maxTimeout: fc.constantFrom(0, 20, 150, 2000, Number.POSITIVE_INFINITY),
      factor: fc.constantFrom(0, 0.5, 1, 1.5, 2, 3),
      maxRetryTime: fc.constantFrom(0, 50, 300, 2500, Number.POSITIVE_INFINITY),
      randomize: fc.boolean(),
      unref: fc.boolean(),
    },
    { requiredKeys: [] },
  ),
  abortAt: fc.option(fc.constantFrom(0, 1, 10, 25, 100, 110, 150, 1000), { nil: undefined, freq: 3 }),
  random: fc.array(fc.constantFrom(0, 0.25, 0.5, 0.75), { minLength: 1, maxLength: 5 }),
});
type Script = typeof script extends fc.Arbitrary<infer T> ? T : never;

function errorOf({ AbortError }: PRetryModule, kind: Thrown, text: string): unknown {
  switch (kind) {
    case 'error':
      return new RangeError(text);
    case 'network':
      return new TypeError('fetch failed');
    case 'bug':
      return new TypeError(text);
    case 'abort':
      return new AbortError(text);
    case 'nested abort':
      return new AbortError(new AbortError(new RangeError(text)));
    case 'text':
      return text;
  }
}

/** A function that does what the list says, one item a call, the last one again and again. */
function acting<Answer>(
  stage: RetryStage,
  name: string,
  acts: readonly Act<Answer>[],
  controller: AbortController,
): () => unknown {
  let call = 0;
  return () => {
    const { spends, aborts, promises, throws, answer } = acts[Math.min(call, acts.length - 1)]!;
    call++;
    const end = () => {
      if (aborts) controller.abort(`aborted by ${name} ${call}`);
      if (throws !== undefined) throw errorOf(stage.module, throws, `${name} ${call}`);
      return answer;
    };
    if (spends === undefined) return promises ? (async () => end())() : end();
    const spent =
      spends.how === 'timer'
        ? new Promise<void>((resolve) => void setTimeout(resolve, spends.amount))
        : microtasks(spends.amount);
    return spent.then(end);
  };
}

async function playScript(stage: RetryStage, input: Script): Promise<void> {
  const { attempts, options, abortAt, random } = input;
  const controller = new AbortController();
  let ended = false;
  let calls = 0;
  const numbers = [...random];
  const realRandom = Math.random;
  Math.random = () => {
    stage.note('drawn', 'random');
    const number = numbers.shift() ?? 0;
    numbers.push(number);
    return number;
  };
  try {
    const attempt = acting(stage, 'attempt', attempts, controller);
    const callbacks = Object.fromEntries(
      (['shouldConsumeRetry', 'onFailedAttempt', 'shouldRetry'] as const).flatMap((name) => {
        const acts = input[name];
        if (acts === undefined) return [];
        const does = acting<unknown>(stage, name, acts, controller);
        return [[name, stage.callback(name, does)]];
      }),
    );
    const run = stage.module.default(
      (attemptNumber) => {
        stage.note(`attempt ${attemptNumber}`, 'attempt');
        // Nothing else ends what is never counted and never waits.
        if (++calls > 40) throw new stage.module.AbortError('enough');
        return attempt();
      },
      { ...options, ...callbacks, signal: controller.signal },
    );
    stage.note('called');
    stage.follow('run', run);
    const note = () => {
      ended = true;
    };
    run.then(note, note);
    if (abortAt !== undefined) setTimeout(() => controller.abort('aborted by the script'), abortAt);
    for (let step = 0; step < 40 && !ended; step++) await elapse(step < 20 ? 50 : 20_000 * 2 ** (step - 20));
    stage.note(ended ? 'ended' : 'goes on');
    controller.abort('enough');
    await elapse(1000);
  } finally {
    Math.random = realRandom;
  }
}

propertyTest(
  'random runs leave the same trace on fanfold/p-retry as on p-retry',
  script,
  async (input) => {
    const now = () => Math.round(performance.now() * 1000) / 1000;
    const expected = await play(REAL, (stage) => playScript(stage, input), now);
    const got = await play(FANFOLD, (stage) => playScript(stage, input), now);
    expect(inOrder(got)).toEqual(inOrder(expected));
  },
  { runs: 150 },
);

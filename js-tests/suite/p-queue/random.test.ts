// Random scripts, played on p-queue and on the drop-in in fake time. The traces must be equal, event by event, count by
// count and millisecond by millisecond.
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import {
  FANFOLD,
  later,
  type Options,
  type PQueue,
  play,
  type QueueStage,
  REAL,
} from '../support/p-queue.ts';
import { inOrder } from '../support/recorder.ts';
import { propertyTest } from '../support/seeds.ts';
import { microtasks } from '../support/turns.ts';

useFakeTime();

type Body = 'gated' | 'value' | 'throws' | 'rejects' | 'rounds' | 'timer' | 'adds' | 'pauses' | 'aborts';

interface Wish {
  readonly body: Body;
  readonly amount: number;
  readonly priority: number | undefined;
  readonly id: string | undefined;
  readonly signal: number | undefined;
  readonly timeout: number | undefined;
}

type Step =
  | ({ readonly do: 'add' } & Wish)
  | { readonly do: 'addAll'; readonly size: number }
  | { readonly do: 'open' | 'fail' | 'abort' | 'abort and go on'; readonly which: number }
  | { readonly do: 'concurrency' | 'timeout'; readonly to: number }
  | { readonly do: 'setPriority'; readonly id: string; readonly priority: number }
  | { readonly do: 'sizeBy'; readonly priority: number | undefined }
  | {
      readonly do: 'wait';
      readonly what: 'onEmpty' | 'onIdle' | 'onPendingZero' | 'onRateLimit' | 'onRateLimitCleared';
    }
  | { readonly do: 'fewer than'; readonly limit: number }
  | { readonly do: 'start' | 'pause' | 'clear' | 'probe' | 'flush' | 'running' }
  | { readonly do: 'microtasks' | 'elapse'; readonly amount: number };

const which = fc.nat(50);
const sometimes = <T>(times: number, arbitrary: fc.Arbitrary<T>) =>
  fc.option(arbitrary, { nil: undefined, freq: 1 + times });
const rarely = <T>(times: number, arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: times, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const priority = fc.constantFrom(0, 0, 1, 1, 2, -1, -2.5, 1e15, Number.NEGATIVE_INFINITY);
const id = fc.constantFrom('1', '2', '3', 'a', 'b');

const add: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('add' as const),
  body: fc.constantFrom<Body>(
    'gated',
    'gated',
    'gated',
    'value',
    'throws',
    'rejects',
    'rounds',
    'timer',
    'timer',
    'adds',
    'pauses',
    'aborts',
  ),
  amount: fc.constantFrom(0, 1, 2, 3, 5, 17, 40),
  priority: sometimes(2, priority),
  id: rarely(4, id),
  signal: rarely(5, fc.nat(2)),
  timeout: rarely(8, fc.constantFrom(1, 10, 33)),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: add },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('addAll' as const), size: fc.nat(3) }) },
  {
    weight: 9,
    arbitrary: fc.record({ do: fc.constantFrom('open' as const, 'open' as const, 'fail' as const), which }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('abort' as const, 'abort and go on' as const),
      which: fc.nat(2),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('concurrency' as const),
      to: fc.constantFrom(1, 2, 2.5, 3, 5, Number.POSITIVE_INFINITY),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('timeout' as const), to: fc.constantFrom(7, 25, 1000) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('setPriority' as const), id, priority }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('sizeBy' as const), priority: sometimes(9, priority) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      what: fc.constantFrom('onEmpty', 'onIdle', 'onPendingZero', 'onRateLimit', 'onRateLimitCleared'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fewer than' as const), limit: fc.nat(4) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('start' as const, 'start' as const, 'pause' as const) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('probe' as const, 'running' as const) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('microtasks' as const), amount: fc.nat(8) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('elapse' as const),
      amount: fc.constantFrom(0, 1, 7, 20, 50, 130),
    }),
  },
);

interface Script {
  readonly options: Options;
  readonly steps: readonly Step[];
}

const concurrency = fc.constantFrom(1, 1, 2, 3, Number.POSITIVE_INFINITY);
const common = {
  concurrency,
  autoStart: fc.constantFrom(true, true, true, false),
  timeout: fc.constantFrom(12, 60),
};
const scripts = (options: fc.Arbitrary<Options>): fc.Arbitrary<Script> =>
  fc.record({ options, steps: fc.array(step, { minLength: 1, maxLength: 50 }) });

const plain = fc.record(common, { requiredKeys: ['concurrency'] });
const paced = fc.record(
  {
    ...common,
    interval: fc.constantFrom(0, 5, 20, 50),
    intervalCap: fc.constantFrom(1, 2, 3, 3.5, Number.POSITIVE_INFINITY),
    carryoverIntervalCount: fc.boolean(),
  },
  { requiredKeys: ['interval', 'intervalCap'] },
);
const strict = fc.record(
  {
    ...common,
    interval: fc.constantFrom(5, 20, 50),
    intervalCap: fc.constantFrom(1, 2, 3, 3.5),
    strict: fc.constant(true),
  },
  { requiredKeys: ['interval', 'intervalCap', 'strict'] },
);

interface Setting {
  readonly stage: QueueStage;
  readonly queue: PQueue;
  readonly controllers: AbortController[];
  readonly gated: string[];
}

function bodyOf({ stage, queue, controllers, gated }: Setting, name: string, { body, amount }: Wish) {
  const bodies: Record<Body, (told: object) => unknown> = {
    gated: stage.gated(name),
    value: () => name,
    throws: () => {
      throw new RangeError(`${name} throws`);
    },
    rejects: () => Promise.reject(new RangeError(`${name} rejects`)),
    rounds: async () => {
      await microtasks(amount);
      return name;
    },
    timer: () => later(amount, name),
    adds: () => {
      const child = `${name} child`;
      gated.push(child);
      stage.add(queue, child, { priority: amount });
      return name;
    },
    pauses: () => {
      queue.pause();
      return name;
    },
    aborts: async () => {
      controllers[amount % 3]?.abort(`aborted by ${name}`);
      return name;
    },
  };
  if (body === 'gated') gated.push(name);
  return (told: object) => {
    if (body !== 'gated') stage.note(`${name} starts`, 'task');
    return bodies[body](told);
  };
}

async function playSteps(stage: QueueStage, { options, steps }: Script): Promise<void> {
  const queue = stage.create(options);
  const controllers = [0, 1, 2].map(() => new AbortController());
  const gated: string[] = [];
  const setting = { stage, queue, controllers, gated };
  let count = 0;
  for (const each of steps) {
    const name = `${each.do} ${count++}`;
    switch (each.do) {
      case 'add': {
        const { signal, ...rest } = each;
        const wishes = { ...rest, ...(signal === undefined ? {} : { signal: controllers[signal]!.signal }) };
        const defined = Object.fromEntries(
          (['priority', 'id', 'signal', 'timeout'] as const).flatMap((key) =>
            wishes[key as 'id'] === undefined ? [] : [[key, wishes[key as 'id']]],
          ),
        );
        stage.add(queue, name, defined, bodyOf(setting, name, each));
        break;
      }
      case 'addAll': {
        const names = Array.from({ length: each.size }, (_, index) => `${name}.${index}`);
        gated.push(...names);
        stage.follow(name, queue.addAll(names.map((one) => stage.gated(one))));
        break;
      }
      case 'open':
      case 'fail': {
        const gate = gated[each.which % Math.max(gated.length, 1)];
        if (gate !== undefined) stage[each.do](gate);
        break;
      }
      case 'abort':
        controllers[each.which]!.abort(name);
        stage.note(name);
        break;
      case 'abort and go on':
        controllers[each.which]!.abort(name);
        controllers[each.which] = new AbortController();
        stage.note(name);
        break;
      case 'concurrency':
        queue.concurrency = each.to;
        stage.note(name);
        break;
      case 'timeout':
        queue.timeout = each.to;
        break;
      case 'setPriority':
        stage.attempt(name, () => queue.setPriority(each.id, each.priority));
        break;
      case 'sizeBy':
        stage.attempt(name, () => queue.sizeBy({ priority: each.priority as number }));
        break;
      case 'wait':
        stage.follow(`${name} ${each.what}`, queue[each.what]());
        break;
      case 'fewer than':
        stage.follow(`${name} ${each.limit}`, queue.onSizeLessThan(each.limit));
        break;
      case 'start':
        stage.attempt(name, () => queue.start() === queue);
        break;
      case 'pause':
        stage.attempt(name, () => queue.pause());
        break;
      case 'clear':
        stage.attempt(name, () => queue.clear());
        break;
      case 'probe':
        stage.probe(name);
        break;
      case 'running':
        stage.attempt(name, () => queue.runningTasks.map((task) => ({ ...task, startTime: 0 })));
        break;
      case 'flush':
        await stage.flush();
        break;
      case 'microtasks':
        await microtasks(each.amount);
        break;
      case 'elapse':
        await elapse(each.amount);
        stage.note(name);
        break;
    }
  }
  await stage.flush('all steps are done');
  queue.start();
  for (let round = 0; round < 12; round++) {
    for (const name of gated) stage.gate(name).resolve(name);
    await elapse(60);
  }
}

describe('random scripts', () => {
  const now = () => Date.now();
  const same = async (script: Script) => {
    const expected = await play(REAL, (stage) => playSteps(stage, script), now);
    const got = await play(FANFOLD, (stage) => playSteps(stage, script), now);
    expect(inOrder(got)).toEqual(inOrder(expected));
  };
  propertyTest('leave the same trace', scripts(plain), same, { runs: 100 });
  propertyTest('leave the same trace where starts are capped', scripts(paced), same, { runs: 100 });
  propertyTest('leave the same trace where starts are strictly capped', scripts(strict), same, { runs: 60 });
});

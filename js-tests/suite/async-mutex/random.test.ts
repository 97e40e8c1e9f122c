// Random scripts, played on async-mutex and on the drop-in in fake time. The traces must be equal, event by event.
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { FANFOLD, type LockStage, type Mutex, play, REAL, type Semaphore } from '../support/async-mutex.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { inOrder } from '../support/recorder.ts';
import { propertyTest } from '../support/seeds.ts';
import { microtasks } from '../support/turns.ts';

useFakeTime();

type Step =
  | {
      readonly do: 'acquire' | 'unlock';
      readonly weight: number;
      readonly priority: number;
      readonly limited: boolean;
    }
  | {
      readonly do: 'run';
      readonly weight: number;
      readonly priority: number;
      readonly limited: boolean;
      readonly body: 'gated' | 'value' | 'throws' | 'timer' | 'nested';
    }
  | { readonly do: 'give back' | 'open' | 'fail'; readonly which: number }
  | { readonly do: 'release'; readonly weight: number }
  | { readonly do: 'set'; readonly value: number }
  | { readonly do: 'cancel' | 'probe' | 'flush' }
  | { readonly do: 'microtasks' | 'elapse'; readonly amount: number };

const priority = fc.constantFrom(0, 0, 0, 0, 1, -1, 2, 0.5, -0.5, 1e12, -(2 ** 40), Number.POSITIVE_INFINITY);
const limited = fc.constantFrom(false, false, false, true);
const which = fc.nat(50);

/** Weights are whole where the values are: nobody finds an onlooker's weight among fractions, not async-mutex either. */
const step = (weight: fc.Arbitrary<number>): fc.Arbitrary<Step> => {
  const wish = { weight, priority, limited };
  return fc.oneof(
    { weight: 8, arbitrary: fc.record({ do: fc.constant('acquire' as const), ...wish }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('run' as const),
        ...wish,
        body: fc.constantFrom('gated', 'gated', 'value', 'throws', 'timer', 'nested'),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('unlock' as const), ...wish }) },
    { weight: 8, arbitrary: fc.record({ do: fc.constant('give back' as const), which }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('open' as const, 'fail' as const), which }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const), weight }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('set' as const),
        value: fc.constantFrom(-2, -1, 0, 1, 2, 3, 5),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('probe' as const) }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('microtasks' as const), amount: fc.nat(6) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('elapse' as const),
        amount: fc.constantFrom(0, 1, 19, 20, 21, 60),
      }),
    },
  );
};

interface Script {
  readonly value: number | 'mutex';
  readonly timeout: number;
  readonly steps: readonly Step[];
}

const scripts = (value: fc.Arbitrary<Script['value']>, weight: fc.Arbitrary<number>): fc.Arbitrary<Script> =>
  fc.record({
    value,
    timeout: fc.constantFrom(0, 1, 20, 100),
    steps: fc.array(step(weight), { minLength: 1, maxLength: 50 }),
  });

async function playSteps(stage: LockStage, { value, timeout, steps }: Script): Promise<void> {
  const plain = value === 'mutex' ? stage.mutex() : stage.semaphore(value);
  const within = stage.module.withTimeout(plain as Semaphore, timeout);
  /** A mutex takes no weight. */
  const wishes = (each: { weight: number; priority: number }) =>
    (value === 'mutex' ? [each.priority] : [each.weight, each.priority]) as [number, number];
  const tickets: string[] = [];
  const gated: string[] = [];
  const pick = (names: readonly string[], at: number) => names[at % Math.max(names.length, 1)];
  let count = 0;
  for (const each of steps) {
    const name = `${each.do} ${count++}`;
    const lock = ('limited' in each && each.limited ? within : plain) as Semaphore;
    switch (each.do) {
      case 'acquire':
        tickets.push(name);
        stage.acquire(name, () => lock.acquire(...wishes(each)));
        break;
      case 'unlock':
        stage.attempt(name, () => stage.follow(name, lock.waitForUnlock(...wishes(each))));
        break;
      case 'run': {
        if (each.body === 'gated') gated.push(name);
        const work = workOf(stage, lock, name, each.body);
        stage.follow(name, lock.runExclusive(work, ...wishes(each)));
        stage.note(`${name} called`);
        break;
      }
      case 'give back': {
        const ticket = pick(tickets, each.which);
        if (ticket !== undefined) stage.release(ticket);
        break;
      }
      case 'open':
      case 'fail': {
        const gate = pick(gated, each.which);
        if (gate !== undefined) stage[each.do](gate);
        break;
      }
      case 'release':
        stage.attempt(name, () => plain.release(...([each.weight] as unknown as [])));
        break;
      case 'set':
        if (value !== 'mutex') stage.attempt(name, () => (plain as Semaphore).setValue(each.value));
        break;
      case 'cancel':
        stage.attempt(name, () => plain.cancel());
        break;
      case 'probe':
        stage.probe(name);
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
  plain.cancel();
  await elapse(1000);
  await stage.openEach(...gated);
}

function workOf(
  stage: LockStage,
  lock: Mutex | Semaphore,
  name: string,
  body: string,
): () => Promise<unknown> {
  const works: Record<string, () => unknown> = {
    gated: stage.worker(name),
    value: () => name,
    throws: () => {
      throw new RangeError(`${name} throws`);
    },
    timer: () => new Promise((resolve) => void setTimeout(resolve, 20, name)),
    nested: () => {
      stage.acquire(`inside ${name}`, () => lock.acquire());
      lock.release();
      return name;
    },
  };
  return (...told: unknown[]) => {
    stage.note(`${name} works, told ${told}`, 'worker');
    return works[body]?.() as Promise<unknown>;
  };
}

describe('random scripts', () => {
  const same = async (script: Script) => {
    const expected = await play(REAL, (stage) => playSteps(stage, script));
    const got = await play(FANFOLD, (stage) => playSteps(stage, script));
    expect(inOrder(got)).toEqual(inOrder(expected));
  };
  const whole = fc.constantFrom(1, 1, 1, 2, 3, 5);

  propertyTest(
    'leave the same trace on a mutex',
    scripts(fc.constant('mutex' as const), fc.constant(1)),
    same,
    { runs: 150 },
  );
  propertyTest(
    'leave the same trace on a semaphore',
    scripts(
      fc.constantFrom(-3, 0, 1, 2, 3, 8),
      fc.oneof({ weight: 30, arbitrary: whole }, fc.constantFrom(0, -1)),
    ),
    same,
    { runs: 200 },
  );
  propertyTest(
    'leave the same trace on a semaphore whose value is a fraction, and nobody only waits for it',
    scripts(fc.constantFrom(0.5, 1.25, -0.3, 2.7), fc.constantFrom(0.1, 0.25, 0.5, 1, 1.7)).map((script) => ({
      ...script,
      steps: script.steps.filter((each) => each.do !== 'unlock'),
    })),
    same,
    { runs: 100 },
  );
});

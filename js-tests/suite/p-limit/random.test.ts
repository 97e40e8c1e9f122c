// Random scripts, played on p-limit and on the drop-in. The traces must be equal, event by event.
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { propertyTest } from '../support/seeds.ts';
import { everything, FANFOLD, type Limit, orders, play, REAL, type Stage } from '../support/trace.ts';
import { microtasks } from '../support/turns.ts';

type Body = 'gated' | 'value' | 'throw' | 'rounds' | 'thenable' | 'reject' | 'nested';

type Step =
  | { readonly do: 'submit'; readonly body: Body; readonly rounds: number }
  | { readonly do: 'open' | 'fail'; readonly which: number }
  | { readonly do: 'concurrency'; readonly to: number }
  | { readonly do: 'map'; readonly size: number; readonly breaks: boolean }
  | { readonly do: 'clear' | 'probe' | 'flush' };

const body: fc.Arbitrary<Body> = fc.constantFrom(
  'gated',
  'gated',
  'value',
  'throw',
  'rounds',
  'thenable',
  'reject',
  'nested',
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('submit' as const), body, rounds: fc.nat(6) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('open' as const, 'fail' as const), which: fc.nat(50) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('concurrency' as const),
      to: fc.constantFrom(1, 2, 3, 5, Number.POSITIVE_INFINITY),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('map' as const), size: fc.nat(4), breaks: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('probe' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
);

const script = fc.record({
  concurrency: fc.constantFrom(1, 1, 2, 3, 8, Number.POSITIVE_INFINITY),
  rejectOnClear: fc.boolean(),
  steps: fc.array(step, { minLength: 1, maxLength: 40 }),
});

/** What a task does when it is called; undefined for the one that waits at its gate. */
function bodyOf(
  stage: Stage,
  limit: Limit,
  name: string,
  kind: Body,
  rounds: number,
): (() => unknown) | undefined {
  switch (kind) {
    case 'gated':
      return undefined;
    case 'value':
      return () => name;
    case 'throw':
      return () => {
        throw new Error(`${name} throws`);
      };
    case 'reject':
      return () => Promise.reject(new Error(`${name} rejects`));
    case 'rounds':
      return async () => {
        await microtasks(rounds);
        stage.log(`${name} ends`, 'end');
        return name;
      };
    case 'thenable':
      return () => ({
        // biome-ignore lint/suspicious/noThenProperty: a thenable is one kind of result
        then: (fulfil: (value: string) => void) => {
          stage.log(`then of ${name}`, 'inside');
          fulfil(name);
        },
      });
    case 'nested':
      return () => {
        stage.submitNow(limit, `${name} child`);
        return name;
      };
  }
}

function submit(stage: Stage, limit: Limit, name: string, kind: Body, rounds: number): void {
  const body = bodyOf(stage, limit, name, kind, rounds);
  if (body === undefined) stage.submit(limit, name);
  else stage.submitNow(limit, name, body);
}

async function playSteps(
  stage: Stage,
  {
    concurrency,
    rejectOnClear,
    steps,
  }: { concurrency: number; rejectOnClear: boolean; steps: readonly Step[] },
): Promise<void> {
  const limit = stage.create({ concurrency, rejectOnClear });
  const gated: string[] = [];
  let count = 0;
  for (const each of steps) {
    switch (each.do) {
      case 'submit': {
        const name = `t${count++}`;
        if (each.body === 'gated') gated.push(name);
        submit(stage, limit, name, each.body, each.rounds);
        break;
      }
      case 'open':
      case 'fail': {
        const name = gated[each.which % Math.max(1, gated.length)];
        if (name !== undefined) stage[each.do](name);
        break;
      }
      case 'concurrency':
        limit.concurrency = each.to;
        stage.log(`concurrency ${each.to}`);
        break;
      case 'map': {
        const name = `m${count++}`;
        const source = function* () {
          for (let item = 0; item < each.size; item++) yield item;
          if (each.breaks) throw new Error(`${name} breaks`);
        };
        stage.follow(
          name,
          limit.map(source(), (item, index) => {
            stage.log(`${name} maps ${item}`, 'start');
            return item + index;
          }),
        );
        break;
      }
      case 'clear':
        limit.clearQueue();
        stage.log('cleared');
        break;
      case 'probe':
        stage.probe(`p${count++}`);
        break;
      case 'flush':
        await stage.flush();
        break;
    }
  }
  await stage.flush();
  await stage.openEach(gated);
}

describe('random scripts', () => {
  propertyTest(
    'leave the same orders on fanfold/p-limit as on p-limit',
    script,
    async (input) => {
      const expected = await play(REAL, (stage) => playSteps(stage, input));
      const got = await play(FANFOLD, (stage) => playSteps(stage, input));
      expect(orders(got)).toEqual(orders(expected));
    },
    { runs: 150 },
  );

  // One thing at a time: then everything must be the same, event by event and count by count.
  const oneByOne = script.map(({ steps, ...options }) => ({
    ...options,
    steps: steps.flatMap((each): Step[] => {
      if (each.do === 'map' || (each.do === 'submit' && each.body !== 'gated')) return [];
      return each.do === 'submit' || each.do === 'probe' ? [each] : [each, { do: 'flush' }];
    }),
  }));

  propertyTest(
    'played one step at a time leave the same trace on fanfold/p-limit as on p-limit',
    oneByOne,
    async (input) => {
      const expected = await play(REAL, (stage) => playSteps(stage, input));
      const got = await play(FANFOLD, (stage) => playSteps(stage, input));
      expect(everything(got)).toEqual(everything(expected));
    },
    { runs: 100 },
  );
});

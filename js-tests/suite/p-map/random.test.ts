// Random sources, mappers and consumers, played on p-map and on the drop-in.
// One step at a time, all that source, mapper and caller see must be the same. With jitter, where many things are under
// way at once, what does not depend on which of them is quicker must be the same.
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { FANFOLD, type MapStage, type PMapModule, play, REAL } from '../support/p-map.ts';
import { byChannel } from '../support/recorder.ts';
import { propertyTest } from '../support/seeds.ts';
import { show } from '../support/show.ts';
import { microtasks } from '../support/turns.ts';

const { POSITIVE_INFINITY } = Number;

const limits = fc.constantFrom(1, 1, 2, 3, 5, POSITIVE_INFINITY);

describe('one step at a time', () => {
  type Ending = 'value' | 'fail' | 'skip' | 'stop';
  type Step =
    | { readonly do: 'end'; readonly which: number; readonly how: Ending }
    | { readonly do: 'item'; readonly which: number; readonly how: 'value' | 'fail' }
    | { readonly do: 'answer'; readonly which: number; readonly how: 'item' | 'done' | 'fail' }
    | { readonly do: 'next' | 'abort' }
    | { readonly do: 'leave'; readonly how: 'return' | 'throw' };

  const ending = fc.constantFrom<Ending>('value', 'value', 'value', 'value', 'skip', 'fail', 'stop');
  const which = fc.nat(30);
  const steps = fc.array(
    fc.oneof(
      { weight: 12, arbitrary: fc.record({ do: fc.constant('end' as const), which, how: ending }) },
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant('item' as const),
          which,
          how: fc.constantFrom('value' as const, 'value' as const, 'value' as const, 'fail' as const),
        }),
      },
      {
        weight: 8,
        arbitrary: fc.record({
          do: fc.constant('answer' as const),
          which,
          how: fc.constantFrom(
            ...(['item', 'item', 'item', 'item', 'item', 'item', 'done', 'fail'] as const),
          ),
        }),
      },
      { weight: 8, arbitrary: fc.record({ do: fc.constant('next' as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const) }) },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constant('leave' as const),
          how: fc.constantFrom('return' as const, 'throw' as const),
        }),
      },
    ),
    { maxLength: 40 },
  );

  const script = fc.record({
    source: fc.constantFrom('items' as const, 'asyncItems' as const, 'queue' as const),
    /** Which of the items are promises. */
    promises: fc.array(fc.boolean(), { maxLength: 12 }),
    throwsAt: fc.option(fc.nat(8), { nil: POSITIVE_INFINITY, freq: 4 }),
    concurrency: limits,
    extra: fc.constantFrom(0, 0, 1, 2, 5, POSITIVE_INFINITY),
    stopOnError: fc.boolean(),
    preserveOrder: fc.boolean(),
    steps,
  });
  type Script = typeof script extends fc.Arbitrary<infer T> ? T : never;

  /** What the script can act on: mappers that run, items and answers of the source that are waited for. */
  class Pending {
    readonly #stage: MapStage;
    readonly mappers: string[] = [];
    readonly items: string[] = [];
    readonly answers: number[] = [];
    #given = 0;

    constructor(stage: MapStage) {
      this.#stage = stage;
    }

    readonly mapper = (element: unknown, index: unknown): Promise<unknown> => {
      this.mappers.push(String(element));
      return this.#stage.gated(element, index);
    };

    source({ source, promises, throwsAt }: Script): Iterable<unknown> | AsyncIterable<unknown> {
      const stage = this.#stage;
      if (source === 'queue') {
        const queue = stage.queue();
        const iterator = queue[Symbol.asyncIterator]();
        const next = () => {
          this.answers.push(queue.asked);
          return iterator.next();
        };
        return { [Symbol.asyncIterator]: () => ({ ...iterator, next }) };
      }
      const items = promises.map((promised, place) =>
        promised ? stage.gate(`item i${place}`).promise : `i${place}`,
      );
      // A promise can be settled when it was read, and not before: of several that are there at once, which is first is
      // a matter of rounds. So is how often a source is asked that has thrown: behind that there is nothing to settle.
      let read = 0;
      const note = () => {
        if (promises[read] === true && read < throwsAt) this.items.push(`i${read}`);
        read++;
      };
      return noting(stage[source](items, { throwsAt }), note);
    }

    /** Takes one of those that wait, if any. */
    #take<T>(list: T[], which: number): T | undefined {
      return list.splice(which % Math.max(1, list.length), 1)[0];
    }

    act(step: Step): void {
      const stage = this.#stage;
      if (step.do === 'end') {
        const name = this.#take(this.mappers, step.which);
        if (name === undefined) return;
        const { pMapSkip, pMapStop } = stage.module;
        if (step.how === 'fail') stage.fail(name);
        else stage.open(name, step.how === 'skip' ? pMapSkip : step.how === 'stop' ? pMapStop : name);
      } else if (step.do === 'item') {
        const name = this.#take(this.items, step.which);
        if (name === undefined) return;
        if (step.how === 'fail') stage.fail(`item ${name}`);
        else stage.open(`item ${name}`, name);
      } else if (step.do === 'answer') {
        const nth = this.#take(this.answers, step.which);
        if (nth === undefined) return;
        if (step.how === 'fail') stage.fail(`next ${nth}`);
        else if (step.how === 'done') stage.open(`next ${nth}`, { done: true });
        else stage.open(`next ${nth}`, { done: false, value: `q${this.#given++}` });
      }
    }
  }

  /** The same source, with somebody told of each item that it is asked for. */
  function noting(
    source: Iterable<unknown> | AsyncIterable<unknown>,
    note: () => void,
  ): Iterable<unknown> | AsyncIterable<unknown> {
    const key = Symbol.asyncIterator in source ? Symbol.asyncIterator : Symbol.iterator;
    const open = (source as unknown as Record<symbol, () => Iterator<unknown>>)[key]!;
    return {
      [key]: () => {
        const iterator = open.call(source);
        const next = () => {
          note();
          return iterator.next();
        };
        return { ...iterator, next };
      },
    } as unknown as Iterable<unknown>;
  }

  async function playMap(stage: MapStage, input: Script, name: 'default' | 'pMapSettled'): Promise<void> {
    const { concurrency, stopOnError } = input;
    const controller = new AbortController();
    const pending = new Pending(stage);
    const options = { concurrency, stopOnError, signal: controller.signal };
    stage.follow('run', stage.module[name](pending.source(input), pending.mapper, options));
    await stage.flush();
    for (const step of input.steps) {
      if (step.do === 'abort') controller.abort('aborted');
      else pending.act(step);
      await stage.flush();
    }
  }

  async function playIterable(stage: MapStage, input: Script): Promise<void> {
    const { concurrency, extra, preserveOrder } = input;
    const pending = new Pending(stage);
    const options = { concurrency, backpressure: concurrency + extra, preserveOrder };
    // Out of order a throw ends all at once: how much of what was read in the same go was mapped is a matter of rounds.
    const source = preserveOrder ? input : { ...input, throwsAt: POSITIVE_INFINITY };
    const iterable = stage.module.pMapIterable(pending.source(source), pending.mapper, options);
    const iterator = iterable[Symbol.asyncIterator]() as AsyncGenerator<unknown>;
    let nexts = 0;
    for (const step of input.steps) {
      if (step.do === 'next') stage.follow(`next ${nexts++}`, iterator.next());
      else if (step.do === 'leave') stage.follow(step.how, iterator[step.how](step.how));
      else pending.act(step);
      await stage.flush();
    }
  }

  const same = async (scenario: (stage: MapStage) => Promise<void>) => {
    const expected = await play(REAL, scenario);
    const got = await play(FANFOLD, scenario);
    expect(byChannel(got)).toEqual(byChannel(expected));
  };

  propertyTest('pMap', script, (input) => same((stage) => playMap(stage, input, 'default')), { runs: 100 });
  propertyTest('pMapSettled', script, (input) => same((stage) => playMap(stage, input, 'pMapSettled')), {
    runs: 50,
  });
  propertyTest('pMapIterable', script, (input) => same((stage) => playIterable(stage, input)), { runs: 100 });
});

describe('with jitter', () => {
  interface Item {
    /** Rounds of the microtask queue until the source has it, until it is ready if it is a promise, and in the mapper. */
    readonly source: number;
    readonly ready: number | undefined;
    readonly mapper: number | undefined;
    readonly how: 'value' | 'skip' | 'fail' | 'reject' | 'stop';
  }

  const rounds = fc.nat(7);
  const itemOf = (...how: Item['how'][]): fc.Arbitrary<Item> =>
    fc.record({
      source: rounds,
      ready: fc.option(rounds, { nil: undefined }),
      mapper: fc.option(rounds, { nil: undefined }),
      how: fc.constantFrom('value' as const, 'value' as const, ...how),
    });

  const plan = (...how: Item['how'][]) =>
    fc.record({
      async: fc.boolean(),
      concurrency: limits,
      extra: fc.constantFrom(0, 0, 1, 3, POSITIVE_INFINITY),
      consumer: rounds,
      items: fc.array(itemOf(...how), { maxLength: 25 }),
    });
  type Plan = ReturnType<typeof plan> extends fc.Arbitrary<infer T> ? T : never;

  /** One run of a plan: its source, its mapper, and what must hold at every moment. */
  class Run {
    readonly #module: PMapModule;
    readonly #plan: Plan;
    read = 0;
    running = 0;
    peak = 0;
    readonly started: number[] = [];

    constructor(module: PMapModule, plan: Plan) {
      this.#module = module;
      this.#plan = plan;
    }

    source(): Iterable<number | Promise<number>> | AsyncIterable<number | Promise<number>> {
      const { items, async } = this.#plan;
      const next = (): IteratorResult<number | Promise<number>> => {
        if (this.read === items.length) return { done: true, value: undefined };
        const place = this.read++;
        const { ready, how } = items[place]!;
        const value =
          how === 'reject'
            ? microtasks(ready ?? 0).then(() => Promise.reject(new Error(`item ${place}`)))
            : ready === undefined
              ? place
              : microtasks(ready).then(() => place);
        return { done: false, value };
      };
      if (!async) return { [Symbol.iterator]: () => ({ next }) };
      const slowly = async () => {
        const rounds = items[this.read]?.source ?? 0;
        const answer = next();
        await microtasks(rounds);
        return answer;
      };
      return { [Symbol.asyncIterator]: () => ({ next: slowly }) };
    }

    readonly mapper = (place: number, index: unknown): unknown => {
      expect(index, 'the index is the place in the input').toBe(place);
      this.started.push(place);
      this.peak = Math.max(this.peak, ++this.running);
      const { mapper, how } = this.#plan.items[place]!;
      const end = () => {
        this.running--;
        if (how === 'fail') throw new RangeError(`mapper ${place}`);
        const { pMapSkip, pMapStop } = this.#module;
        return how === 'skip' ? pMapSkip : how === 'stop' ? pMapStop : `${place}!`;
      };
      return mapper === undefined ? end() : microtasks(mapper).then(end);
    };

    check(): void {
      expect(this.peak, 'no more than the limit').toBeLessThanOrEqual(this.#plan.concurrency);
      expect(new Set(this.started).size, 'no item twice').toBe(this.started.length);
    }
  }

  const outcomeOf = async (promise: PromiseLike<unknown>): Promise<string> =>
    promise.then(
      (value) => `gives ${show(value)}`,
      (reason: unknown) => `fails with ${show(reason)}`,
    );

  const sameOutcome =
    (play: (module: PMapModule, run: Run, plan: Plan) => Promise<unknown>) => async (plan: Plan) => {
      const outcomes: string[] = [];
      for (const module of [REAL, FANFOLD]) {
        const run = new Run(module, plan);
        outcomes.push(await outcomeOf(play(module, run, plan)));
        run.check();
      }
      expect(outcomes[1]).toBe(outcomes[0]);
    };

  propertyTest(
    'pMap where nothing fails',
    plan('skip'),
    sameOutcome((module, run, { concurrency }) => module.default(run.source(), run.mapper, { concurrency })),
  );

  propertyTest(
    'pMap with a stop',
    plan('skip', 'stop'),
    sameOutcome((module, run, { concurrency }) => module.default(run.source(), run.mapper, { concurrency })),
  );

  propertyTest(
    'pMap without stopOnError',
    plan('skip', 'fail', 'reject'),
    sameOutcome((module, run, { concurrency }) =>
      module.default(run.source(), run.mapper, { concurrency, stopOnError: false }),
    ),
  );

  propertyTest(
    'pMap one at a time, failures and stops included',
    plan('skip', 'fail', 'stop').map((each) => ({ ...each, concurrency: 1 })),
    sameOutcome((module, run) => module.default(run.source(), run.mapper, { concurrency: 1 })),
  );

  propertyTest(
    'pMapSettled',
    plan('skip', 'fail', 'reject', 'stop'),
    sameOutcome((module, run, { concurrency }) =>
      module.pMapSettled(run.source(), run.mapper, { concurrency }),
    ),
  );

  propertyTest(
    'pMapKeyed and pMapSettledKeyed',
    plan('skip', 'fail', 'reject'),
    sameOutcome(async (module, run, { concurrency, items }) => {
      const input = Object.fromEntries(items.map((_item, place) => [`key ${place}`, place]));
      const mapper = (place: number) => run.mapper(place, place) as Promise<string>;
      const options = { concurrency, stopOnError: false };
      const keyed = await outcomeOf(module.pMapKeyed(input, mapper, options));
      run.started.length = 0;
      return [keyed, await module.pMapSettledKeyed(new Map(Object.entries(input)), mapper, options)];
    }),
  );

  const collect = async (iterable: AsyncIterable<unknown>, rounds: number) => {
    const got: unknown[] = [];
    try {
      for await (const value of iterable) {
        got.push(value);
        await microtasks(rounds);
      }
    } catch (error) {
      got.push(`fails with ${show(error)}`);
    }
    return got;
  };

  propertyTest(
    'pMapIterable in order: what comes before the first failure or stop, and that',
    plan('skip', 'fail', 'reject', 'stop'),
    sameOutcome((module, run, { concurrency, extra, consumer }) => {
      const backpressure = concurrency + extra;
      const iterable = module.pMapIterable(run.source(), run.mapper, { concurrency, backpressure });
      return collect(iterable, consumer);
    }),
  );

  propertyTest(
    'pMapIterable in any order: the same results',
    plan('skip'),
    sameOutcome(async (module, run, { concurrency, extra, consumer }) => {
      const backpressure = concurrency + extra;
      const options = { concurrency, backpressure, preserveOrder: false };
      const iterable = module.pMapIterable(run.source(), run.mapper, options);
      return (await collect(iterable, consumer)).map(String).sort();
    }),
  );

  propertyTest(
    'pMapIterable never holds more than its backpressure',
    plan('value'),
    sameOutcome(async (module, run, { concurrency, extra, consumer }) => {
      const backpressure = concurrency + extra;
      const got: unknown[] = [];
      const iterable = module.pMapIterable(run.source(), run.mapper, { concurrency, backpressure });
      for await (const value of iterable) {
        got.push(value);
        expect(run.read - got.length, 'read and not taken').toBeLessThanOrEqual(backpressure);
        await microtasks(consumer);
        expect(run.read - got.length, 'read and not taken').toBeLessThanOrEqual(backpressure);
      }
      return got;
    }),
  );
});

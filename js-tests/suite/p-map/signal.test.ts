// Aborting: before, during, after.
import { describe, expect, test } from 'vitest';
import { Gates } from '../support/gates.ts';
import { countListeners } from '../support/listeners.ts';
import { BOTH, sameAsPMap } from '../support/p-map.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

describe.each(BOTH)('%s', (_name, { default: pMap, pMapKeyed, pMapSettled, pMapSettledKeyed }) => {
  type Start = (mapper: (item: string) => unknown, signal: AbortSignal) => Promise<unknown>;
  const record = { a: 'a', b: 'b', c: 'c' };
  const runs: [string, Start][] = [
    ['pMap', (mapper, signal) => pMap('abc', mapper, { signal, concurrency: 2 })],
    ['pMapSettled', (mapper, signal) => pMapSettled('abc', mapper, { signal, concurrency: 2 })],
    ['pMapKeyed', (mapper, signal) => pMapKeyed(record, mapper as never, { signal, concurrency: 2 })],
    [
      'pMapSettledKeyed',
      (mapper, signal) => pMapSettledKeyed(record, mapper as never, { signal, concurrency: 2 }),
    ],
  ];

  describe.each(runs)('%s', (_kind, run) => {
    test('a signal that is aborted already: its reason, nothing mapped, no listener', async () => {
      const controller = new AbortController();
      controller.abort();
      const listeners = countListeners(controller.signal);
      const gates = new Gates();
      const reason = await reasonOf(run((item) => gates.task(item)(), controller.signal));
      expect(reason).toBe(controller.signal.reason);
      expect(reason).toMatchObject({ name: 'AbortError' });
      expect([gates.started, listeners.now]).toEqual([[], 0]);
    });

    test('aborted on the way: rejects at once with the reason, and begins nothing more', async () => {
      const controller = new AbortController();
      const gates = new Gates();
      const watched = watch(run((item) => gates.task(item)(), controller.signal));
      await settle();
      expect(gates.started).toEqual(['a', 'b']);
      const reason = { any: 'thing' };
      controller.abort(reason);
      await settle();
      expect(watched.state).toBe('rejected');
      expect(watched.reason).toBe(reason);
      gates.openAll();
      await settle();
      expect(gates.started).toEqual(['a', 'b']);
    });

    test('what runs is not told: a mapper that fails after the abort is not heard', async () => {
      const controller = new AbortController();
      const gates = new Gates();
      const watched = watch(run((item) => gates.task(item)(), controller.signal));
      await settle();
      controller.abort('stop');
      gates.fail('a', new Error('late'));
      await settle();
      expect(watched.reason).toBe('stop');
    });

    test('one listener while it runs, none when it has ended', async () => {
      const controller = new AbortController();
      const listeners = countListeners(controller.signal);
      const gates = new Gates();
      const fulfilled = run((item) => gates.task(item)(), controller.signal);
      expect(listeners.now).toBe(1);
      gates.openAll();
      await fulfilled;
      expect(listeners).toMatchObject({ now: 0, added: 1 });
      await run(() => Promise.reject(new Error('fails')), controller.signal).catch(() => {});
      expect(listeners).toMatchObject({ now: 0, added: 2 });
    });

    test('an abort when it has ended changes nothing', async () => {
      const controller = new AbortController();
      const done = run((item) => item, controller.signal);
      await done;
      controller.abort();
      await expect(done).resolves.toBeDefined();
    });
  });

  test('the abort wins over an error that comes in the same step, and loses to one that came before', async () => {
    for (const [first, expected] of [
      ['abort', 'aborted'],
      ['fail', 'failed'],
    ]) {
      const controller = new AbortController();
      const gates = new Gates();
      const reason = reasonOf(pMap('a', (item) => gates.task(item)(), { signal: controller.signal }));
      await settle();
      if (first === 'abort') controller.abort('aborted');
      gates.fail('a', 'failed');
      if (first === 'fail') {
        await settle();
        controller.abort('aborted');
      }
      expect(await reason).toBe(expected);
    }
  });

  test('a mapper may abort what it is part of', async () => {
    const controller = new AbortController();
    const mapped: number[] = [];
    const run = pMap(
      [1, 2, 3],
      (item) => {
        mapped.push(item);
        if (item === 2) controller.abort(`at ${item}`);
        return item;
      },
      { signal: controller.signal, concurrency: 1 },
    );
    expect(await reasonOf(run)).toBe('at 2');
    expect(mapped).toEqual([1, 2]);
  });

  test('an abort without a reason is an AbortError, with stopOnError or not', async () => {
    for (const stopOnError of [true, false]) {
      const controller = new AbortController();
      const run = pMap([1], () => new Promise(() => {}), { signal: controller.signal, stopOnError });
      controller.abort();
      expect(await reasonOf(run)).toMatchObject({ name: 'AbortError', code: 20 });
    }
  });

  test('an abort outranks the errors that were collected', async () => {
    const controller = new AbortController();
    const gates = new Gates();
    const run = pMap('ab', (item) => gates.task(item)(), { signal: controller.signal, stopOnError: false });
    gates.fail('a', new Error('collected'));
    await settle();
    controller.abort('aborted');
    expect(await reasonOf(run)).toBe('aborted');
  });

  test('one signal serves many runs', async () => {
    const controller = new AbortController();
    const gates = new Gates();
    const { signal } = controller;
    const both = [1, 2].map((n) => watch(pMap([`${n}`], (item) => gates.task(item)(), { signal })));
    await settle();
    controller.abort('all');
    await settle();
    expect(both.map(({ reason }) => reason)).toEqual(['all', 'all']);
  });
});

describe('what the source sees of an abort', () => {
  sameAsPMap('before: it is opened and closed, and never asked', async (stage) => {
    const signal = AbortSignal.abort('aborted');
    stage.follow('run', stage.module.default(stage.items(['a', 'b']), stage.plain, { signal }));
    stage.note('called');
    await stage.flush();
    stage.follow('run', stage.module.default(stage.asyncItems(['a', 'b']), stage.plain, { signal }));
    stage.note('called');
  });

  for (const concurrency of [1, 3]) {
    sameAsPMap(`while mappers run, ${concurrency} at once`, async (stage) => {
      const controller = new AbortController();
      const { signal } = controller;
      const source = stage.items(['a', 'b', 'c', 'd']);
      stage.follow('run', stage.module.default(source, stage.gated, { signal, concurrency }));
      await stage.flush();
      controller.abort('aborted');
      stage.note('aborted');
      await stage.flush();
      await stage.openEach('a', 'b', 'c', 'd');
    });

    sameAsPMap(`while it is being asked, ${concurrency} at once`, async (stage) => {
      const controller = new AbortController();
      const { signal } = controller;
      const queue = stage.queue();
      stage.follow('run', stage.module.default(queue, stage.gated, { signal, concurrency }));
      await stage.flush();
      queue.give(0, 'a');
      await stage.flush();
      controller.abort('aborted');
      await stage.flush();
      queue.give(1, 'b');
      stage.open('a');
      await stage.flush();
    });

    sameAsPMap(`while an item is waited for, ${concurrency} at once`, async (stage) => {
      const controller = new AbortController();
      const { signal } = controller;
      const items = [stage.gate('item').promise, 'b'];
      stage.follow('run', stage.module.default(stage.items(items), stage.gated, { signal, concurrency }));
      await stage.flush();
      controller.abort('aborted');
      await stage.flush();
      await stage.openEach('item', 'b');
    });
  }
});

// What happens inside a call and what later; and where one thing leads to the next, in which order all of it happens.
import { describe } from 'vitest';
import { sameAsPMap, sameSequenceAsPMap } from '../support/p-map.ts';

const open = <T>(iterable: AsyncIterable<T>) => iterable[Symbol.asyncIterator]() as AsyncGenerator<T>;

describe('inside the call', () => {
  for (const name of ['default', 'pMapSettled'] as const) {
    for (const kind of ['items', 'asyncItems'] as const) {
      sameAsPMap(
        `${name}: the source is opened and asked for its first item, and nothing is mapped: ${kind}`,
        async (stage) => {
          const source = stage[kind](['a', 'b', 'c']);
          const run = stage.module[name](source, stage.plain);
          stage.note('called');
          stage.follow('run', run);
          await stage.flush();
        },
      );
    }
  }

  sameAsPMap('a source that throws at once', async (stage) => {
    const run = stage.module.default(stage.items([], { throwsAt: 0 }), stage.plain);
    stage.note('called');
    stage.follow('run', run);
    await stage.flush();
  });

  sameAsPMap('an empty source', async (stage) => {
    const run = stage.module.default(stage.items([]), stage.plain);
    stage.note('called');
    stage.follow('run', run);
    await stage.flush();
  });

  sameAsPMap('an abort closes the source before it returns', async (stage) => {
    const controller = new AbortController();
    const run = stage.module.default(stage.items(['a', 'b']), stage.gated, {
      signal: controller.signal,
      concurrency: 1,
    });
    stage.follow('run', run);
    await stage.flush();
    controller.signal.addEventListener('abort', () => stage.note('a listener that came later'));
    controller.abort('reason');
    stage.note('aborted');
    await stage.flush();
  });

  sameAsPMap('pMapIterable: next opens and asks, return does nothing yet', async (stage) => {
    const iterable = stage.module.pMapIterable(stage.items(['a', 'b', 'c']), stage.plain, { concurrency: 1 });
    stage.note('called');
    const iterator = open(iterable);
    stage.note('opened');
    const next = iterator.next();
    stage.note('asked');
    stage.follow('next', next);
    await stage.flush();
    stage.follow('return', iterator.return('over'));
    stage.note('left');
    await stage.flush();
  });
});

describe('one at a time', () => {
  for (const kind of ['items', 'asyncItems'] as const) {
    sameSequenceAsPMap(`each item is read when the one before it was mapped: ${kind}`, async (stage) => {
      stage.follow(
        'run',
        stage.module.default(stage[kind](['a', 'b', 'c']), stage.gated, { concurrency: 1 }),
      );
      await stage.flush();
      await stage.openEach('a', 'b', 'c');
    });

    sameSequenceAsPMap(`mappers that answer at once: ${kind}`, async (stage) => {
      stage.follow(
        'run',
        stage.module.default(stage[kind](['a', 'b', 'c']), stage.plain, { concurrency: 1 }),
      );
    });

    sameSequenceAsPMap(`a failure in the middle: ${kind}`, async (stage) => {
      stage.follow(
        'run',
        stage.module.default(stage[kind](['a', 'b', 'c']), stage.gated, { concurrency: 1 }),
      );
      await stage.flush();
      await stage.openEach('a');
      stage.fail('b');
      await stage.flush();
      await stage.openEach('c');
    });
  }
});

describe('the caller goes on', () => {
  sameSequenceAsPMap('after the last mapper, and not before one that is still to end', async (stage) => {
    const { default: pMap } = stage.module;
    stage.follow('run', pMap(['a', 'b'], stage.gated, { concurrency: 2 }));
    await stage.flush();
    stage.open('a');
    stage.open('b');
  });

  sameSequenceAsPMap(
    'after the abort listeners of others, though the source was closed before them',
    async (stage) => {
      const controller = new AbortController();
      const { signal } = controller;
      signal.addEventListener('abort', () => stage.note('earlier listener', 'listener'));
      stage.follow('run', stage.module.default(stage.items(['a']), stage.gated, { signal, concurrency: 1 }));
      signal.addEventListener('abort', () => stage.note('later listener', 'listener'));
      await stage.flush();
      controller.abort('reason');
    },
  );
});

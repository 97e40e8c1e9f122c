// limitFunction: one function with a limit of its own.
import { describe } from 'vitest';
import { show } from '../support/show.ts';
import { sameAsPLimit } from '../support/trace.ts';

describe('limitFunction', () => {
  sameAsPLimit('starts later, one at a time, in the order of the calls', async (stage) => {
    const limited = stage.limitFunction(
      async (name: string) => {
        stage.log(`${name} starts`);
        return stage.gate(name).promise;
      },
      { concurrency: 1 },
    );
    for (const name of ['a', 'b', 'c']) {
      stage.follow(name, limited(name));
      stage.probe(`after ${name}`);
    }
    stage.log('called');
    await stage.flush();
    for (const name of ['a', 'b', 'c']) {
      stage.open(name);
      await stage.flush();
    }
  });

  sameAsPLimit('every limited function has its own limit', async (stage) => {
    const make = (name: string) =>
      stage.limitFunction(
        async (item: string) => {
          stage.log(`${name} ${item}`);
          return stage.gate(name).promise;
        },
        { concurrency: 1 },
      );
    const first = make('first');
    const second = make('second');
    for (const item of ['1', '2']) {
      stage.follow(`first ${item}`, first(item));
      stage.follow(`second ${item}`, second(item));
    }
    await stage.flush();
    stage.open('first');
    await stage.flush();
    stage.open('second');
  });

  sameAsPLimit('used as the callback of Array.from gets what it gives', async (stage) => {
    const limited = stage.limitFunction(async (...args: unknown[]) => args.length, { concurrency: 2 });
    stage.follow('all', Promise.all(Array.from({ length: 4 }, limited)));
    await stage.flush();
  });

  sameAsPLimit('has no this for the function', async (stage) => {
    const limited = stage.limitFunction(
      async function (this: unknown) {
        return show(this);
      },
      { concurrency: 1 },
    );
    stage.follow('method call', { limited }.limited());
    await stage.flush();
  });

  sameAsPLimit('a function that throws before it returns', async (stage) => {
    const limited = stage.limitFunction(
      (() => {
        throw new Error('at once');
      }) as () => Promise<never>,
      { concurrency: 1 },
    );
    stage.follow('first', limited());
    stage.follow('second', limited());
    await stage.flush();
  });

  for (const rejectOnClear of [false, true]) {
    sameAsPLimit(`clearQueue, rejectOnClear: ${rejectOnClear}`, async (stage) => {
      const limited = stage.limitFunction(
        async (name: string) => {
          stage.log(`${name} starts`);
          return stage.gate(name).promise;
        },
        { concurrency: 1, rejectOnClear },
      );
      for (const name of ['a', 'b', 'c']) stage.follow(name, limited(name));
      await stage.flush();
      const { clearQueue } = limited;
      stage.log(`returns ${show(clearQueue())}`);
      await stage.flush();
      stage.open('a');
      await stage.flush();
      stage.follow('d', limited('d'));
      stage.open('d');
    });
  }
});

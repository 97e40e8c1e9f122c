// clearQueue, silent and with rejectOnClear.
import { describe } from 'vitest';
import { show } from '../support/show.ts';
import { sameAsPLimit, sameOrdersAsPLimit } from '../support/trace.ts';

for (const rejectOnClear of [false, true]) {
  describe(`rejectOnClear: ${rejectOnClear}`, () => {
    const options = { concurrency: 1, rejectOnClear };
    // A rejection takes one round of the microtask queue more than p-limit's: nobody promised which round it is.
    const same = rejectOnClear ? sameOrdersAsPLimit : sameAsPLimit;

    same('right after the calls, before anything started', async (stage) => {
      const limit = stage.create(options);
      for (const name of ['a', 'b', 'c']) stage.submit(limit, name);
      stage.probe('before the clear');
      limit.clearQueue();
      stage.log('cleared');
      stage.probe('after the clear');
      await stage.flush();
      stage.open('a');
      await stage.flush();
      stage.submit(limit, 'later');
      stage.open('later');
    });

    same('while a task runs', async (stage) => {
      const limit = stage.create(options);
      for (const name of ['a', 'b', 'c']) stage.submit(limit, name);
      await stage.flush();
      stage.log(`returns ${show(limit.clearQueue())}`);
      await stage.flush();
      stage.submit(limit, 'd');
      stage.open('a');
      stage.open('b');
      await stage.flush();
      stage.open('d');
    });

    same('tasks already admitted but not begun are running for clearQueue', async (stage) => {
      const limit = stage.create({ ...options, concurrency: 2 });
      for (const name of ['a', 'b', 'c']) stage.submit(limit, name);
      limit.clearQueue();
      stage.log('cleared');
      await stage.flush();
      stage.open('a');
      stage.open('b');
    });

    same('with nothing waiting, and twice', async (stage) => {
      const limit = stage.create(options);
      limit.clearQueue();
      stage.log('cleared an empty one');
      stage.submit(limit, 'a');
      stage.submit(limit, 'b');
      limit.clearQueue();
      limit.clearQueue();
      stage.log('cleared twice');
      await stage.flush();
      stage.open('a');
    });

    same('from inside a task', async (stage) => {
      const limit = stage.create(options);
      stage.submitNow(limit, 'a', () => {
        limit.clearQueue();
        stage.log('cleared inside');
        return 'a';
      });
      stage.submit(limit, 'b');
      stage.submit(limit, 'c');
      await stage.flush();
    });

    same('after a raise, before it took effect', async (stage) => {
      const limit = stage.create(options);
      for (const name of ['a', 'b', 'c', 'd']) stage.submit(limit, name);
      await stage.flush();
      limit.concurrency = 3;
      limit.clearQueue();
      stage.log('cleared');
      stage.submit(limit, 'e');
      await stage.flush();
      for (const name of ['a', 'e']) stage.open(name);
    });

    same('in the step in which a task ends', async (stage) => {
      const limit = stage.create(options);
      for (const name of ['a', 'b', 'c']) stage.submit(limit, name);
      await stage.flush();
      stage.open('a');
      limit.clearQueue();
      stage.log('cleared');
      await stage.flush();
    });

    same('taken off the limit', async (stage) => {
      const limit = stage.create(options);
      const { clearQueue } = limit;
      stage.submit(limit, 'a');
      stage.submit(limit, 'b');
      clearQueue();
      stage.log('cleared');
      await stage.flush();
      stage.open('a');
    });

    same('in the middle of a map', async (stage) => {
      const limit = stage.create(options);
      const mapped = limit.map(['x', 'y', 'z'], (name) => {
        stage.log(`${name} runs`);
        return stage.gate(name).promise;
      });
      stage.follow('map', mapped);
      await stage.flush();
      limit.clearQueue();
      await stage.flush();
      stage.open('x');
    });
  });
}

describe('the reason', () => {
  sameAsPLimit('is one AbortError for all that one clearQueue rejects', async (stage) => {
    const limit = stage.create({ concurrency: 1, rejectOnClear: true });
    limit(() => stage.gate('a').promise);
    const reasons: unknown[] = [];
    const note = (reason: unknown) => {
      reasons.push(reason);
    };
    limit(() => 'b').catch(note);
    limit(() => 'c').catch(note);
    limit.clearQueue();
    limit(() => 'd').catch(note);
    limit.clearQueue();
    await stage.flush();
    const [b, c, d] = reasons as DOMException[];
    stage.log(`${show(b)} code ${b!.code}, shared ${b === c}, shared between two clears ${b === d}`);
    stage.open('a');
  });
});

// What is synchronous and what is not: the same script is played on p-limit and on the drop-in, and everything that
// user code could observe must come in the same order with the same counts.
import { describe } from 'vitest';
import { sameAsPLimit, sameOrdersAsPLimit } from '../support/trace.ts';
import { microtasks } from '../support/turns.ts';

describe('the moment of the call', () => {
  sameAsPLimit('counts on return, start in a later microtask', async (stage) => {
    const limit = stage.create(2);
    for (const name of ['a', 'b', 'c', 'd']) stage.submit(limit, name);
    stage.log('end of the synchronous part');
    await stage.flush();
    for (const name of ['a', 'b', 'c', 'd']) {
      stage.open(name);
      await stage.flush();
    }
  });

  sameAsPLimit('probes queued between the calls run between the starts', async (stage) => {
    const limit = stage.create(3);
    stage.probe('before');
    stage.submit(limit, 'a');
    stage.probe('between a and b');
    stage.submit(limit, 'b');
    stage.probe('between b and c');
    stage.submit(limit, 'c');
    stage.probe('after c');
    stage.submit(limit, 'd');
    stage.probe('after d, which waits');
    await stage.flush();
    for (const name of ['c', 'a', 'b', 'd']) {
      stage.open(name);
      stage.probe(`after open ${name}`);
      await stage.flush();
    }
  });

  sameAsPLimit('a call made in a microtask', async (stage) => {
    const limit = stage.create(1);
    queueMicrotask(() => {
      stage.submit(limit, 'a');
      stage.probe('after a');
    });
    stage.probe('early');
    queueMicrotask(() => stage.submit(limit, 'b'));
    await stage.flush();
    stage.open('a');
    stage.open('b');
  });

  sameAsPLimit('two limits used in turn keep the order of the calls', async (stage) => {
    const first = stage.create(1);
    const second = stage.pLimit(1);
    stage.submitNow(first, 'first 1');
    stage.submitNow(second, 'second 1');
    stage.submitNow(first, 'first 2');
    stage.submitNow(second, 'second 2');
    stage.probe('last');
    await stage.flush();
  });

  sameAsPLimit('a call from inside a task, with room', async (stage) => {
    const limit = stage.create(2);
    stage.submitNow(limit, 'outer', () => {
      stage.submit(limit, 'inner');
      stage.probe('from inside');
      return 'outer';
    });
    await stage.flush();
    stage.open('inner');
  });

  sameAsPLimit('a call from inside a task, without room and not waited for', async (stage) => {
    const limit = stage.create(1);
    stage.submitNow(limit, 'outer', () => {
      stage.submit(limit, 'inner');
      return 'outer';
    });
    stage.submitNow(limit, 'after');
    await stage.flush();
    stage.open('inner');
  });
});

describe('the moment of the end', () => {
  sameAsPLimit('the slot is handed over before the caller goes on', async (stage) => {
    const limit = stage.create(1);
    stage.submit(limit, 'a');
    stage.submit(limit, 'b');
    stage.submit(limit, 'c');
    await stage.flush();
    stage.open('a');
    stage.log('still inside the step that opened the gate');
    await stage.flush();
    stage.fail('b');
    await stage.flush();
    stage.open('c');
  });

  sameAsPLimit('functions that answer at once follow each other', async (stage) => {
    const limit = stage.create(1);
    for (const name of ['a', 'b', 'c', 'd', 'e']) stage.submitNow(limit, name);
    await stage.flush();
  });

  sameOrdersAsPLimit('functions that answer at once, two at a time', async (stage) => {
    const limit = stage.create(2);
    for (const name of ['a', 'b', 'c', 'd', 'e']) stage.submitNow(limit, name);
    await stage.flush();
  });

  sameOrdersAsPLimit('several tasks end in the same step', async (stage) => {
    const limit = stage.create(3);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) stage.submit(limit, name);
    await stage.flush();
    stage.open('b');
    stage.open('a');
    stage.fail('c');
    await stage.flush();
    stage.fail('f');
    stage.open('d');
    stage.open('e');
  });

  sameAsPLimit('the caller submits the next one as soon as it goes on', async (stage) => {
    const limit = stage.create(1);
    const loop = async (name: string) => {
      for (const round of [1, 2, 3]) {
        await limit(() => stage.log(`${name}${round} runs`));
        stage.log(`${name}${round} done`);
      }
    };
    const both = Promise.all([loop('x'), loop('y')]);
    stage.log('both begun');
    await both;
    stage.log('both done');
  });

  sameAsPLimit('a newcomer in the step of a hand-over does not pass those who wait', async (stage) => {
    const limit = stage.create(1);
    stage.submit(limit, 'a');
    stage.submit(limit, 'b');
    await stage.flush();
    stage.open('a');
    stage.submit(limit, 'newcomer');
    await stage.flush();
    stage.open('b');
    stage.open('newcomer');
  });

  sameOrdersAsPLimit('a task that ends before its start was followed by anything', async (stage) => {
    const limit = stage.create(2);
    stage.open('a');
    stage.open('b');
    stage.open('c');
    for (const name of ['a', 'b', 'c']) stage.submit(limit, name);
    await stage.flush();
  });

  sameAsPLimit('several callers of one promise, and one that comes late', async (stage) => {
    const limit = stage.create(1);
    const promise = limit(() => stage.gate('a').promise);
    stage.follow('first follower', promise);
    stage.follow('second follower', promise);
    await stage.flush();
    stage.open('a');
    await stage.flush();
    stage.follow('late follower', promise);
    stage.probe('after late');
  });

  sameAsPLimit('the counts seen by the caller that awaits', async (stage) => {
    const limit = stage.create(2);
    const tasks = ['a', 'b', 'c', 'd'].map((name) =>
      limit(async () => {
        await microtasks(name.charCodeAt(0) % 5);
        return name;
      }),
    );
    for (const task of tasks) {
      await task;
      stage.log('awaited');
    }
  });
});

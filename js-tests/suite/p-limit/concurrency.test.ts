// The limit changed while tasks wait and run.
import { describe } from 'vitest';
import { sameAsPLimit, sameOrdersAsPLimit } from '../support/trace.ts';

describe('raised', () => {
  sameAsPLimit('the counts change in a later microtask, not in the assignment', async (stage) => {
    const limit = stage.create(1);
    for (const name of ['a', 'b', 'c', 'd']) stage.submit(limit, name);
    await stage.flush();
    stage.probe('before the raise');
    limit.concurrency = 3;
    stage.log('raised');
    stage.probe('after the raise');
    await stage.flush();
    await stage.openEach(['a', 'b', 'c', 'd']);
  });

  sameAsPLimit('a call right after the raise starts exactly one of those who wait', async (stage) => {
    const limit = stage.create(1);
    for (const name of ['a', 'b', 'c', 'd', 'e']) stage.submit(limit, name);
    await stage.flush();
    limit.concurrency = 4;
    stage.log('raised');
    stage.submit(limit, 'f');
    stage.submit(limit, 'g');
    await stage.flush();
    await stage.openEach(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  });

  sameAsPLimit('to Infinity', async (stage) => {
    const limit = stage.create(1);
    for (const name of ['a', 'b', 'c', 'd', 'e']) stage.submit(limit, name);
    limit.concurrency = Number.POSITIVE_INFINITY;
    stage.log('raised');
    stage.submit(limit, 'f');
    await stage.flush();
    await stage.openEach(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  sameAsPLimit('raised and lowered again in the same step', async (stage) => {
    const limit = stage.create(1);
    for (const name of ['a', 'b', 'c']) stage.submit(limit, name);
    await stage.flush();
    limit.concurrency = 3;
    limit.concurrency = 1;
    stage.log('back to one');
    await stage.flush();
    await stage.openEach(['a', 'b', 'c']);
  });

  sameAsPLimit('raised twice in the same step', async (stage) => {
    const limit = stage.create(1);
    for (const name of ['a', 'b', 'c', 'd', 'e']) stage.submit(limit, name);
    limit.concurrency = 2;
    stage.submit(limit, 'f');
    limit.concurrency = 4;
    stage.log('raised twice');
    await stage.flush();
    await stage.openEach(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  sameAsPLimit('raised before anything started', async (stage) => {
    const limit = stage.create(1);
    stage.submit(limit, 'a');
    stage.submit(limit, 'b');
    limit.concurrency = 2;
    stage.log('raised');
    stage.probe('after');
    await stage.flush();
    stage.open('b');
    stage.open('a');
  });

  sameAsPLimit('raised from inside a task', async (stage) => {
    const limit = stage.create(1);
    stage.submitNow(limit, 'a', () => {
      limit.concurrency = 3;
      stage.log('raised inside');
      return 'a';
    });
    for (const name of ['b', 'c', 'd']) stage.submit(limit, name);
    await stage.flush();
    await stage.openEach(['b', 'c', 'd']);
  });

  sameOrdersAsPLimit('raised in the step in which a task ends', async (stage) => {
    const limit = stage.create(1);
    for (const name of ['a', 'b', 'c', 'd']) stage.submit(limit, name);
    await stage.flush();
    stage.open('a');
    limit.concurrency = 2;
    stage.log('raised');
    await stage.flush();
    await stage.openEach(['b', 'c', 'd']);
  });
});

describe('lowered', () => {
  sameAsPLimit('running tasks go on, and none starts until there is room', async (stage) => {
    const limit = stage.create(4);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) stage.submit(limit, name);
    await stage.flush();
    limit.concurrency = 2;
    stage.log('lowered');
    await stage.flush();
    await stage.openEach(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  });

  sameAsPLimit('tasks already admitted but not begun still run', async (stage) => {
    const limit = stage.create(3);
    for (const name of ['a', 'b', 'c', 'd']) stage.submit(limit, name);
    limit.concurrency = 1;
    stage.log('lowered');
    await stage.flush();
    await stage.openEach(['a', 'b', 'c', 'd']);
  });

  sameAsPLimit('set to the same number', async (stage) => {
    const limit = stage.create(2);
    for (const name of ['a', 'b', 'c']) stage.submit(limit, name);
    limit.concurrency = 2;
    stage.log('same');
    await stage.flush();
    await stage.openEach(['a', 'b', 'c']);
  });

  sameAsPLimit('from Infinity', async (stage) => {
    const limit = stage.create(Number.POSITIVE_INFINITY);
    for (const name of ['a', 'b', 'c']) stage.submit(limit, name);
    limit.concurrency = 1;
    for (const name of ['d', 'e']) stage.submit(limit, name);
    await stage.flush();
    await stage.openEach(['a', 'b', 'c', 'd', 'e']);
  });
});

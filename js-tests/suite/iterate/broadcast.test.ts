// broadcast: whoever joins hears what comes from then on.
import { broadcast } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { collect, collectToEnd, DONE, Feed, given } from '../support/feed.ts';
import { countListeners } from '../support/listeners.ts';
import { counted, countedAsync } from '../support/sources.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, thrownBy, watch } from '../support/watch.ts';

const ENDLESS = Number.POSITIVE_INFINITY;
const error = new Error('as planned');

describe('subscribers', () => {
  test('have each item that is pulled after they joined, and it is pulled when one of them asks', async () => {
    const items = countedAsync(ENDLESS);
    const hub = broadcast(items.source);
    const early = hub.subscribe();
    await settle();
    expect([items.asked, hub.size]).toEqual([0, 1]);
    expect(await early.next()).toEqual(given(0));
    const late = hub.subscribe();
    expect(await late.next()).toEqual(given(1));
    await settle();
    expect(items.asked).toBe(2);
    expect([await early.next(), await early.next(), await late.next()]).toEqual([
      given(1),
      given(2),
      given(2),
    ]);
    await hub.close();
  });

  test('may be loops, each one of its own, and leave without ending it for others', async () => {
    const items = countedAsync(6);
    const hub = broadcast(items.source);
    const loops = [1, 3, 9].map(async (most) => {
      const seen: number[] = [];
      for await (const item of hub) if (seen.push(item) === most) break;
      return seen;
    });
    expect(await Promise.all(loops)).toEqual([[0], [0, 1, 2], [0, 1, 2, 3, 4, 5]]);
    expect([items.asked, items.closed, hub.size]).toEqual([7, 0, 0]);
    expect(await collect(hub)).toEqual([]);
  });

  test('may all leave: the source stays open for the next', async () => {
    const items = countedAsync(ENDLESS);
    const hub = broadcast(items.source);
    for await (const _ of hub) break;
    await settle();
    expect([items.closed, hub.size]).toEqual([0, 0]);
    for await (const item of hub) {
      expect(item).toBe(1);
      break;
    }
    await hub.close();
    expect(items.closed).toBe(1);
  });

  test('that are slow stop the others', async () => {
    const items = counted(ENDLESS);
    const hub = broadcast(items.source, { capacity: 2 });
    const [fast, slow] = [hub.subscribe(), hub.subscribe()];
    const answers = [watch(fast.next()), watch(fast.next()), watch(fast.next())];
    await settle();
    expect([items.asked, answers[2]!.state]).toEqual([2, 'pending']);
    expect(await slow.next()).toEqual(given(0));
    await settle();
    expect(answers[2]!.value).toEqual(given(2));
    const last = watch(fast.next());
    await settle();
    expect(last.state).toBe('pending');
    await slow.return();
    await settle();
    expect([last.value, slow.dropped]).toEqual([given(3), 0]);
  });

  test("that are slow lose their oldest items with overflow: 'drop-oldest'", async () => {
    const hub = broadcast(counted(10).source, { capacity: 2, overflow: 'drop-oldest' });
    const [fast, slow] = [hub.subscribe(), hub.subscribe()];
    expect(await collect(fast)).toHaveLength(10);
    expect(await collect(slow)).toEqual([8, 9]);
    expect([fast.dropped, slow.dropped]).toEqual([0, 8]);
  });
});

describe('the end', () => {
  test('is told to all after what they have not taken, and to who joins later', async () => {
    const hub = broadcast(countedAsync(9, undefined, { failsAt: 2, error }).source);
    const [one, other] = [hub.subscribe(), hub.subscribe()];
    expect(await collectToEnd(one)).toEqual([[0, 1], error]);
    expect(await collectToEnd(other)).toEqual([[0, 1], error]);
    expect(await reasonOf(hub.subscribe().next())).toBe(error);
    expect([await one.next(), hub.size]).toEqual([DONE, 0]);
  });

  test('by close gives what is held, closes the source and tells what that throws', async () => {
    const items = countedAsync(ENDLESS, undefined, { closeError: error });
    const hub = broadcast(items.source);
    const [one, other] = [hub.subscribe(), hub.subscribe()];
    await one.next();
    const waiting = watch(one.next());
    await settle();
    expect(waiting.value).toEqual(given(1));
    expect(await reasonOf(hub.close())).toBe(error);
    expect(await collect(other)).toEqual([0, 1]);
    expect([await one.next(), items.closed]).toEqual([DONE, 1]);
    await hub.close();
    expect(items.closed).toBe(1);
  });

  test('does not wait for a source that is still being asked, nor hear what it says then', async () => {
    const feed = new Feed<number>();
    const hub = broadcast(feed);
    const answer = watch(hub.subscribe().next());
    await hub.close();
    feed.give(1);
    await settle();
    expect([answer.value, feed.closed]).toEqual([DONE, 1]);
  });

  test('is the reason of the signal, and no listener is left', async () => {
    const controller = new AbortController();
    const count = countListeners(controller.signal);
    const items = countedAsync(ENDLESS);
    const hub = broadcast(items.source, { signal: controller.signal });
    const [one, other] = [hub.subscribe(), hub.subscribe()];
    expect(count.now).toBe(0);
    await one.next();
    expect(count.now).toBe(1);
    controller.abort(error);
    expect([await reasonOf(one.next()), await reasonOf(other.next())]).toEqual([error, error]);
    expect([items.closed, count.now, hub.size]).toEqual([1, 0, 0]);
  });
});

test('refuses what is wrong', () => {
  expect(thrownBy(() => broadcast([], { overflow: 'drop' as never }))).toMatchObject({
    message: 'Expected `overflow` to be one of "suspend", "drop-oldest", got "drop"',
  });
  expect(thrownBy(() => broadcast([], { capacity: 1.5 }))).toMatchObject({
    message: 'Expected `capacity` to be an integer from 1 up or Infinity, got 1.5',
  });
  expect(thrownBy(() => broadcast(1 as never))).toBeInstanceOf(TypeError);
});

import { BufferFullError, fromEvents } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { settle } from '../support/turns.ts';

/** An emitter as in Node.js, as small as can be, that tells how many listen. */
class Emitter {
  readonly #listeners = new Map<string, Set<(...args: unknown[]) => void>>();

  on(name: string, listener: (...args: never[]) => void): this {
    const listeners = this.#listeners.get(name) ?? new Set();
    listeners.add(listener as never);
    this.#listeners.set(name, listeners);
    return this;
  }

  off(name: string, listener: (...args: never[]) => void): this {
    this.#listeners.get(name)?.delete(listener as never);
    return this;
  }

  emit(name: string, ...args: unknown[]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(...args);
  }

  get listening(): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }
}

describe('fromEvents', () => {
  test('gives what an EventTarget tells, from the call on', async () => {
    const target = new EventTarget();
    const source = fromEvents<Event>(target, 'message', { end: 'close' });
    const sent = [new Event('message'), new Event('message')];
    for (const event of sent) target.dispatchEvent(event);
    target.dispatchEvent(new Event('close'));
    target.dispatchEvent(new Event('message'));
    const seen: Event[] = [];
    for await (const event of source) seen.push(event);
    expect(seen).toEqual(sent);
    expect(seen[0]).toBe(sent[0]);
  });

  test('gives the first argument that an emitter tells, or what `map` makes of all', async () => {
    const emitter = new Emitter();
    const plain = fromEvents(emitter, 'data');
    const pairs = fromEvents(emitter, 'data', { map: (...both: [number, string]) => both.join('-') });
    emitter.emit('data', 1, 'a');
    emitter.emit('data', 2, 'b');
    expect(await plain.pull(9)).toEqual([1, 2]);
    expect(await pairs.pull(9)).toEqual(['1-a', '2-b']);
  });

  test('leaving removes all listeners', async () => {
    const emitter = new Emitter();
    const source = fromEvents(emitter, 'data', { end: ['end', 'close'], error: 'error' });
    expect(emitter.listening).toBe(4);
    emitter.emit('data', 1);
    for await (const value of source) {
      expect(value).toBe(1);
      break;
    }
    expect(emitter.listening).toBe(0);
    expect(await source.next()).toEqual({ done: true, value: undefined });
  });

  test('an end lets what came before arrive; an error comes after it', async () => {
    const emitter = new Emitter();
    const source = fromEvents<number>(emitter, 'data', { end: 'end', error: 'error' });
    emitter.emit('data', 1);
    const failure = new Error('reset');
    emitter.emit('error', failure);
    expect(emitter.listening).toBe(0);
    expect(await source.next()).toEqual({ done: false, value: 1 });
    await expect(source.next()).rejects.toBe(failure);
    expect(await source.next()).toEqual({ done: true, value: undefined });
    const other = fromEvents<number>(emitter, 'data', { end: 'end' });
    emitter.emit('data', 2);
    emitter.emit('end');
    expect(emitter.listening).toBe(0);
    expect(await other.pull(5)).toEqual([2]);
    expect(await other.pull(5)).toEqual([]);
  });

  test('the error of an EventTarget is the one in its event', async () => {
    const target = new EventTarget();
    const failure = new Error('closed by the other side');
    const source = fromEvents(target, 'message', { error: 'error' });
    target.dispatchEvent(Object.assign(new Event('error'), { error: failure }));
    await expect(source.next()).rejects.toBe(failure);
  });

  test('too many events are an error of the source, or dropped if one says so', async () => {
    const emitter = new Emitter();
    const source = fromEvents<number>(emitter, 'data', { capacity: 2 });
    const latest = fromEvents<number>(emitter, 'data', { capacity: 1, overflow: 'drop-oldest' });
    for (const value of [1, 2, 3]) emitter.emit('data', value);
    expect(await source.pull(9)).toEqual([1, 2]);
    await expect(source.next()).rejects.toThrow(BufferFullError);
    await expect(source.next()).resolves.toEqual({ done: true, value: undefined });
    expect(await latest.next()).toEqual({ done: false, value: 3 });
    expect(emitter.listening).toBe(1);
    await latest.return();
    expect(emitter.listening).toBe(0);
  });

  test('a `map` that throws ends the source with that, and the emitter hears nothing of it', async () => {
    const emitter = new Emitter();
    const failure = new Error('no JSON');
    const source = fromEvents(emitter, 'data', {
      map: () => {
        throw failure;
      },
    });
    emitter.emit('data', '{');
    expect(emitter.listening).toBe(0);
    await expect(source.next()).rejects.toBe(failure);
  });

  test('a signal ends it with its reason', async () => {
    const emitter = new Emitter();
    const controller = new AbortController();
    const source = fromEvents(emitter, 'data', { signal: controller.signal });
    emitter.emit('data', 1);
    const waiting = source.pull(1).then(() => source.next());
    await settle();
    const reason = new Error('enough');
    controller.abort(reason);
    expect(emitter.listening).toBe(0);
    await expect(waiting).rejects.toBe(reason);
    const late = fromEvents(emitter, 'data', { signal: controller.signal });
    expect(emitter.listening).toBe(0);
    await expect(late.next()).rejects.toBe(reason);
  });

  test('says what it wants', () => {
    const emitter = new Emitter();
    expect(() => fromEvents({} as never, 'data')).toThrow('`target` to be an EventTarget or an EventEmitter');
    expect(() => fromEvents(emitter, 1 as never)).toThrow('`name` to be a string');
    expect(() => fromEvents(emitter, 'a', { overflow: 'suspend' as never })).toThrow('events do not wait');
    expect(() => fromEvents(emitter, 'a', { capacity: -1 })).toThrow(RangeError);
    expect(() => fromEvents(emitter, 'a', { end: 1 as never })).toThrow('`end` to be a string');
    expect(() => fromEvents(emitter, 'a', { error: [] as never })).toThrow('`error` to be a string');
    expect(() => fromEvents(emitter, 'a', { map: 1 as never })).toThrow('`map` to be a function');
    expect(emitter.listening).toBe(0);
  });
});

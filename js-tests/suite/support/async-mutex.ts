import * as real from 'async-mutex';
import * as fanfold from 'fanfold/async-mutex';
import { expect, test } from 'vitest';
import { inOrder, Recorder, type Seen } from './recorder.ts';

/** One of the two modules under comparison. */
export type AsyncMutexModule = typeof real;

export const REAL: AsyncMutexModule = real;
export const FANFOLD = fanfold as unknown as AsyncMutexModule;

/** For `describe.each`: what is stated of the drop-in is stated of async-mutex too. */
export const BOTH = [
  ['async-mutex', REAL],
  ['fanfold/async-mutex', FANFOLD],
] as const;

export type Mutex = real.MutexInterface;
export type Semaphore = real.SemaphoreInterface;

/** Plays one scenario against one module. */
export class LockStage extends Recorder {
  readonly module: AsyncMutexModule;
  /** What gives back the tickets that were had so far, by name. */
  readonly releases = new Map<string, () => void>();
  #lock: Mutex | Semaphore | undefined;

  constructor(module: AsyncMutexModule) {
    super();
    this.module = module;
    // Beside each event stands what the lock says of itself at that moment.
    const note = this.note.bind(this);
    this.note = (event, channel) => note(`${event} | ${this.#state()}`, channel);
  }

  mutex(cancelError?: Error): Mutex {
    return this.watch(new this.module.Mutex(cancelError));
  }

  semaphore(value: number, cancelError?: Error): Semaphore {
    return this.watch(new this.module.Semaphore(value, cancelError));
  }

  watch<Lock extends Mutex | Semaphore>(lock: Lock): Lock {
    this.#lock = lock;
    return lock;
  }

  /** Asks for a ticket, and writes down when it is had; it is kept under its name. */
  acquire(name: string, ask: () => Promise<real.MutexInterface.Releaser | [number, () => void]>): void {
    this.attempt(`ask ${name}`, () => {
      const asked = ask();
      asked.then(
        (ticket) => {
          const [value, release] = Array.isArray(ticket) ? ticket : ['a releaser', ticket];
          this.releases.set(name, release);
          this.note(`${name} has it, of ${value}`, 'caller');
        },
        (reason: unknown) => this.note(`${name} has none: ${String(reason)}`, 'caller'),
      );
      return 'a promise';
    });
  }

  /** Gives a ticket back, if it was had. */
  release(name: string): void {
    this.attempt(`release ${name}`, () => this.releases.get(name)?.());
  }

  /** A worker that waits at its gate. */
  worker(name: string): (value?: number) => Promise<unknown> {
    return async (value) => {
      this.note(`${name} works, told ${value}`, 'worker');
      try {
        return await this.gate(name).promise;
      } finally {
        this.note(`${name} ends`, 'worker');
      }
    };
  }

  /** Writes a mark from a microtask queued now. */
  probe(name: string): void {
    queueMicrotask(() => this.note(`probe ${name}`, 'probe'));
  }

  #state(): string {
    const lock = this.#lock;
    if (lock === undefined) return 'no lock';
    const value = 'getValue' in lock && !(lock instanceof this.module.Mutex) ? ` ${lock.getValue()}` : '';
    return `${lock.isLocked() ? 'locked' : 'free'}${value}`;
  }
}

export type LockScenario = (stage: LockStage) => void | Promise<void>;

export async function play(module: AsyncMutexModule, scenario: LockScenario): Promise<Seen[]> {
  const stage = new LockStage(module);
  await scenario(stage);
  await stage.flush('end of scenario');
  return stage.seen;
}

/** Declares a test: the scenario must leave the same trace on the drop-in as on async-mutex, event by event. */
export function sameAsAsyncMutex(name: string, scenario: LockScenario): void {
  test(name, async () => {
    const expected = await play(REAL, scenario);
    const got = await play(FANFOLD, scenario);
    expect(inOrder(got)).toEqual(inOrder(expected));
  });
}

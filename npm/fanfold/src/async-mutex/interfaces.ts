/** What a mutex can do, also one by {@link withTimeout} or {@link tryAcquire}. */
export interface MutexInterface {
  /**
   * Locks the mutex when it is free.
   *
   * @param priority The higher the sooner, any number. Default 0. Within one, first come, first served.
   * @returns A promise of the function that unlocks it. Rejects with the error of `cancel`.
   */
  acquire(priority?: number): Promise<MutexInterface.Releaser>;

  /** Calls a function while it holds the mutex. Comes to what that comes to, or rejects as `acquire` does. */
  runExclusive<T>(callback: MutexInterface.Worker<T>, priority?: number): Promise<T>;

  /** Fulfils when `acquire` with this priority would not wait. By the time the caller goes on that may have changed. */
  waitForUnlock(priority?: number): Promise<void>;

  /** Whether somebody holds it. */
  isLocked(): boolean;

  /** Unlocks it, whoever holds it. Nothing happens to one that is not locked. */
  release(): void;

  /** Rejects all who wait for it. Whoever holds it is left alone. */
  cancel(): void;
}

export declare namespace MutexInterface {
  /** Unlocks the mutex. Called again it does nothing. */
  export type Releaser = () => void;

  /** What `runExclusive` calls. */
  export type Worker<T> = () => Promise<T> | T;
}

/** What a semaphore can do, also one by {@link withTimeout} or {@link tryAcquire}. */
export interface SemaphoreInterface {
  /**
   * Takes so much of its value when that is there.
   *
   * @param weight How much, more than 0. Default 1. Who is first and too heavy keeps all behind it waiting.
   * @param priority The higher the sooner, any number. Default 0. Within one, first come, first served.
   * @returns A promise of the value before, and of the function that gives the weight back. Rejects with the error of
   * `cancel`.
   * @throws Error if the weight is not positive.
   */
  acquire(weight?: number, priority?: number): Promise<[number, SemaphoreInterface.Releaser]>;

  /**
   * Calls a function, with the value before, while it holds so much. Comes to what that comes to, or rejects as
   * `acquire` does.
   */
  runExclusive<T>(callback: SemaphoreInterface.Worker<T>, weight?: number, priority?: number): Promise<T>;

  /**
   * Fulfils when `acquire` with this weight and priority would not wait. By the time the caller goes on that may have
   * changed.
   *
   * @throws Error if the weight is not positive.
   */
  waitForUnlock(weight?: number, priority?: number): Promise<void>;

  /** Whether there is nothing left to take. */
  isLocked(): boolean;

  /** How much there is left to take; below zero where it was set so. */
  getValue(): number;

  /** Says how much there is to take from now on, whoever holds how much. */
  setValue(value: number): void;

  /**
   * Adds to the value, whoever holds how much.
   *
   * @param weight How much, more than 0. Default 1.
   * @throws Error if the weight is not positive.
   */
  release(weight?: number): void;

  /** Rejects all who wait for it. Whoever holds some of it is left alone. */
  cancel(): void;
}

export declare namespace SemaphoreInterface {
  /** Gives back what was taken. Called again it does nothing. */
  export type Releaser = () => void;

  /** What `runExclusive` calls. */
  export type Worker<T> = (value: number) => Promise<T> | T;
}

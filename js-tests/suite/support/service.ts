import type { Limiter } from 'fanfold';
import { elapse } from './fake-time.ts';

/** A service with so many hands, each of which takes 20 ms a call. Who finds none free stands in line, or is refused. */
export class Service {
  hands: number;
  readonly #refuses: boolean;
  #free: number[] = [];

  constructor(hands: number, refuses: boolean) {
    this.hands = hands;
    this.#refuses = refuses;
  }

  readonly call = async (): Promise<void> => {
    const now = performance.now();
    const busy = this.#free.filter((free) => free > now).sort((a, b) => a - b);
    if (this.#refuses && busy.length >= this.hands * 1.1) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      throw new Error('too many');
    }
    const begins = busy.length < this.hands ? now : (busy[busy.length - this.hands] as number);
    const ends = begins + 20;
    this.#free = [...busy, ends];
    await new Promise((resolve) => setTimeout(resolve, ends - now));
  };
}

/** Callers who always have more to do, until so much time has passed. Gives the limits of the last third. */
export async function load(limiter: Limiter, service: Service, ms: number): Promise<number[]> {
  const seen: number[] = [];
  let going = true;
  const caller = async (): Promise<void> => {
    while (going) await limiter(service.call).catch(() => {});
  };
  const callers = Array.from({ length: 120 }, caller);
  for (let passed = 0; passed < ms; passed += 20) {
    await elapse(20);
    if (passed > (ms * 2) / 3) seen.push(limiter.concurrency);
  }
  going = false;
  limiter.clear();
  await elapse(2000);
  await Promise.all(callers);
  return seen;
}

export const median = (numbers: number[]): number =>
  numbers.sort((a, b) => a - b)[numbers.length >> 1] as number;

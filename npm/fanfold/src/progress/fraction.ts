/** The largest number below 1: what is not done yet is never said to be. */
const ALMOST = 1 - Number.EPSILON / 2;

/** A part of the whole. Belongs to the {@link Fraction} that gave it. */
export interface Member {
  /** How much of the whole it is, against the shares of the others. */
  readonly share: number;
}

class Part implements Member {
  readonly share: number;
  readonly whole: Fraction;
  /** Of 1. */
  done = 0;
  /** It will not change any more. */
  isClosed = false;
  /** Where its fraction comes from, if not from `set`. */
  inner: Fraction | undefined;

  constructor(share: number, whole: Fraction, inner: Fraction | undefined) {
    this.share = share;
    this.whole = whole;
    this.inner = inner;
  }
}

/**
 * How much of the whole is done, from 0 to 1, where the whole is made of members with shares of it, which may be wholes
 * themselves. Keeps sums only, nothing for each member: each call costs the same however many there are, times the
 * depth of nesting, and a member is memory of whoever holds it.
 *
 * - It never falls, unless members come in, more is expected, or a member says less than before.
 * - It is exactly 1 if all members are whole, and all that is expected came; otherwise it is less, however little is left.
 * - Without members it is 0, until it ends.
 */
export class Fraction {
  /** The shares of all members. */
  #shares = 0;
  /** What is done of them. */
  #done = 0;
  /** Members that are not whole. */
  #open = 0;
  #count = 0;
  #expected = 0;
  #ended = false;
  #value = 0;
  /** The members of others that it is. */
  #outer: Part[] | undefined;
  readonly #changed: (() => void) | undefined;

  /** @param changed Called when it has changed, before those it is nested in are told. Must not throw. */
  constructor(changed?: () => void) {
    this.#changed = changed;
  }

  /** What is done, from 0 to 1. */
  get value(): number {
    return this.#value;
  }

  /** How many shares members have, or are expected to have. */
  get shares(): number {
    return Math.max(this.#shares, this.#expected);
  }

  /**
   * How many shares all members will have together, as far as is known: what is missing counts as not done. With fewer
   * than there are it says nothing.
   */
  expect(shares: number): void {
    this.#expected = shares;
    this.#update();
  }

  /**
   * A member comes in, with nothing done, or with what is done in `inner`, which it follows until it is complete.
   *
   * @param share Above 0, finite.
   * @throws RangeError where `inner` is, or holds, this whole.
   */
  add(share = 1, inner?: Fraction): Member {
    if (inner !== undefined && this.#isIn(inner))
      throw new RangeError('A fraction cannot be a part of itself');
    const part = new Part(share, this, inner);
    this.#shares += share;
    this.#count++;
    this.#open++;
    if (inner !== undefined) {
      inner.#outer ??= [];
      inner.#outer.push(part);
      this.#move(part, inner.#value);
    }
    this.#update();
    return part;
  }

  /**
   * So much of a member is done: from 0 to 1, what is beyond counts as the nearer of the two, and what is no number as
   * nothing said. Does nothing for one that is complete.
   */
  set(member: Member, fraction: number): void {
    const part = this.#own(member);
    if (part.isClosed || Number.isNaN(fraction)) return;
    this.#move(part, Math.min(Math.max(fraction, 0), 1));
    this.#update();
  }

  /** A member has ended, whatever it said before. It counts as whole, for good. */
  complete(member: Member): void {
    const part = this.#own(member);
    if (part.isClosed) return;
    part.isClosed = true;
    if (part.inner !== undefined) {
      // Order is of no use there, and one is nested in few.
      const outer = part.inner.#outer as Part[];
      outer.splice(outer.indexOf(part), 1);
      part.inner = undefined;
    }
    this.#move(part, 1);
    this.#update();
  }

  /** No more members are expected than there are. Without any, there was nothing to do: it is whole. */
  end(): void {
    this.#expected = 0;
    this.#ended = true;
    this.#update();
  }

  #own(member: Member): Part {
    if (!(member instanceof Part) || member.whole !== this) {
      throw new TypeError('Expected a member of this fraction');
    }
    return member;
  }

  /** Whether the other is this one, or holds it. */
  #isIn(other: Fraction): boolean {
    return this === other || (this.#outer?.some((part) => part.whole.#isIn(other)) ?? false);
  }

  #move(part: Part, done: number): void {
    if (part.done !== 1 && done === 1) this.#open--;
    else if (part.done === 1 && done !== 1) this.#open++;
    // Rounding never takes away where nothing less is said: a sum with what is not negative is not less.
    this.#done += part.share * done - part.share * part.done;
    part.done = done;
    // What was rounded is forgotten.
    if (this.#open === 0) this.#done = this.#shares;
  }

  #update(): void {
    const value = this.#fraction();
    if (value === this.#value) return;
    this.#value = value;
    this.#changed?.();
    for (const part of this.#outer ?? []) {
      part.whole.#move(part, value);
      part.whole.#update();
    }
  }

  #fraction(): number {
    if (this.#count === 0) return this.#ended ? 1 : 0;
    if (this.#open === 0 && this.#shares >= this.#expected) return 1;
    return Math.min(Math.max(this.#done / this.shares, 0), ALMOST);
  }
}

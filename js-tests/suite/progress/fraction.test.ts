import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
// Nobody sees it from outside but as the fraction of a pool.
import { Fraction, type Member } from '../../../npm/fanfold/src/progress/fraction.js';
import { propertyTest } from '../support/seeds.js';

describe('a fraction', () => {
  test('of members with shares', () => {
    const whole = new Fraction();
    const one = whole.add(1);
    const two = whole.add(3);
    expect(whole.value).toBe(0);
    whole.set(two, 0.5);
    expect(whole.value).toBe(0.375);
    whole.complete(one);
    expect(whole.value).toBe(0.625);
    whole.complete(two);
    expect(whole.value).toBe(1);
  });

  test('is 0 without members, and 1 when it ends without any', () => {
    const whole = new Fraction();
    expect(whole.value).toBe(0);
    whole.end();
    expect(whole.value).toBe(1);
  });

  test('counts what is expected as not done, until it ends', () => {
    const whole = new Fraction();
    whole.expect(4);
    whole.complete(whole.add());
    expect(whole.value).toBe(0.25);
    expect(whole.shares).toBe(4);
    whole.end();
    expect(whole.value).toBe(1);
    whole.add();
    expect(whole.value).toBe(0.5);
  });

  test('falls when a member comes in, or says less', () => {
    const whole = new Fraction();
    const one = whole.add();
    whole.set(one, 1);
    expect(whole.value).toBe(1);
    whole.set(one, 0.5);
    expect(whole.value).toBe(0.5);
    whole.add();
    expect(whole.value).toBe(0.25);
  });

  test('takes what is beyond for the nearest, and what is no number for nothing', () => {
    const whole = new Fraction();
    const one = whole.add();
    whole.set(one, -3);
    expect(whole.value).toBe(0);
    whole.set(one, 0.5);
    whole.set(one, Number.NaN);
    expect(whole.value).toBe(0.5);
    whole.set(one, Number.POSITIVE_INFINITY);
    expect(whole.value).toBe(1);
  });

  test('of a member that is complete does not change any more', () => {
    const whole = new Fraction();
    const one = whole.add();
    whole.complete(one);
    whole.set(one, 0.1);
    whole.complete(one);
    expect(whole.value).toBe(1);
  });

  test('is not 1 before all is done, however little is left', () => {
    const whole = new Fraction();
    const one = whole.add(1e15);
    whole.add(1e-15);
    whole.complete(one);
    expect(whole.value).toBeLessThan(1);
  });

  test('follows those that are nested in it', () => {
    const seen: number[] = [];
    const whole = new Fraction(() => seen.push(whole.value));
    const inner = new Fraction();
    const part = inner.add();
    inner.set(part, 0.5);
    const member = whole.add(1, inner);
    whole.add(1);
    expect(whole.value).toBe(0.25);
    inner.complete(part);
    expect(whole.value).toBe(0.5);
    inner.add();
    expect(whole.value).toBe(0.25);
    whole.complete(member);
    expect(whole.value).toBe(0.5);
    inner.end();
    inner.add();
    expect(seen).toEqual([0.5, 0.25, 0.5, 0.25, 0.5]);
  });

  test('is no part of itself', () => {
    const outer = new Fraction();
    const middle = new Fraction();
    const inner = new Fraction();
    outer.add(1, middle);
    middle.add(1, inner);
    expect(() => outer.add(1, outer)).toThrow(RangeError);
    expect(() => inner.add(1, outer)).toThrow(RangeError);
    outer.add(1, inner);
  });

  test('knows its own members', () => {
    const member = new Fraction().add();
    expect(() => new Fraction().set(member, 1)).toThrow(TypeError);
    expect(() => new Fraction().complete({ share: 1 })).toThrow(TypeError);
  });
});

type Step = { readonly kind: 'add' | 'nest' | 'more' | 'complete'; readonly at: number; readonly by: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('add', 'nest', 'more', 'more', 'complete'),
    at: fc.nat(1000),
    by: fc.double({ min: 0.001, max: 1, noNaN: true }),
  }),
  { maxLength: 200 },
);

/** A whole, the plain way: all members are summed up each time. */
interface Model {
  readonly whole: Fraction;
  readonly parts: {
    readonly member: Member;
    done: number;
    readonly inner: Model | undefined;
    open: boolean;
  }[];
}

function fractionOf({ parts }: Model): number {
  if (parts.length === 0) return 0;
  let done = 0;
  let shares = 0;
  for (const { member, done: own, inner, open } of parts) {
    shares += member.share;
    done += member.share * (open && inner !== undefined ? fractionOf(inner) : own);
  }
  return done / shares;
}

describe('any number of nested fractions', () => {
  propertyTest('are what their members sum up to, and never fall by what is done', steps, async (plan) => {
    const root: Model = { whole: new Fraction(), parts: [] };
    const models = [root];
    for (const { kind, at, by } of plan) {
      const model = models[at % models.length] as Model;
      const part = model.parts[at % Math.max(model.parts.length, 1)];
      const before = root.whole.value;
      if (kind === 'add') {
        model.parts.push({ member: model.whole.add(by), done: 0, inner: undefined, open: true });
      } else if (kind === 'nest') {
        const inner: Model = { whole: new Fraction(), parts: [] };
        models.push(inner);
        model.parts.push({ member: model.whole.add(by, inner.whole), done: 0, inner, open: true });
      } else if (part !== undefined && kind === 'complete') {
        model.whole.complete(part.member);
        part.done = 1;
        part.open = false;
        expect(root.whole.value).toBeGreaterThanOrEqual(before);
      } else if (part?.open && part.inner === undefined) {
        part.done += (1 - part.done) * by;
        model.whole.set(part.member, part.done);
        expect(root.whole.value).toBeGreaterThanOrEqual(before);
      }
      expect(root.whole.value).toBeGreaterThanOrEqual(0);
      expect(root.whole.value).toBeLessThanOrEqual(1);
      expect(root.whole.value).toBeCloseTo(fractionOf(root), 10);
    }
    for (const { whole, parts } of [...models].reverse()) {
      for (const { member } of parts) whole.complete(member);
      whole.end();
    }
    expect(root.whole.value).toBe(1);
  });
});

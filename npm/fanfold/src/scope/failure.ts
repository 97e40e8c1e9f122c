/** The `errors` that a scope has put onto an error, and which scope that was. */
interface Mark {
  readonly errors: readonly unknown[];
  readonly scope: number;
}

/** Errors may be thrown more than once: what stands on one may be news of a scope that has ended long ago. */
const marks = new WeakMap<Error, Mark>();

/** What the errors say that were made here, for a scope around that knows the first of it already. */
const aggregates = new WeakMap<object, { readonly first: unknown; readonly others: readonly unknown[] }>();

let scopes = 0;

/** All that failed in one scope, and what it throws of that. */
export class Failures {
  /** Counted: a scope that is inside of another one has the higher number. */
  readonly #scope = ++scopes;
  #first: { readonly error: unknown; readonly isForeign: boolean } | undefined;
  readonly #others: unknown[] = [];

  get first(): { readonly error: unknown } | undefined {
    return this.#first;
  }

  /** @param isForeign Whether it is the reason of an abort from outside, which others may hold too. */
  begin(error: unknown, isForeign: boolean): void {
    this.#first = { error, isForeign };
    if (isForeign) return;
    for (const other of this.#innerErrors(error)) this.add(other);
  }

  /** What failed after the first. */
  add(error: unknown): void {
    if (error === this.#first?.error || this.#others.includes(error)) return;
    // It is told of here: what another scope had to say of it is not what happened in this one.
    if (this.#innerErrors(error).length === 0) unmark(error);
    this.#others.push(error);
  }

  /**
   * What the scope throws: its first failure, with the others on its property `errors`. What is not the scope's own,
   * cannot have such a property, or has one of somebody else's, is the `cause` and the first of an `AggregateError`
   * instead, so that nothing is lost.
   */
  thrown(): unknown {
    const { error, isForeign } = this.#first as { error: unknown; isForeign: boolean };
    const others = this.#others;
    if (!isForeign) {
      unmark(error);
      if (others.length > 0 && mark(error, others, this.#scope)) return error;
    }
    if (others.length === 0) return error;
    const message = `${others.length + 1} failures ended a scope; see \`cause\` for the first`;
    const all = new AggregateError([error, ...others], message, { cause: error });
    aggregates.set(all, { first: error, others: [...others] });
    return all;
  }

  /** The `errors` that it has from a scope inside of this one. */
  #innerErrors(error: unknown): readonly unknown[] {
    const known = markOf(error);
    return known !== undefined && known.scope > this.#scope ? known.errors : [];
  }
}

/** The failures that a scope has made one error of, if this is one. */
export function partsOf(
  error: unknown,
): { readonly first: unknown; readonly others: readonly unknown[] } | undefined {
  return aggregates.get(Object(error) as object);
}

/** What a scope has put onto it, if that is still there. */
function markOf(error: unknown): Mark | undefined {
  const known = error instanceof Error ? marks.get(error) : undefined;
  return known?.errors === (Object(error) as { errors?: unknown }).errors ? known : undefined;
}

/** Whether it could be done. */
function mark(error: unknown, others: readonly unknown[], scope: number): boolean {
  if (!(error instanceof Error) || 'errors' in error) return false;
  const errors = [...others];
  const isDone = Reflect.defineProperty(error, 'errors', {
    value: errors,
    configurable: true,
    enumerable: false,
    writable: true,
  });
  if (isDone) marks.set(error, { errors, scope });
  return isDone;
}

function unmark(error: unknown): void {
  if (markOf(error) === undefined) return;
  if (Reflect.deleteProperty(error as Error, 'errors')) marks.delete(error as Error);
}

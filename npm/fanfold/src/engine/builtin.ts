/**
 * A built-in module of Node, by its whole name (`node:module`), without an import that a bundler for browsers
 * would have to resolve; `undefined` where there is none. `process.getBuiltinModule` came with Node 20.16 and
 * 22.3, and Bun and Deno have it too; before that, the CommonJS build (the one that Node runs) has `require`.
 *
 * The name is an argument and never a literal beside `require`: bundlers follow those.
 */
export function builtin(name: string): unknown {
  // Browsers have no `process`, and some bundlers give them half of one.
  const host = (globalThis as { process?: Partial<typeof process> }).process;
  const found: unknown = host?.getBuiltinModule?.(name);
  if (found !== undefined) return found;
  try {
    return host?.versions?.node !== undefined && typeof require === 'function' ? require(name) : undefined;
  } catch {
    return undefined;
  }
}

/** What `createLogUpdate` of log-update gives: writes over what it wrote last. */
export interface Update {
  (text: string): void;
  /** Takes away what it wrote last. */
  clear(): void;
  /** Leaves what it wrote last, and begins anew below it. */
  done(): void;
}

export interface LogUpdate {
  createLogUpdate(stream: object): Update;
}

/**
 * Imports a package when the program runs, if it is there. Its name is an argument so that no bundler looks for it: it is
 * for those who installed it. The build writes this file anew for CommonJS, where TypeScript would make a `require` of
 * the `import`.
 */
export function importNow(name: string): Promise<unknown> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ name);
}

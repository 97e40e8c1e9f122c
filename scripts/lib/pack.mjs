import { join } from 'node:path';
import { capture, root } from './run.mjs';

/** Packs the published packages as `npm publish` would, into a folder. Gives name to tarball. */
export function pack(folder, packages = ['fanfold', 'linux-x64-gnu', 'p-limit']) {
  const tarballs = {};
  for (const each of packages) {
    const output = capture('npm', ['pack', '--json', '--pack-destination', folder, '--loglevel=error'], {
      cwd: join(root, 'npm', each),
    });
    if (!output) throw new Error(`npm pack failed in npm/${each}`);
    const [{ name, filename }] = JSON.parse(output);
    tarballs[name] = join(folder, filename);
  }
  return tarballs;
}

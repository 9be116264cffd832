import type { LlmpProcess } from './llmp-process.ts';

const HOOK = `
  import { registerHooks } from 'node:module';
  const packages = new Set();
  const folders = new Set();
  registerHooks({
    load(url, context, next) {
      const [, name] = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url) ?? [];
      const [, folder] = name ? [] : /\\/services\\/([^/]+)\\//.exec(url) ?? [];
      if (name) packages.add(name);
      if (folder) folders.add(folder);
      return next(url, context);
    },
  });
  process.on('exit', () => {
    const loaded = { packages: [...packages].sort(), folders: [...folders].sort() };
    process.stdout.write('loaded ' + JSON.stringify(loaded) + '\\n');
  });
`;

/** Environment of a process that prints which modules it has loaded when it exits. */
export const LISTING_ENV = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(HOOK)}`,
};

export interface LoadedModules {
  readonly packages: readonly string[];
  /** Folders of services/. */
  readonly folders: readonly string[];
}

/** Stops a process that was started with `LISTING_ENV`. */
export async function loadedModules(running: LlmpProcess): Promise<LoadedModules> {
  running.child.kill('SIGTERM');
  await running.exited;
  const [, listing] = /^loaded (.*)$/m.exec(running.printed()) ?? [];
  if (listing === undefined) throw new Error(`no listing of modules in: ${running.printed()}`);
  return JSON.parse(listing);
}

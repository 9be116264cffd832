// Loads every module once, so that Node's compile cache (NODE_COMPILE_CACHE) holds all of them when a
// container starts. Programs would run when they are imported, so those are left out.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);

/** Programs that are started by name: in package.json, the Dockerfile or docker-compose.yml. */
const COMMANDS = [
  'services/main.ts',
  'services/cli/llmp.ts',
  'services/host/compose/init.ts',
  'services/host/fill-compile-cache.ts',
];

/** Paths from the root, in a fixed order. Threads and processes are started by the URL of their file. */
export function modulesToLoad(): string[] {
  const paths = ['shared', 'services'].flatMap(typescriptIn);
  const started = new Set(COMMANDS);
  for (const path of paths) {
    const text = readFileSync(new URL(path, ROOT), 'utf8');
    for (const [, file = ''] of text.matchAll(/new URL\('([^']+\.ts)', import\.meta\.url\)/g)) {
      started.add(new URL(file, new URL(path, 'file:///')).pathname.slice(1));
    }
  }
  return paths.filter((path) => !started.has(path));
}

function typescriptIn(folder: string): string[] {
  return readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `${folder}/${path}`)
    .toSorted();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const path of modulesToLoad()) await import(new URL(path, ROOT).href);
}

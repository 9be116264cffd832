// Fills Node's compile cache (NODE_COMPILE_CACHE) of the image by importing every module. Programs are
// left out, as importing would run them.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);

/** Started by package.json, the Dockerfile or docker-compose.yml. */
const PROGRAMS = [
  'services/main.ts',
  'services/cli/llmp.ts',
  'services/host/compose/init.ts',
  'services/host/fill-compile-cache.ts',
];

/** Sorted paths from the root, without programs, threads and child processes (`new URL('….ts')`). */
export function modulesToLoad(): string[] {
  const paths = ['shared', 'services'].flatMap(typescriptIn);
  const excluded = new Set(PROGRAMS);
  for (const path of paths) {
    const text = readFileSync(new URL(path, ROOT), 'utf8');
    for (const [, file = ''] of text.matchAll(/new URL\('([^']+\.ts)', import\.meta\.url\)/g)) {
      excluded.add(new URL(file, new URL(path, 'file:///')).pathname.slice(1));
    }
  }
  return paths.filter((path) => !excluded.has(path));
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

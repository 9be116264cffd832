// Source code that everyone has: what direct dependencies of this repository ship, at the versions
// that package.json fixes. Tests and the bench read it to see how often a detector is wrong about code.

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../node_modules/', import.meta.url));

/** Files by package, without tests and bundles; a pattern that fits nothing costs nothing. */
const SOURCES: Readonly<Record<string, string>> = {
  '@types/node': '*.d.ts',
  fastify: '{fastify.js,lib/**/*.js,types/*.d.ts}',
  ioredis: 'built/**/*.{js,ts}',
  pino: '{pino.js,pino.d.ts,lib/*.js}',
  re2js: 'build/index.js',
  undici: 'lib/{api,core,dispatcher,handler,interceptor,util,web}/**/*.js',
  vitest: 'dist/**/*.{js,ts}',
  yaml: 'dist/**/*.{js,ts}',
  zod: '{src/v4,v4}/**/*.{ts,js}',
};

export interface SourceText {
  readonly name: string;
  readonly text: string;
}

/** At most so many units of each package: whole files, in the order of their paths. */
export function dependencySources(unitsMaxEach: number): SourceText[] {
  return Object.entries(SOURCES).map(([name, pattern]) => {
    const cwd = `${ROOT}${name}/`;
    let text = '';
    for (const path of globSync(pattern, { cwd }).toSorted()) {
      if (/\btests?\b|\bminified\b|\.min\./.test(path)) continue;
      text += readFileSync(cwd + path, 'utf8');
      if (text.length >= unitsMaxEach) break;
    }
    return { name, text: text.slice(0, unitsMaxEach) };
  });
}

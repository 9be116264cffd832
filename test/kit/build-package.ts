// Compiles services and shared to `dist` for the npm package, as Node does not strip types within
// node_modules. npm runs it before it packs:   node test/kit/build-package.ts

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DIST = join(ROOT, 'dist');

/** Programs of threads and child processes: the compiler rewrites imports, but not these. */
const PROGRAM = /(new URL\('[^']+)\.ts(', import\.meta\.url\))/g;

/** Programs of npm in the repository. */
const LEFT_OUT = new Set(['cli/bin.mjs', 'host/install.mjs']);

/** The same with the names that the compiled files have. */
export function withCompiledPrograms(code: string): string {
  return code.replaceAll(PROGRAM, '$1.js$2');
}

function build(): void {
  rmSync(DIST, { recursive: true, force: true });
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const project = join(ROOT, 'test', 'kit', 'package.tsconfig.json');
  execFileSync(process.execPath, [compiler, '--project', project], { stdio: 'inherit' });
  for (const path of filesIn(DIST)) {
    if (!path.endsWith('.js')) continue;
    const code = readFileSync(join(DIST, path), 'utf8');
    const compiled = withCompiledPrograms(code);
    if (compiled !== code) writeFileSync(join(DIST, path), compiled);
  }
  // What is no TypeScript, such as the built-in policy.
  for (const folder of ['services', 'shared']) {
    for (const path of filesIn(join(ROOT, folder))) {
      if (path.endsWith('.ts') || LEFT_OUT.has(path)) continue;
      const target = join(DIST, folder, path);
      mkdirSync(dirname(target), { recursive: true });
      cpSync(join(ROOT, folder, path), target);
    }
  }
  // Modules read the version from it.
  const { name, version, type } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  writeFileSync(join(DIST, 'package.json'), `${JSON.stringify({ name, version, type })}\n`);
}

/** Relative paths. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build();

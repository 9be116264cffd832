// Compiles the scan kernel to the module that the repository holds: `npm run build:scan`.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const SOURCE = fileURLToPath(new URL('../../shared/scan/assembly/', import.meta.url));
const MODULE = fileURLToPath(new URL('../../shared/scan/kernel-wasm.ts', import.meta.url));
const MAIN = 'json.ts';
const OUTPUT = 'kernel.wasm';
const OPTIONS = '-O3 --runtime stub --enable simd --use abort= --initialMemory 1'.split(' ');

/** The text of the module, from the sources. */
export async function compiledModule(): Promise<string> {
  let wasm: Uint8Array | undefined;
  const { error } = await asc.main([MAIN, ...OPTIONS, '--outFile', OUTPUT], {
    readFile: (name) => (/^[a-z]+\.ts$/.test(name) ? readFileSync(SOURCE + name, 'utf8') : null),
    writeFile(_, content) {
      wasm = Buffer.from(content);
    },
    listFiles: () => [],
    stderr: process.stderr,
  });
  if (error) throw error;
  if (!wasm) throw new Error('the compiler wrote no kernel');
  const base64 = Buffer.from(wasm).toString('base64');
  return `// Generated from assembly/ by \`npm run build:scan\`; a test compares them.\n\nexport const KERNEL_WASM =\n  '${base64}';\n`;
}

/** The text of the module that the repository holds. */
export function storedModule(): string {
  return readFileSync(MODULE, 'utf8');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(MODULE, await compiledModule());
}

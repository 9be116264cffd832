// Preloaded into llmp during a soak: on SIGUSR2 it collects garbage and writes the heap size to the file in
// its own URL (`?file=…`). Growth there is a leak, unlike growth of the resident set.

import { renameSync, writeFileSync } from 'node:fs';

const file = new URL(import.meta.url).searchParams.get('file');

process.on('SIGUSR2', () => {
  if (file === null || !globalThis.gc) return;
  // The second pass collects what finalizers released in the first.
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  writeFileSync(`${file}.new`, JSON.stringify({ heapUsed, external }));
  renameSync(`${file}.new`, file);
});

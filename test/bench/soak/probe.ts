// Loaded into llmp before it starts, in a soak alone: at SIGUSR2 it collects all garbage and writes what
// is left on the heap to the file that its own address names (`?file=…`). What grows there, leaks; the
// size of the process also grows with what the collector has not looked at yet.

import { renameSync, writeFileSync } from 'node:fs';

const file = new URL(import.meta.url).searchParams.get('file');

process.on('SIGUSR2', () => {
  if (file === null || !globalThis.gc) return;
  // What finalizers let go in the first is only counted in the second.
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  writeFileSync(`${file}.new`, JSON.stringify({ heapUsed, external }));
  renameSync(`${file}.new`, file);
});

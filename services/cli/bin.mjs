#!/usr/bin/env node
// The program `llmp` of the npm package: the compiled command, or in a clone of the repository its source.
// Plain JavaScript, as the Node may be too old.

import { existsSync } from 'node:fs';

const NODE_MIN = 24;

if (Number.parseInt(process.versions.node, 10) < NODE_MIN) {
  process.stderr.write(
    `llmp needs Node ${NODE_MIN} or newer, and this is ${process.versions.node}.\n`,
  );
  process.exit(1);
}
const source = new URL('./llmp.ts', import.meta.url);
const compiled = new URL('../../dist/services/cli/llmp.js', import.meta.url);
await import(existsSync(source) ? source.href : compiled.href);

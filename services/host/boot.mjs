// npm loads this before a program (`node --import`): it requires a Node that runs TypeScript, and keeps
// compiled code for the next start. Plain JavaScript, as the Node may be too old.

import { existsSync } from 'node:fs';
import module from 'node:module';

const NODE_MIN = 24;

if (Number.parseInt(process.versions.node, 10) < NODE_MIN) {
  process.stderr.write(
    `llmp needs Node ${NODE_MIN}, and this is ${process.versions.node}. npm installs the right one, unless its ` +
      'setting ignore-scripts is on: turn that off, delete node_modules and start again.\n',
  );
  process.exit(1);
}
// The npm package, which is compiled already, has no folder of its own to write to.
if (existsSync(new URL('../../node_modules', import.meta.url))) {
  module.enableCompileCache('node_modules/.cache/llmp');
}

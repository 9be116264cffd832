// What a test starts a program of llmp with: none of the settings of whoever runs the tests, and the
// cache of compiled code that `npm start` uses too, which halves the CPU time of a start.

import { fileURLToPath } from 'node:url';

export const programEnv = {
  PATH: process.env['PATH'],
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/llmp', import.meta.url)),
};

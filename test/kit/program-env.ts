// Environment for llmp processes in tests: none of the developer's settings, plus the compile cache of
// `npm start`, which halves the CPU time of a start.

import { fileURLToPath } from 'node:url';

export const programEnv = {
  PATH: process.env['PATH'],
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/llmp', import.meta.url)),
};

import { existsSync } from 'node:fs';

/** How a person runs llmp: in the repository through npm, and elsewhere as the program of the package. */
const isRepository = existsSync(new URL('./boot.mjs', import.meta.url));

/** Comes before a command of the command line. */
export const LLMP = isRepository ? 'npm run llmp --' : 'llmp';
/** Comes before the workers to start. */
export const START = isRepository ? 'npm start --' : 'llmp start';

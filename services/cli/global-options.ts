import type { OptionSpec } from './command-spec.ts';

/** Every command has these. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: '--json', description: 'print JSON, in the shapes of the HTTP API' },
  { flags: '-q, --quiet', description: 'print only names or ids, and no notes' },
  { flags: '--url <url>', description: 'administer the gateway at this address (LLMP_URL)' },
  {
    flags: '--admin-key <token>',
    description: 'admin token of that gateway (LLMP_ADMIN_KEY or LLMP_ADMIN_TOKEN)',
  },
  {
    flags: '--data-dir <folder>',
    description: 'data directory of the store (LLMP_DATA_DIR)',
    names: 'folder',
  },
  { flags: '--create-store', description: 'create the store if there is none' },
];

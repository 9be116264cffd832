// `describe` for tests that need a real server; they are skipped where there is none, which in CI has
// already failed before they run.

import { describe } from 'vitest';
import { postgresPrograms } from './postgres-install.ts';
import { serverPath, type ServerName } from './server-programs.ts';

export function describeWith(name: ServerName) {
  return describe.skipIf(serverPath(name) === undefined);
}

export const describeWithPostgres = describe.skipIf(postgresPrograms() === undefined);

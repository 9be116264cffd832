// `describe` for tests that need a real server. They are skipped without it; CI fails earlier.

import { describe } from 'vitest';
import { postgresPrograms } from './postgres-install.ts';
import { serverPath, type ServerName } from './server-programs.ts';

export function describeWith(name: ServerName) {
  return describe.skipIf(serverPath(name) === undefined);
}

export const describeWithPostgres = describe.skipIf(postgresPrograms() === undefined);

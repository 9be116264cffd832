// A folder of policies that tests change while a gateway reads it.

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PolicyFolder extends Disposable {
  readonly path: string;
  /** Replaces `NAME.yaml` atomically, like editors and orchestrators. */
  write(name: string, policy: unknown): void;
}

export function policyFolder(policies: Readonly<Record<string, unknown>>): PolicyFolder {
  const path = mkdtempSync(join(tmpdir(), 'llmp-policies-'));
  const folder: PolicyFolder = {
    path,
    write(name, policy) {
      const text = typeof policy === 'string' ? policy : JSON.stringify(policy);
      writeFileSync(join(path, '.new'), text);
      renameSync(join(path, '.new'), join(path, `${name}.yaml`));
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
  for (const [name, policy] of Object.entries(policies)) folder.write(name, policy);
  return folder;
}

// A policy folder with fifty rules for all keys: forty-five for requests and five that also read responses.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mixedRules } from './rules.ts';

/** Its path; deleted with the stack. */
export function fullPolicyFolder(stack: AsyncDisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), 'llmp-bench-policies-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  // JSON is YAML.
  const text = JSON.stringify({ version: 1, rules: mixedRules() });
  writeFileSync(join(folder, 'default.yaml'), text);
  return folder;
}

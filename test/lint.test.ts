// The lint rules that are our own decisions report what they forbid, and nothing else.

import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'llmp-lint-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Resolves to the violations of a rule, as paths, in a tree of these files. */
async function violations(rule: string, files: Record<string, string>): Promise<string[]> {
  copyFileSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const report = await new Promise<string>((resolve) => {
    const program = join(root, 'node_modules/.bin/oxlint');
    // The program fails when it finds something, so only its output counts.
    execFile(program, ['--format', 'json'], { cwd: folder }, (_error, stdout) => resolve(stdout));
  });
  const { diagnostics } = JSON.parse(report) as {
    diagnostics: { code: string; filename: string }[];
  };
  return diagnostics
    .filter(({ code }) => code === `eslint(${rule})`)
    .map(({ filename }) => filename)
    .toSorted();
}

describe('limits', () => {
  it('are imported as a value only by what composes a process', async () => {
    const value = "import { limits } from '../../shared/limits.ts';\nexport const a = limits;";
    const type = "import type { Limits } from '../../shared/limits.ts';\nexport type A = Limits;";
    const broken = {
      'services/rag/a.ts': value,
      'services/upstream/worker.ts': value,
      'services/config/config.ts': value,
      'services/cli/a.ts': value,
      'services/ingress/b.ts': value.replace('limits }', 'limits, type Limits }'),
      'shared/store/a.ts': "import * as bounds from '../limits.ts';\nexport const a = bounds;",
      'shared/a.ts': "export { limits } from './limits.ts';",
    };
    const kept = {
      'services/rag/kept.ts': type,
      'services/ingress/limits-of.ts': "import '../other-limits.ts';",
      'services/config/configured-limits.ts': value,
      'services/config/settings.ts': value,
      'services/host/wiring.ts': value,
      'services/host/compose/settings.ts': value,
      'test/kit/a.ts': value,
      'test/unit/a.test.ts': value,
    };
    const found = await violations('no-restricted-imports', { ...broken, ...kept });
    expect(found).toEqual(Object.keys(broken).toSorted());
  });
});

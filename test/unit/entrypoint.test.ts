import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOSTED } from '../../services/config/settings.ts';

const PROGRAM = fileURLToPath(new URL('../../deploy/entrypoint.sh', import.meta.url));
const GATEWAY = '--max-semi-space-size=16 /app/services/main.ts';
const COMMAND = '/app/services/cli/llmp.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmp-entrypoint-'));
  // A `node` that only says how it was called.
  const program = '#!/bin/sh\necho "$@" "${LLMP_FIRST_KEY-}"\n';
  writeFileSync(join(folder, 'node'), program, { mode: 0o755 });
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(args: readonly string[], env: Record<string, string> = {}): string {
  const PATH = `${folder}:${process.env['PATH']}`;
  return execFileSync('sh', [PROGRAM, ...args], { env: { PATH, ...env }, encoding: 'utf8' }).trim();
}

describe('a container', () => {
  it.each([[[]], [['start']], [['llmp', 'start']]])('hosts everything with %j', (args) => {
    expect(run(args)).toBe(`${GATEWAY} show`);
  });

  it('hides the first key where the environment says so', () => {
    expect(run([], { LLMP_FIRST_KEY: 'hide' })).toBe(`${GATEWAY} hide`);
  });

  it.each([...HOSTED.map((worker) => [worker]), ['scrubber', 'policy']])(
    'hosts the workers it is given',
    (...workers) => {
      expect(run(workers)).toBe(`${GATEWAY} ${workers.join(' ')}`);
    },
  );

  it.each([[['keys', 'list']], [['policy', 'check', 'a b.yaml']], [['--help']]])(
    'runs the command %j',
    (args) => {
      expect(run(args)).toBe(`${COMMAND} ${args.join(' ')}`);
      expect(run(['llmp', ...args])).toBe(`${COMMAND} ${args.join(' ')}`);
    },
  );
});

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { limits } from '../../shared/limits.ts';
import { describeWithProgram } from './kit/programs.ts';

const UNIT = fileURLToPath(new URL('../../deploy/systemd/llmp.service', import.meta.url));
/** Of 100; a unit without hardening has 96. */
const EXPOSURE_MAX = 15;

describeWithProgram('systemd-analyze')('deploy/systemd/llmp.service', () => {
  const analyze = (...args: string[]) =>
    spawnSync('systemd-analyze', [...args, UNIT], { encoding: 'utf8' });

  it('is valid', () => {
    const { status, stdout, stderr } = analyze('verify');
    expect(stdout + stderr).toBe('');
    expect(status).toBe(0);
  });

  it('gives the service few rights', () => {
    const { status, stdout } = analyze('security', '--offline=true', `--threshold=${EXPOSURE_MAX}`);
    expect(status, stdout).toBe(0);
  });

  it('waits for the drain before it kills', () => {
    const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(readFileSync(UNIT, 'utf8')) ?? [];
    const { drainMs, lameDuckMs, shutdownMs } = limits.process;
    expect(Number(seconds) * 1000).toBeGreaterThan(drainMs + lameDuckMs + shutdownMs);
  });
});

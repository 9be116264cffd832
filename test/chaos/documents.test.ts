// Killing the gateway while it reads a document: the next one reads it again, and no partial document is
// ever searchable.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { documentIdOf } from '../../shared/retrieval/document-jobs.ts';
import { limits } from '../../shared/limits.ts';
import { freePort, stopped } from '../kit/servers.ts';

const MAIN = fileURLToPath(new URL('../../services/main.ts', import.meta.url));
const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const NAME = 'long.html';
/** Takes seconds to read, in a separate process. */
const LONG = `<h1>Long</h1>${'<p>The turbine costs ninety crowns, and the pump forty.</p>'.repeat(40_000)}`;

describe('a document', () => {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-killed-'));
  const children: ChildProcess[] = [];
  afterEach(() => Promise.all(children.splice(0).map(stopped)));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  async function started() {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const env = { LLMP_PORT: String(port), LLMP_DATA_DIR: directory, LLMP_ADMIN_TOKEN: TOKEN };
    const child = spawn(process.execPath, [MAIN], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: 'ignore',
    });
    children.push(child);
    const isReady = async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.ok;
    await expect.poll(isReady).toBe(true);
    const call = async (path: string, init: RequestInit = {}) => {
      const headers = { 'x-api-key': TOKEN, 'content-type': 'application/json' };
      const response = await fetch(`${url}/admin/collections${path}`, { headers, ...init });
      return (await response.json()) as { state?: string; passages?: number };
    };
    const state = async () => (await call(`/prices/documents/${documentIdOf(NAME)}`)).state;
    return { child, call, state };
  }

  it('that was being read when the gateway was killed is read by the next gateway', async () => {
    const first = await started();
    await first.call('', { method: 'POST', body: JSON.stringify({ name: 'prices' }) });
    await first.call(`/prices/documents?name=${NAME}`, { method: 'POST', body: LONG });
    await expect.poll(first.state, { interval: 10 }).toBe('indexing');
    first.child.kill('SIGKILL');
    const second = await started();
    expect(await second.state()).toBe('indexing');
    // The job becomes available when its lease expires.
    const timeout = limits.queue.leaseMs + 60_000;
    await expect.poll(second.state, { interval: 250, timeout }).toBe('ready');
    const { passages = 0 } = await second.call(`/prices/documents/${documentIdOf(NAME)}`);
    expect(passages).toBeGreaterThan(1_000);
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chatBodies, SIZES } from '../../../bench/bodies.ts';
import { connectTo, run } from '../../../bench/load.ts';
import { GUARD_PATTERNS } from '../../../bench/peers/guard-patterns.ts';
import { findPeer, startPeer } from '../../../bench/peers/peers.ts';
import { startServer } from '../../../bench/processes.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmp-peers-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function install(file: string, text = ''): string {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}

describe('a peer', () => {
  it('is missing where it is not installed', () => {
    mkdirSync(join(folder, 'litellm'));
    const places = { env: { PATH: '/nowhere' }, folder };
    expect(findPeer('agentgateway', places)).toBeUndefined();
    expect(findPeer('litellm-guarded', places)).toBeUndefined();
  });

  it.each(['agentgateway', 'bin/agentgateway', 'some/bin/agentgateway'])(
    'is found in the folder as %s',
    (file) => {
      const path = install(file);
      expect(findPeer('agentgateway-guarded', { env: {}, folder })).toBe(path);
    },
  );

  it('is found on PATH, if it is not another program of that name', () => {
    const env = { PATH: `/nowhere:${folder}` };
    const path = install('litellm');
    install('gateway');
    expect(findPeer('litellm', { env })).toBe(path);
    expect(findPeer('portkey', { env })).toBeUndefined();
  });

  it('is the one that a variable names, which must be there', () => {
    install('agentgateway');
    const named = install('elsewhere/mine');
    expect(findPeer('agentgateway', { env: { BENCH_AGENTGATEWAY: named }, folder })).toBe(named);
    const env = { BENCH_LITELLM: join(folder, 'gone') };
    expect(() => findPeer('litellm', { env })).toThrow('BENCH_LITELLM: there is no file');
  });

  it('is started with the upstream and a guard, and its streams are asked for in the body', async () => {
    await using stack = new AsyncDisposableStack();
    const upstream = await startServer(stack, 'upstream', ['test/bench/upstream.ts']);
    install('node_modules/@portkey-ai/gateway/build/start-server.js', FORWARDER);
    const places = { env: {}, folder };
    const peer = await startPeer(stack, 'portkey-guarded', upstream.url, places);
    const config = JSON.parse(peer.headers['x-portkey-config'] ?? '') as object;
    expect(config).toMatchObject({ custom_host: `${upstream.url}/v1` });
    const pool = connectTo(peer, 1);
    stack.defer(() => pool.destroy());
    const stream = { deltas: 3, gapMs: 1 };
    const body = chatBodies(SIZES['1kb'], { stream: true }).fresh;
    const load = { body, path: '/v1/messages', requests: 2, concurrency: 1, stream };
    const { events } = await run(pool, peer, load);
    expect(events).toBe(2 * (3 + 5));
  });
});

it('guards find what the texts of the bench hold', () => {
  const text = chatBodies(SIZES['20kb'], { personalEvery: 1 }).fresh().toString();
  for (const pattern of Object.values(GUARD_PATTERNS)) {
    expect(text.match(new RegExp(pattern, 'g'))?.length).toBeGreaterThan(3);
  }
});

/** Drops all headers but the configuration, which names the upstream. */
const FORWARDER = `
const { createServer } = require('node:http');
const port = Number(process.argv.find((word) => word.startsWith('--port=')).slice(7));
createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  if (!request.headers['x-portkey-config']) return response.end();
  const { custom_host, before_request_hooks: [guard] } = JSON.parse(request.headers['x-portkey-config']);
  if (guard.checks.length !== 4) return response.destroy();
  const answer = await fetch(custom_host + '/messages', { method: 'POST', body: Buffer.concat(chunks) });
  response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') });
  for await (const chunk of answer.body) response.write(chunk);
  response.end();
}).listen(port, '127.0.0.1');
`;

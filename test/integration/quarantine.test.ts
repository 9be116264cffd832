// A request that costs two workers is not given to a third one. Real processes on NATS: a recognizer that
// the scrubber asks in the middle of its work kills the process that asks.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createKey } from '../../shared/keys.ts';
import { describeWith } from '../kit/describe-with.ts';
import { Processes, started, type RunningProcess } from '../kit/processes.ts';
import { startNatsServer } from '../kit/servers.ts';

const SCRUBBERS = ['one', 'two', 'three'];
const POISON = 'a text that stops its worker';
const SLOW = 'a text that takes its time';
const key = createKey();

let stack: AsyncDisposableStack;
let url: string;
let scrubbers: Map<string, RunningProcess>;
/** Names of the scrubbers that were asked about each text. */
let asked: { name: string; text: string }[];
let onSlow: (name: string, response: ServerResponse) => void;

const isAlive = ({ child }: RunningProcess) => child.exitCode === null && child.signalCode === null;

async function startRecognizer(): Promise<string> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const name = request.url?.split('/')[1] ?? '';
      const text = Buffer.concat(parts).toString();
      asked.push({ name, text });
      if (text.includes(POISON)) scrubbers.get(name)?.child.kill('SIGKILL');
      else if (text.includes(SLOW)) onSlow(name, response);
      else response.end('[]');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function ask(content: unknown): Promise<Response> {
  return await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'claude-haiku-4-5',
      max_tokens: 9,
      messages: [{ role: 'user', content }],
    }),
  });
}

async function untilReady(): Promise<void> {
  await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(200);
}

const codeIn = async (response: Response) =>
  ((await response.json()) as { error: { details: { error_code: string } } }).error.details
    .error_code;

describeWith('nats-server')('a request and its scrubbers', { timeout: 60_000 }, () => {
  beforeEach(async () => {
    asked = [];
    onSlow = (_, response) => void response.end('[]');
    stack = new AsyncDisposableStack();
    const directory = mkdtempSync(join(tmpdir(), 'llmp-quarantine-'));
    stack.defer(() => rmSync(directory, { recursive: true, force: true }));
    const recognizer = await startRecognizer();
    const broker = stack.use(await startNatsServer());
    const processes = stack.use(new Processes(directory));
    const env = { NATS_URL: broker.url, LLMP_KEYS: key, LLMP_DRAIN_MS: '200' };
    const rulesOf = (name: string) =>
      JSON.stringify({
        version: 1,
        recognizer: { url: `${recognizer}/${name}`, deadline_ms: 30_000 },
      });
    scrubbers = new Map(
      SCRUBBERS.map((name) => [
        name,
        processes.run({ ...env, LLMP_SCRUB_RULES: rulesOf(name) }, ['scrubber']),
      ]),
    );
    const others = processes.run(env, ['ingress', 'policy', 'rag', 'upstream']);
    url = await started(others);
    await Promise.all([...scrubbers.values()].map(started));
    await untilReady();
  });
  afterEach(() => stack.disposeAsync());

  it('is quarantined when it has cost two of them, and refused when it is sent again', async () => {
    const response = await ask(POISON);
    expect(response.status).toBe(500);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(await codeIn(response)).toBe('request_quarantined');
    const askedBefore = asked.length;
    expect(new Set(asked.map(({ name }) => name)).size).toBe(2);
    expect([...scrubbers.values()].filter(isAlive)).toHaveLength(1);

    const again = await ask(POISON);
    expect(again.headers.get('x-should-retry')).toBe('false');
    expect(await codeIn(again)).toBe('request_quarantined');
    expect(asked).toHaveLength(askedBefore);
    expect((await ask('a text that does no harm')).status).toBe(200);
  });

  it('is dispatched again as often as scrubbers drain', async () => {
    const drained: string[] = [];
    onSlow = (name, response) => {
      if (drained.length === 2) response.end('[]');
      else {
        drained.push(name);
        scrubbers.get(name)?.child.kill('SIGTERM');
      }
    };
    expect((await ask(SLOW)).status).toBe(200);
    expect(new Set(drained).size).toBe(2);
  });
});

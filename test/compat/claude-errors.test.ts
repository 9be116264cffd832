// What Claude Code makes of each failure, and how many requests it sends. Cases run concurrently,
// because most of the time is spent waiting for retries.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { askClaude, describeWithClaudeCode } from '../kit/claude-code.ts';
import { CLAUDE_FAILURES } from '../kit/claude-failures.ts';
import { CLIENT_BUSES } from '../kit/client-buses.ts';
import { SMALL_BODY_BYTES } from '../kit/failures.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { createMatrix } from '../kit/matrix.ts';
import { settledLines, waitedMs, type RequestLine } from '../kit/request-log.ts';

const matrix = createMatrix('Claude Code');
afterAll(() => matrix.print());

describeWithClaudeCode.each(CLIENT_BUSES)('Claude Code on the %s bus', (bus) => {
  let gateway: Gateway;
  beforeAll(async () => {
    const env = { LLMP_UPSTREAM_HEADERS_TIMEOUT_MS: '1000', LLMP_UPSTREAM_IDLE_MS: '1000' };
    gateway = await startGateway({ bus, env });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  it.concurrent.each(CLAUDE_FAILURES)('$name', async (failure) => {
    const { name, simulate, requests, exitCode, shows, waitMsMin = 0 } = failure;
    const model = failure.model ?? `claude-failure-${CLAUDE_FAILURES.indexOf(failure)}`;
    const run = await askClaude(`Go on [[simulate: ${simulate} ]]`, {
      gateway,
      args: ['--model', model],
    });
    const lines = await settledLines(gateway, (line) => line.model === model, requests.length);
    matrix.add(name, 'requests', summary(lines.map(requestOf)));
    matrix.add(name, 'exit', String(run.exitCode));
    matrix.add(name, 'says', run.stdout.replaceAll(/\s+/g, ' ').slice(0, 80));
    expect(lines.map(requestOf)).toEqual(requests);
    expect(run.stdout.trim()).toMatch(shows);
    expect(run.exitCode).toBe(exitCode);
    expect(waitedMs(lines)).toBeGreaterThanOrEqual(waitMsMin);
  });
});

describeWithClaudeCode.each(CLIENT_BUSES)('Claude Code rejected on the %s bus', (bus) => {
  it.each([
    ['an invalid key', { key: 'llmp_none' }, 'invalid_api_key', /^Failed to authenticate\. .* 401/],
    ['a body too large', {}, 'request_too_large', /^Request too large/],
  ])('gives up at once for %s', async (name, credentials, errorCode, shows) => {
    const env = { LLMP_BODY_BYTES_MAX: String(SMALL_BODY_BYTES) };
    await using gateway = await startGateway({ bus, env });
    const { url, key } = gateway;
    const run = await askClaude('hello', { gateway: { url, key, ...credentials } });
    const lines = await settledLines(gateway, () => true, 1);
    matrix.add(name, 'requests', `${lines.length} × ${lines[0]?.status}`);
    matrix.add(name, 'exit', String(run.exitCode));
    matrix.add(name, 'says', run.stdout.replaceAll(/\s+/g, ' ').slice(0, 80));
    expect(lines).toMatchObject([{ outcome: 'refused', errorCode }]);
    expect(run.stdout).toMatch(shows);
    expect(run.exitCode).toBe(1);
  });
});

function requestOf({ stream, status }: RequestLine): string {
  return `${stream ? 'stream' : 'buffered'} ${status}`;
}

/** Counts equal neighbors: `6 × stream 400`. */
function summary(requests: readonly string[]): string {
  const runs: { request: string; count: number }[] = [];
  for (const request of requests) {
    const last = runs.at(-1);
    if (last?.request === request) last.count += 1;
    else runs.push({ request, count: 1 });
  }
  return runs.map(({ request, count }) => `${count} × ${request}`).join(', ');
}

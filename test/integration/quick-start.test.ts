// The quick starts of the README, typed as they stand there into a folder like a fresh clone.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeWith } from '../kit/describe-with.ts';
import { LinkedClone, readmeBlock, type ShellCommand } from '../kit/linked-clone.ts';
import { freePort } from '../kit/servers.ts';

const SLOW = { timeout: 60_000 };

let clone: LinkedClone;
beforeEach(() => {
  clone = new LinkedClone();
});
afterEach(() => clone[Symbol.asyncDispose]());

/** Waits for the banner of a gateway; returns its address. */
async function urlOf(running: ShellCommand): Promise<string> {
  await expect.poll(() => running.printed(), SLOW).toContain('claude\n\n');
  return /llmp {6}(\S+)/.exec(running.printed())?.[1] ?? '';
}

/** Runs the curl command that a gateway prints; returns the text of the response. */
async function tryIt(running: ShellCommand): Promise<string> {
  const [, line = ''] = /Try it:\n {2}(curl .*\n.*\n.*)\n/.exec(running.printed()) ?? [];
  const curl = clone.run(line.replace('curl ', 'curl -s '));
  await curl.exited;
  const { content }: { content: { text: string }[] } = JSON.parse(curl.printed());
  return content.map(({ text }) => text).join('');
}

const suffixless = (text: string) => text.replaceAll(/(PII·EMAIL·)[a-z2-7]{8}/g, '$1…');

describe('npm start', () => {
  it('answers the printed command as the README shows, and ends with npm', async () => {
    writeFileSync(join(clone.folder, '.env'), 'LLMP_PORT=0\n');
    const [line = ''] = readmeBlock('start');
    const running = clone.run(line);
    const url = await urlOf(running);
    expect(running.printed()).toContain(`Data      ${clone.folder}/.llmp\n`);
    expect(running.printed()).toContain(`Settings  ${clone.folder}/.env\n`);
    expect(suffixless(await tryIt(running))).toBe(
      suffixless(readmeBlock('first-answer').join('\n')),
    );
    running.child.kill('SIGTERM');
    await running.exited;
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
  }, 90_000);

  it('takes the settings of .env', async () => {
    writeFileSync(join(clone.folder, '.env'), 'LLMP_PORT=0\n');
    const [setting = '', start = ''] = readmeBlock('env-file');
    expect(await clone.run(`sh -c "${setting.replace('…', 'x')}"`).exited).toBe(0);
    const running = clone.run(start);
    await urlOf(running);
    expect(running.printed()).toContain('Upstream  https://api.anthropic.com\n');
    // As Ctrl-C does, to npm and to what it started.
    process.kill(-Number(running.child.pid), 'SIGINT');
    await running.exited;
    expect(running.printed()).toContain('"msg":"llmp stopped"');
  }, 90_000);
});

describeWith('nats-server')('processes of their own', () => {
  it('start as the README says, and need their logins', async () => {
    const ports = new Map<string, string>();
    for (const port of ['4222', '8081', '8082']) ports.set(port, String(await freePort()));
    writeFileSync(join(clone.folder, '.env'), 'LLMP_PORT=0\n');
    const [write = '', ...starts] = readmeBlock('split').map((line) =>
      line.replaceAll(/\b(4222|8081|8082)\b/g, (port) => ports.get(port) ?? port),
    );
    const written = clone.run(`${write} --listen 127.0.0.1:${ports.get('4222')}`);
    expect(await written.exited, written.printed()).toBe(0);
    expect(written.printed()).toContain(starts.slice(0, 2).join('\n'));
    const [, ...processes] = starts.map((line) => clone.run(`env ${line}`));
    const [ingress, scrubber, upstream] = processes as [ShellCommand, ShellCommand, ShellCommand];
    const url = await urlOf(ingress);
    const isReady = async () => (await fetch(`${url}/readyz`)).status;
    await expect.poll(isReady, SLOW).toBe(200);
    expect(await tryIt(ingress)).toContain('I received: Write to PII·EMAIL·');
    const nats = `NATS      nats://127.0.0.1:${ports.get('4222')} as`;
    expect(ingress.printed()).toContain(`${nats} ingress\n`);
    expect(scrubber.printed()).toContain('llmp      scrubber, policy, rag (health at http');
    expect(scrubber.printed()).toContain(`${nats} scrubber-policy-rag\n`);
    expect(upstream.printed()).toContain('Upstream  built-in simulator');
  }, 120_000);
});

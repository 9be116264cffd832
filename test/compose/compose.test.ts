// docker-compose.yml on a real engine: first the commands of docs/deployment.md, then operations under load: killed
// containers, restarted servers and upgrades.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOSTED } from '../../services/config/settings.ts';
import { count, outageMs, pause, startLoad, type Outcome } from './kit/load.ts';
import { readmeCommands, runInOneShell, type CommandOutput } from './kit/readme-script.ts';
import { note } from './kit/figures.ts';
import { openStack, type Stack } from './kit/stack.ts';

const STREAMS = 50;
const STREAM_MS = 2_000;
const SCALED =
  '--scale scrubber=2 --scale policy=2 --scale rag=2 --scale upstream=2 --scale ingress=2';

let stack: Stack;
let key = '';
beforeAll(async () => {
  stack = await openStack('readme');
  mkdirSync(join(stack.folder, 'handbook'));
  writeFileSync(
    join(stack.folder, 'handbook', 'leave.md'),
    '# Leave\n\nEvery employee has thirty days of paid holiday in a year.\n',
  );
});
afterAll(() => stack[Symbol.asyncDispose]());

describe('docs/deployment.md on Docker Compose', () => {
  let outputs: CommandOutput[] = [];
  const outputOf = (part: string) =>
    outputs.find(({ command }) => command.includes(part))?.out ?? '';

  it('works command by command on a fresh clone', async () => {
    const commands = readmeCommands();
    expect(commands.length).toBeGreaterThan(12);
    // The last two stop everything; they run at the end of this file.
    const started = Date.now();
    const run = await runInOneShell(stack, commands.slice(0, -2));
    outputs = run.outputs;
    note('README commands, build included', `${Math.round((Date.now() - started) / 1000)} s`);
    expect(run.result, `after ${outputs.at(-1)?.command}`).toMatchObject({ code: 0 });
  });

  it('answers a request with the first key', () => {
    expect(outputOf('curl -fsS')).toContain('"type":"message"');
  });

  it('creates and lists keys', () => {
    expect(outputOf('keys create --name laptop')).toMatch(/llmp_\w+_\w+/);
    expect(outputOf('keys list')).toContain('laptop');
  });

  it('indexes documents from a pipe', () => {
    expect(outputOf('documents add')).toMatch(/ready\s+leave\.md/);
  });

  it('adds them to requests of a key with the collection', async () => {
    const [reader = ''] = /llmp_\w+_\w+/.exec(outputOf('--name reader')) ?? [];
    const response = await ask(reader, 'How many days of paid holiday does an employee have?');
    expect(response.headers.get('x-llmp-rag')).toContain('handbook/leave.md');
    await response.body?.cancel();
  });

  it('accepts the policy and enforces it', async () => {
    expect(outputOf('policy check')).not.toBe('');
    const blocked = await ask(await firstKey(), 'What is Blue Falcon?');
    expect(blocked.status).toBe(400);
    expect(await blocked.text()).toContain('Code names stay inside.');
  });

  it('refuses a key for a policy that no worker has', async () => {
    const create = 'docker compose exec -T ingress llmp keys create --name typist --policy';
    expect(await stack.run(`${create} defualt`)).toMatchObject({
      code: 2,
      err: expect.stringContaining('did you mean default?'),
    });
  });

  it('passes a setting of .env to the containers', async () => {
    const models = await fetch(`${stack.url}/v1/models`, {
      headers: { 'x-api-key': await firstKey() },
    });
    expect(await models.json()).toMatchObject({ data: [{ id: 'claude-sonnet-5-5' }] });
  });
});

describe('the containers', () => {
  it('publish one port, on the loopback only', async () => {
    const rows = await stack.must("docker compose ps --format '{{.Service}} {{.Publishers}}'");
    const published = rows
      .split('\n')
      .filter((row) => / [1-9]\d* tcp\}/.test(row) && !/ 0 tcp\}\]?$/.test(row));
    expect(published.map((row) => row.split(' ')[0])).toEqual(['proxy']);
    expect(published[0]).toContain('127.0.0.1');
  });

  it('reach outside only where necessary', async () => {
    const networks = async (service: string) =>
      await stack.must(
        `docker inspect $(docker compose ps -q ${service} | head -1) --format '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}'`,
      );
    for (const service of ['ingress', 'scrubber', 'policy', 'rag', 'nats', 'redis']) {
      expect(await networks(service), service).not.toMatch(/outside|open-/);
    }
    expect(await networks('upstream')).toContain('outside');
  });

  it('contain only their own passwords', async () => {
    const secretsOf = async (service: string) =>
      (await stack.must(`docker compose exec ${service} ls /run/llmp`)).trim().split(/\s+/);
    expect(await secretsOf('scrubber')).toEqual(['nats-password']);
    expect(await secretsOf('policy')).toEqual(['nats-password']);
    expect(await secretsOf('upstream')).toEqual(['nats-password', 'redis-password']);
    expect(await secretsOf('redis')).toEqual(['users.acl']);
  });

  it('run unprivileged on a read-only file system', async () => {
    for (const service of HOSTED) {
      expect(await stack.must(`docker compose exec ${service} id -u`)).toBe('1000\n');
      expect((await stack.run(`docker compose exec ${service} touch /app/x`)).code).not.toBe(0);
    }
  });

  it('use no anonymous volume', async () => {
    const mounts = await stack.must(
      "docker inspect $(docker compose ps -q) --format '{{range .Mounts}}{{.Type}} {{.Name}}\n{{end}}'",
    );
    const volumes = mounts.split('\n').filter((line) => line.startsWith('volume'));
    expect(volumes.length).toBeGreaterThan(0);
    expect(volumes.filter((line) => !line.includes(stack.project))).toEqual([]);
  });

  it('serve the SDK, buffered and streamed', async () => {
    const client = new Anthropic({ baseURL: stack.url, apiKey: await firstKey() });
    const asked = {
      model: 'claude-sonnet-5-5',
      max_tokens: 64,
      messages: [{ role: 'user' as const, content: 'Hello' }],
    };
    expect((await client.messages.create(asked)).type).toBe('message');
    expect((await client.messages.stream(asked).finalMessage()).stop_reason).toBe('end_turn');
  });

  it('accept a body of 20 MB', async () => {
    const response = await ask(await firstKey(), 'long words '.repeat(1_900_000));
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });
});

describe('under load, with two containers of each worker', () => {
  beforeAll(async () => {
    key = await firstKey();
    await stack.must(`docker compose up -d --wait ${SCALED}`);
  });

  it('completes every undisturbed stream', async () => {
    const outcomes = await runUnderLoad('undisturbed', () => pause(STREAM_MS));
    expect(count(outcomes, 'complete')).toBe(outcomes.length);
  });

  it.each(HOSTED)('loses only the streams of a killed %s, with a clear error', async (service) => {
    const outcomes = await runUnderLoad(`kill ${service}`, async () => {
      await stack.must(`docker kill $(docker compose ps -q ${service} | head -1)`);
      await pause(1_000);
      await stack.must(`docker compose up -d --wait ${SCALED}`);
    });
    expect(count(outcomes, 'corrupt')).toBe(0);
    // About half of the streams run through that container, if it carries streams.
    const mayFail = service === 'ingress' || service === 'upstream' ? STREAMS : 0;
    expect(outcomes.length - count(outcomes, 'complete')).toBeLessThanOrEqual(mayFail);
  });

  it.each(['nats', 'redis'])('loses no stream during a restart of %s', async (service) => {
    const outcomes = await runUnderLoad(`restart ${service}`, () =>
      stack.must(`docker compose restart ${service}`),
    );
    // New requests do not wait for a broker that is away for over a second.
    const isRefused = ({ verdict, detail }: (typeof outcomes)[number]) =>
      verdict === 'error' && service === 'nats' && detail.includes('"bus_down"');
    const lost = outcomes.filter((one) => one.verdict !== 'complete' && !isRefused(one));
    expect(lost).toEqual([]);
  });

  it('recovers after all containers are replaced, and corrupts nothing', async () => {
    const outcomes = await runUnderLoad('up --force-recreate', async () => {
      const started = Date.now();
      await stack.must(`docker compose up -d --wait --force-recreate ${SCALED}`);
      note('up --force-recreate, until all are healthy', `${Date.now() - started} ms`);
    });
    expect(count(outcomes, 'corrupt')).toBe(0);
    expect(count(outcomes, 'complete')).toBeGreaterThan(0);
  });

  it('accepts new passwords and keeps keys and documents', async () => {
    await stack.must('docker compose run --rm init rotate');
    await stack.must(`docker compose up -d --wait --force-recreate ${SCALED}`);
    expect((await ask(key, 'Hello')).status).toBe(200);
  });

  it('loses no stream during the upgrade to a new image as in the documentation', async () => {
    const commands = readmeCommands();
    const first = commands.findIndex((command) => command.startsWith('old='));
    const next = `${stack.project}:next`;
    const upgrade = [
      `docker image tag ${stack.project} ${next} && docker image tag ${stack.project}-proxy ${next}-proxy`,
      `export LLMP_IMAGE=${next}`,
      ...commands.slice(first, first + 4),
    ];
    const outcomes = await runUnderLoad('new image beside the old', () =>
      stack.must(upgrade.join('\n')),
    );
    expect(outcomes.filter(({ verdict }) => verdict !== 'complete')).toEqual([]);
    const images = await stack.must("docker compose ps ingress scrubber --format '{{.Image}}'");
    expect(images.trim().split('\n')).toEqual(Array(4).fill(next));
    await stack.must(`docker image rm --force ${next}-proxy`);
  });

  it('reports the memory of the containers', async () => {
    const stats = await stack.must(
      "docker stats --no-stream --format '{{.Name}} {{.MemUsage}} {{.CPUPerc}}' $(docker compose ps -q)",
    );
    for (const line of stats.trim().split('\n')) note('memory', line);
    note(
      'image',
      (await stack.must(`docker image inspect ${stack.project} --format '{{.Size}}'`)).trim(),
    );
    expect(stats).toContain('scrubber');
  });
});

describe('stop and down', () => {
  it('end every container gracefully, as in the documentation', async () => {
    const [stop = '', down = ''] = readmeCommands().slice(-2);
    const started = Date.now();
    await stack.must(stop);
    note('docker compose stop', `${Date.now() - started} ms`);
    const codes = await stack.must("docker compose ps -a --format '{{.Service}} {{.ExitCode}}'");
    expect(codes.split('\n').filter((row) => row.endsWith(' 137'))).toEqual([]);
    await stack.must(down);
  });

  it('keep keys and documents for the next start', async () => {
    await stack.must('docker compose up -d --wait');
    expect((await ask(key, 'Hello')).status).toBe(200);
    expect(
      await stack.must('docker compose exec ingress llmp documents list --collection handbook'),
    ).toContain('ready');
  });
});

async function firstKey(): Promise<string> {
  return (await stack.must('docker compose exec ingress cat /data/first-key')).trim();
}

async function ask(apiKey: string, content: string): Promise<Response> {
  return await fetch(`${stack.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'claude-sonnet-5-5',
      max_tokens: 256,
      messages: [{ role: 'user', content }],
    }),
  });
}

/** Runs a scenario under load and notes its effect. */
async function runUnderLoad(
  what: string,
  scenario: () => Promise<unknown>,
): Promise<readonly Outcome[]> {
  const load = startLoad({ url: stack.url, key, streams: STREAMS, streamMs: STREAM_MS });
  await pause(STREAM_MS + 500);
  await scenario();
  await pause(STREAM_MS);
  const outcomes = await load.stop();
  const failed = outcomes.length - count(outcomes, 'complete');
  note(
    what,
    `${failed} of ${outcomes.length} streams failed, no new stream for ${outageMs(outcomes)} ms`,
  );
  return outcomes;
}

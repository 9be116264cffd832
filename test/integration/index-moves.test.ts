// The passage index in use was replaced or lost: what operators see, and how documents return without
// reading or embedding them again.

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openPool } from '../../services/rag/passage-index/postgres-pool.ts';
import { documentIdOf } from '../../shared/retrieval/document-jobs.ts';
import { adminOf } from '../kit/admin.ts';
import { startCitingUpstream, type CitingUpstream } from '../kit/citing-upstream.ts';
import { describeWithPostgres } from '../kit/describe-with.ts';
import { startEmbeddingsServer, type EmbeddingsServer } from '../kit/embeddings-server.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { runLlmp } from '../kit/llmp-process.ts';
import { startPostgresServer } from '../kit/postgres-server.ts';
import type { RunningServer } from '../kit/servers.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const FILES = {
  'leave.md': '# Leave\n\nParents take sixteen weeks of parental leave.\n\n# Travel\n\nBy train.',
  'prices.md': '# Prices\n\nThe turbine costs ninety crowns.',
};
const LEAVE = 'How many weeks of parental leave can parents take?';
const PRICES = 'How many crowns does the turbine cost?';
const REMEDY =
  /not in the index in use \((SQLite|Postgres)[^)]*\): add the file again, or .*llmp documents migrate/;

const WAIT = { timeout: 10_000 };

type Variables = Readonly<Record<string, string>>;

async function command(env: Variables, words: readonly string[]) {
  const running = runLlmp(env, words, 'cli/llmp.ts');
  return { code: await running.exited, text: running.printed() };
}

/** @param switchIndex switches to an empty index; returns its settings and the old index's location */
function movingSuite(
  switchIndex: (directory: string) => { env: Variables; from: readonly string[] },
): void {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-moves-'));
  const files = mkdtempSync(join(tmpdir(), 'llmp-moves-files-'));
  let upstream: CitingUpstream;
  let vectors: EmbeddingsServer;
  let gateway: Gateway;
  let key: string;
  let env: Variables;
  let from: readonly string[];

  const start = () => startGateway({ bus: 'embedded', upstreamUrl: upstream.url, env });

  const llmp = (...words: string[]) => command(env, words);

  const documentsByName = async () => {
    const { json } = await adminOf(gateway, TOKEN).get('collections/handbook/documents');
    return Object.fromEntries((json.data ?? []).map((view) => [view['name'], view]));
  };

  async function ask(question: string) {
    const client = new Anthropic({ baseURL: gateway.url, apiKey: key, maxRetries: 0 });
    const messages = [{ role: 'user' as const, content: question }];
    const created = client.messages.create({
      model: 'claude-sonnet-5-5',
      max_tokens: 99,
      messages,
    });
    const { data, response } = await created.withResponse();
    const text = data.content.find((block) => block.type === 'text');
    return { rag: response.headers.get('x-llmp-rag'), citations: text?.citations ?? [] };
  }

  beforeAll(async () => {
    upstream = await startCitingUpstream();
    vectors = await startEmbeddingsServer();
    env = {
      LLMP_DATA_DIR: directory,
      LLMP_ADMIN_TOKEN: TOKEN,
      LLMP_EMBEDDINGS_URL: vectors.url,
      LLMP_EMBEDDINGS_MODEL: 'test',
    };
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(files, name), text);
    {
      gateway = await start();
      await adminOf(gateway, TOKEN).post('collections', { name: 'handbook' });
      const added = await llmp('documents', 'add', files, '--collection', 'handbook');
      expect(added.text).toContain('2 of 2 documents are in handbook.');
      ({ key } = await adminOf(gateway, TOKEN).key(undefined, { collections: ['handbook'] }));
      expect((await ask(LEAVE)).rag).toBe('found; documents="handbook/leave.md"');
      await gateway[Symbol.asyncDispose]();
    }
    const switched = switchIndex(directory);
    env = { ...env, ...switched.env };
    from = switched.from;
    gateway = await start();
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await vectors[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
    rmSync(files, { recursive: true, force: true });
  });

  it('are marked failed, with advice for the operator', async () => {
    const failed = { state: 'failed', error: expect.stringMatching(REMEDY), passages: null };
    await vi.waitFor(async () => {
      expect(await documentsByName()).toMatchObject({ 'leave.md': failed, 'prices.md': failed });
    }, WAIT);
    const admin = adminOf(gateway, TOKEN);
    const path = `collections/handbook/documents/${documentIdOf('leave.md')}`;
    expect((await admin.get(path)).json).toMatchObject(failed);
    const { text } = await llmp('documents', 'list', '--collection', 'handbook');
    expect(text).toMatch(/\tfailed\tleave.md\t-\t-\tIts passages are not in the index in use/);
    expect(gateway.logs()).toContainEqual(
      expect.objectContaining({
        msg: 'documents missing from the index',
        collection: 'handbook',
        documents: 2,
        remedy: expect.stringContaining('llmp documents migrate'),
      }),
    );
  });

  it('are not silently missing in responses: such a search fails', async () => {
    expect((await ask(`${LEAVE} Today?`)).rag).toBe('failed');
    const admin = adminOf(gateway, TOKEN);
    await admin.post('collections/handbook', { on_error: 'closed' });
    await expect
      .poll(() => ask(`${LEAVE} Now?`).catch((error: unknown) => String(error)), WAIT)
      .toContain('503');
    await admin.post('collections/handbook', { on_error: 'open' });
  });

  it('cannot be reindexed from nothing', async () => {
    const { code, text } = await llmp('documents', 'reindex', '--collection', 'handbook');
    expect({ code, text }).toMatchObject({ code: 1, text: expect.stringContaining('2 cannot be') });
    const one = `collections/handbook/documents/${documentIdOf('leave.md')}/index`;
    const reply = await adminOf(gateway, TOKEN).post(one, {});
    expect(reply).toMatchObject({ status: 409 });
    expect(reply.json.error?.message).toMatch(REMEDY);
    const failed = { state: 'failed', passages: null };
    expect(await documentsByName()).toMatchObject({ 'leave.md': failed, 'prices.md': failed });
  });

  it('are indexed again when the same file is added again', async () => {
    const url = `${gateway.url}/admin/collections/handbook/documents?name=prices.md`;
    const headers = { 'x-api-key': TOKEN, 'content-type': 'application/octet-stream' };
    const body = FILES['prices.md'];
    const sent = await fetch(url, { method: 'POST', headers, body });
    expect(sent.status).toBe(202);
    await sent.body?.cancel();
    await vi.waitFor(async () => {
      expect(await documentsByName()).toMatchObject({
        'prices.md': { state: 'ready', passages: 1 },
      });
    }, WAIT);
    expect((await ask(PRICES)).rag).toBe('found; documents="handbook/prices.md"');
  });

  it('are migrated unchanged from the other index while the gateway runs', async () => {
    const embedded = vectors.inputs.length;
    const first = await llmp('documents', 'migrate', ...from);
    expect(first).toMatchObject({ code: 0 });
    expect(first.text).toMatch(/^1\tmigrated$/m);
    expect(first.text).toMatch(/^1\talready in the index in use$/m);
    expect(first.text).not.toContain('password');
    expect(await documentsByName()).toMatchObject({
      'leave.md': { state: 'ready', error: null, passages: 2 },
      'prices.md': { state: 'ready', passages: 1 },
    });
    expect(vectors.inputs.length).toBe(embedded);
    const { rag, citations } = await ask(`${LEAVE} Again?`);
    expect(rag).toBe('found; documents="handbook/leave.md"');
    expect(citations[0]).toMatchObject({ source: 'leave.md' });

    const second = await llmp('documents', 'migrate', ...from, '--collection', 'handbook');
    expect(second).toMatchObject({ code: 0 });
    expect(second.text).toMatch(/^2\talready in the index in use$/m);
    const again = await llmp('documents', 'reindex', '--collection', 'handbook');
    expect(again).toMatchObject({ code: 0 });
    await vi.waitFor(async () => {
      expect(await documentsByName()).toMatchObject({
        'leave.md': { state: 'ready', passages: 2 },
      });
    }, WAIT);
  });

  it('are not migrated into another collection than theirs', async () => {
    const reply = await llmp('documents', 'migrate', ...from, '--collection', 'other');
    expect(reply).toMatchObject({
      code: 1,
      text: expect.stringContaining('There is no collection "other"'),
    });
  });
}

describe('documents whose index is missing from the data directory', () => {
  const other = mkdtempSync(join(tmpdir(), 'llmp-moves-other-'));
  afterAll(() => rmSync(other, { recursive: true, force: true }));
  movingSuite((directory) => {
    renameSync(join(directory, 'index'), join(other, 'index'));
    return { env: {}, from: ['--from-data-dir', other] };
  });
});

describe('a command to migrate documents', () => {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-moves-wrong-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each([
    ['needs exactly one of', []],
    ['needs exactly one of', ['--from-data-dir', 'x', '--from-database', 'postgres://h/d']],
    ['There is no index in nowhere', ['--from-data-dir', 'nowhere']],
    ['must be a postgres', ['--from-database', 'mysql://user:secret-word@h/d']],
  ])('that is wrong ends with 2 and "%s"', async (message, words) => {
    const reply = await command({ LLMP_DATA_DIR: directory }, ['documents', 'migrate', ...words]);
    expect(reply).toMatchObject({ code: 2, text: expect.stringContaining(message) });
    expect(reply.text).not.toContain('secret-word');
  });
});

describeWithPostgres('documents whose index', () => {
  let postgres: RunningServer;
  beforeAll(async () => {
    postgres = await startPostgresServer();
  });
  afterAll(() => postgres[Symbol.asyncDispose]());

  describe('moves to Postgres', () => {
    movingSuite((directory) => ({
      env: { DATABASE_URL: postgres.url },
      from: ['--from-data-dir', directory],
    }));
  });

  it('was in Postgres return to the data directory, and are ready at once when it is used again', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'llmp-moves-back-'));
    const database = await emptyDatabase(postgres.url);
    const env = { LLMP_DATA_DIR: directory, LLMP_ADMIN_TOKEN: TOKEN };
    const inPostgres = { ...env, DATABASE_URL: database };
    const stateIn = async (gateway: Gateway) => {
      const { json } = await adminOf(gateway, TOKEN).get('collections/handbook/documents');
      return json.data?.[0]?.['state'];
    };
    {
      await using gateway = await startGateway({ bus: 'embedded', env: inPostgres });
      await adminOf(gateway, TOKEN).post('collections', { name: 'handbook' });
      await fetch(`${gateway.url}/admin/collections/handbook/documents?name=leave.md`, {
        method: 'POST',
        headers: { 'x-api-key': TOKEN, 'content-type': 'application/octet-stream' },
        body: FILES['leave.md'],
      });
      await expect.poll(() => stateIn(gateway), WAIT).toBe('ready');
    }
    {
      await using gateway = await startGateway({ bus: 'embedded', env });
      await expect.poll(() => stateIn(gateway), WAIT).toBe('failed');
    }
    {
      await using gateway = await startGateway({ bus: 'embedded', env: inPostgres });
      await expect.poll(() => stateIn(gateway), WAIT).toBe('ready');
    }
    // Without any running gateway.
    const words = ['documents', 'migrate', '--from-database', database];
    expect(await command(env, words)).toMatchObject({ code: 0 });
    await using gateway = await startGateway({ bus: 'embedded', env });
    expect(await stateIn(gateway)).toBe('ready');
    rmSync(directory, { recursive: true, force: true });
  });
});

/** URL of a new database on the server of `url`. */
async function emptyDatabase(url: string): Promise<string> {
  await using sql = openPool(url);
  await sql.query('CREATE DATABASE other', [], AbortSignal.timeout(30_000));
  return url.replace(/[^/]*$/, 'other');
}

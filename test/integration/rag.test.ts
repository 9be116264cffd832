// Retrieval end to end: operators add files, clients get cited responses, and conversations with signed
// thinking continue.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { documentIdOf } from '../../shared/retrieval/document-jobs.ts';
import { adminOf } from '../kit/admin.ts';
import {
  startCitingUpstream,
  searchResultsOf,
  type CitingUpstream,
} from '../kit/citing-upstream.ts';
import { describeWith, describeWithPostgres } from '../kit/describe-with.ts';
import { startEmbeddingsServer } from '../kit/embeddings-server.ts';
import { BUSES, startGateway, type Gateway } from '../kit/gateway.ts';
import { startPostgresServer } from '../kit/postgres-server.ts';
import { startRedisServer, type RunningServer } from '../kit/servers.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const MODEL = 'claude-sonnet-5-5';

const LEAVE = `# Parental leave

Parents take sixteen weeks of parental leave. Ask ann.lee@corp-mail.org before you go.

# Travel

Trains are booked by the travel desk; flights need approval.`;
const PRICES = '<html><body><h1>Prices</h1><p>The turbine costs ninety crowns.</p></body></html>';

interface Setup {
  readonly gateway: Gateway;
  readonly upstream: CitingUpstream;
  readonly key: string;
}

/** Waits until the document is indexed or has failed. */
async function addDocument(gateway: Gateway, collection: string, name: string, bytes: string) {
  const path = `${gateway.url}/admin/collections/${collection}/documents`;
  const headers = { 'x-api-key': TOKEN, 'content-type': 'application/octet-stream' };
  const url = `${path}?name=${encodeURIComponent(name)}`;
  const sent = await fetch(url, { method: 'POST', headers, body: bytes });
  expect(sent.status).toBe(202);
  await sent.body?.cancel();
  await vi.waitFor(
    async () => {
      const found = await fetch(`${path}/${documentIdOf(name)}`, { headers });
      expect(((await found.json()) as { state?: string }).state).toBe('ready');
    },
    { timeout: 20_000 },
  );
}

async function openSetup(options: Parameters<typeof startGateway>[0]): Promise<Setup> {
  const upstream = await startCitingUpstream();
  const env = { LLMP_ADMIN_TOKEN: TOKEN, ...options.env };
  const gateway = await startGateway({ ...options, upstreamUrl: upstream.url, env });
  const admin = adminOf(gateway, TOKEN);
  for (const name of ['handbook', 'prices']) {
    expect((await admin.post('collections', { name })).status).toBe(201);
  }
  await addDocument(gateway, 'handbook', 'people/parental leave.md', LEAVE);
  await addDocument(gateway, 'prices', 'prices.html', PRICES);
  const { key: secret } = await admin.key(undefined, { collections: ['handbook'] });
  return { gateway, upstream, key: secret };
}

async function closeSetup({ gateway, upstream }: Setup): Promise<void> {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
}

const QUESTION = 'How many weeks of parental leave can parents take?';

function responsesSuite(setup: () => Setup): void {
  const clientOf = (apiKey = setup().key) =>
    new Anthropic({ baseURL: setup().gateway.url, apiKey, maxRetries: 0 });
  const requestOf = (messages: Anthropic.MessageParam[]) => ({
    model: MODEL,
    max_tokens: 100,
    messages,
  });

  it('gets the matching passage next to the question, and cites it', async () => {
    const { data, response } = await clientOf()
      .messages.create(requestOf([{ role: 'user', content: QUESTION }]))
      .withResponse();
    expect(response.headers.get('x-llmp-rag')).toBe(
      'found; documents="handbook/people/parental%20leave.md"',
    );
    const text = data.content.find((block) => block.type === 'text');
    expect(text?.citations?.[0]).toMatchObject({
      type: 'search_result_location',
      search_result_index: 0,
      source: 'people/parental leave.md',
    });
    const sent = setup().upstream.bodies.at(-1);
    expect(sent).toContain('sixteen weeks');
    expect(sent).not.toContain('ann.lee');
  });

  it('is the same when streamed', async () => {
    const stream = clientOf().messages.stream(requestOf([{ role: 'user', content: QUESTION }]));
    const message = await stream.finalMessage();
    const text = message.content.find((block) => block.type === 'text');
    expect(text?.citations?.[0]).toMatchObject({ title: expect.stringContaining('Parental') });
  });

  it('continues over turns with signed thinking without changing earlier turns', async () => {
    const client = clientOf();
    const own = (title: string): Anthropic.SearchResultBlockParam => ({
      type: 'search_result',
      source: title,
      title,
      content: [{ type: 'text', text: title }],
      citations: { enabled: true },
    });
    const messages: Anthropic.MessageParam[] = [];
    const turns = [QUESTION, 'Who books trains for travel?', 'And is there more parental leave?'];
    for (const [at, question] of turns.entries()) {
      messages.push({
        role: 'user',
        content: [own(`own ${at}`), { type: 'text', text: question }],
      });
      const message = await client.messages.stream(requestOf(messages)).finalMessage();
      messages.push({ role: 'assistant', content: message.content });
      const text = message.content.find((block) => block.type === 'text');
      const numbers = text?.citations?.map((citation) =>
        citation.type === 'search_result_location'
          ? [citation.search_result_index, citation.title]
          : [],
      );
      // The client's own results keep the client's numbering.
      for (let mine = 0; mine <= at; mine += 1)
        expect(numbers).toContainEqual([mine, `own ${mine}`]);
    }
    const sent = setup().upstream.requests.at(-1);
    expect(sent && searchResultsOf(sent).length).toBeGreaterThan(turns.length);
  });

  it('counts tokens including passages already added', async () => {
    const client = clientOf();
    const messages = [{ role: 'user' as const, content: QUESTION }];
    await client.messages.create(requestOf(messages));
    const { input_tokens } = await client.messages.countTokens({ model: MODEL, messages });
    expect(input_tokens).toBeGreaterThan(JSON.stringify({ model: MODEL, messages }).length + 100);
  });

  it('uses no collections that the key does not have', async () => {
    const question = 'How much does the turbine cost in crowns?';
    const request = requestOf([{ role: 'user', content: question }]);
    const { response } = await clientOf().messages.create(request).withResponse();
    expect(response.headers.get('x-llmp-rag')).toBe('none');
    expect(setup().upstream.bodies.at(-1)).not.toContain('ninety');
  });

  it('is untouched for keys without collections', async () => {
    const { key } = await adminOf(setup().gateway, TOKEN).key();
    const request = requestOf([{ role: 'user', content: QUESTION }]);
    const { response } = await clientOf(key).messages.create(request).withResponse();
    expect(response.headers.get('x-llmp-rag')).toBeNull();
    expect(setup().upstream.requests.at(-1)?.messages).toEqual(request.messages);
  });

  it('is untouched when the client opts out', async () => {
    const request = requestOf([{ role: 'user', content: `${QUESTION} Now.` }]);
    const headers = { 'x-llmp-rag': 'off' };
    const { response } = await clientOf().messages.create(request, { headers }).withResponse();
    expect(response.headers.get('x-llmp-rag')).toBe('skipped');
    const wrong = clientOf().messages.create(request, { headers: { 'x-llmp-rag': 'maybe' } });
    await expect(wrong).rejects.toMatchObject({ status: 400 });
  });
}

describe.each(BUSES)('a response from documents through the %s bus', (bus) => {
  let setup: Setup;
  beforeAll(async () => {
    setup = await openSetup({ bus, users: bus === 'nats' });
  });
  afterAll(() => closeSetup(setup));
  responsesSuite(() => setup);

  it('does not use a removed document', async () => {
    const { gateway, upstream, key } = setup;
    const path = `collections/handbook/documents/${documentIdOf('people/parental leave.md')}`;
    const removed = await fetch(`${gateway.url}/admin/${path}`, {
      method: 'DELETE',
      headers: { 'x-api-key': TOKEN },
    });
    expect(removed.status).toBe(202);
    await removed.body?.cancel();
    const ask = async () => {
      const client = new Anthropic({ baseURL: gateway.url, apiKey: key });
      const content = `Weeks of parental leave? ${upstream.bodies.length}`;
      const request = {
        model: MODEL,
        max_tokens: 9,
        messages: [{ role: 'user' as const, content }],
      };
      const { response } = await client.messages.create(request).withResponse();
      return response.headers.get('x-llmp-rag');
    };
    await expect.poll(ask).toBe('none');
  });
});

describeWithPostgres('a response from documents, with Postgres,', () => {
  let postgres: RunningServer;
  let setup: Setup;
  beforeAll(async () => {
    postgres = await startPostgresServer();
    setup = await openSetup({ bus: 'embedded', env: { DATABASE_URL: postgres.url } });
  });
  afterAll(async () => {
    await closeSetup(setup);
    await postgres[Symbol.asyncDispose]();
  });
  responsesSuite(() => setup);
});

describe('a conversation with documents', () => {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-rag-flow-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('keeps earlier turns unchanged after a restart and when its document has changed', async () => {
    const env = { LLMP_DATA_DIR: directory };
    const setup = await openSetup({ bus: 'embedded', env });
    const { gateway, upstream, key } = setup;
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: QUESTION }];
    const ask = async (url: string) => {
      const client = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 });
      const request = { model: MODEL, max_tokens: 100, messages };
      const { content } = await client.messages.create(request);
      messages.push({ role: 'assistant', content });
    };
    await ask(gateway.url);
    await addDocument(gateway, 'handbook', 'people/parental leave.md', '# Parental leave\n\nNone.');
    await gateway.stop();
    await using restarted = await startGateway({ bus: 'embedded', upstreamUrl: upstream.url, env });
    messages.push({ role: 'user', content: 'Is there parental leave?' });
    await ask(restarted.url);
    const [first, second] = upstream.requests;
    expect(JSON.stringify(second?.messages[0])).toBe(JSON.stringify(first?.messages[0]));
    expect(JSON.stringify(second?.messages[2])).toContain('None.');
    await closeSetup(setup);
  });

  it('is searched by meaning with an embedding model', async () => {
    await using server = await startEmbeddingsServer();
    const env = { LLMP_EMBEDDINGS_URL: server.url, LLMP_EMBEDDINGS_MODEL: 'test' };
    const setup = await openSetup({ bus: 'embedded', env });
    const { gateway, key } = setup;
    const client = new Anthropic({ baseURL: gateway.url, apiKey: key });
    const request = {
      model: MODEL,
      max_tokens: 9,
      messages: [{ role: 'user' as const, content: QUESTION }],
    };
    const { response } = await client.messages.create(request).withResponse();
    expect(response.headers.get('x-llmp-rag')).toContain('found');
    const texts = JSON.stringify(server.inputs);
    expect(texts).toContain('sixteen weeks');
    expect(texts).toContain(QUESTION);
    expect(texts).not.toContain('ann.lee');
    await closeSetup(setup);
  });
});

describeWith('redis-server')('a response from documents, with Redis,', () => {
  let redis: RunningServer;
  let setup: Setup;
  beforeAll(async () => {
    redis = await startRedisServer();
    setup = await openSetup({ bus: 'embedded', env: { REDIS_URL: redis.url } });
  });
  afterAll(async () => {
    await closeSetup(setup);
    await redis[Symbol.asyncDispose]();
  });
  responsesSuite(() => setup);
});

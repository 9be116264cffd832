import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createEmbedder,
  type EmbedderOptions,
} from '../../../../services/rag/vectors/embeddings.ts';
import { EmbeddingError } from '../../../../services/rag/vectors/embedding-error.ts';
import type { Clock } from '../../../../shared/runtime/clock.ts';
import { limits } from '../../../../shared/limits.ts';
import {
  jsonResponse,
  startEmbeddingsServer,
  vectorOfText,
  type EmbeddingsServer,
  type Failure,
} from '../../../kit/embeddings-server.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const part of opened.splice(0).toReversed()) await part[Symbol.asyncDispose]();
});

const never = new AbortController().signal;
const KEY = 'sk-hunter2';

async function serve(...how: Parameters<typeof startEmbeddingsServer>): Promise<EmbeddingsServer> {
  const server = await startEmbeddingsServer(...how);
  opened.push(server);
  return server;
}

function embedderOf({ url }: { url: string }, options: Partial<EmbedderOptions> = {}) {
  const embedder = createEmbedder({
    url,
    key: KEY,
    model: 'm-1',
    kind: 'openai',
    clock: createFakeClock(),
    limits: limits.embeddings,
    ...options,
  });
  opened.push(embedder);
  return embedder;
}

/** A clock that records pauses and ends them at once; deadlines never expire. */
function pausingClock(): Clock & { readonly pausesMs: number[] } {
  const pausesMs: number[] = [];
  const clock = createFakeClock();
  const after: Clock['after'] = (delayMs, run) => {
    if (delayMs === limits.embeddings.requestMs) return clock.after(delayMs, run);
    pausesMs.push(delayMs);
    const soon = setImmediate(run);
    return () => clearImmediate(soon);
  };
  return { ...clock, after, pausesMs };
}

const vectors = (...texts: string[]) => texts.map((text) => Float32Array.from(vectorOfText(text)));
const status = (code: number, headers: string[] = []) => jsonResponse({ error: {} }, code, headers);

describe('an embedder', () => {
  it("uses OpenAI's format and returns vectors in the order of the texts", async () => {
    const server = await serve();
    const embedder = embedderOf(server, { dimensions: 3 });
    expect(embedder.model).toBe('m-1');
    expect(await embedder.embed(['one', 'three', 'fourth'], 'document', never)).toEqual(
      vectors('one', 'three', 'fourth'),
    );
    const [{ method, url, rawHeaders } = {}] = server.requests;
    expect([method, url]).toEqual(['POST', '/v1/embeddings']);
    expect(rawHeaders).toEqual(expect.arrayContaining(['authorization', `Bearer ${KEY}`]));
    expect(server.bodies).toEqual([
      {
        model: 'm-1',
        input: ['one', 'three', 'fourth'],
        encoding_format: 'float',
        dimensions: 3,
      },
    ]);
  });

  it('tells Voyage whether a text is a question or a document', async () => {
    const server = await serve();
    const embedder = embedderOf(server, { kind: 'voyage', dimensions: 3 });
    await embedder.embed(['same'], 'query', never);
    await embedder.embed(['same'], 'document', never);
    const sent = { model: 'm-1', input: ['same'], output_dimension: 3 };
    expect(server.bodies).toEqual([
      { ...sent, input_type: 'query' },
      { ...sent, input_type: 'document' },
    ]);
  });

  it('sends no credential without a key and no dimensions by default', async () => {
    const server = await serve();
    await embedderOf(server, { key: null }).embed(['a'], 'query', never);
    expect(server.requests[0]?.rawHeaders.join().toLowerCase()).not.toContain('authorization');
    expect(server.bodies[0]).not.toHaveProperty('dimensions');
  });

  it('sends many texts in batches, a few at once', async () => {
    const gate = Promise.withResolvers<undefined>();
    const server = await serve(([first]) => (first === 'then?' ? undefined : gate.promise));
    const bounds = {
      ...limits.embeddings,
      batchTextsMax: 2,
      batchCharactersMax: 6,
      requestsMax: 2,
    };
    const embedder = embedderOf(server, { limits: bounds });
    const texts = ['a', 'b', 'c', 'ddd', 'eeee', 'f', 'too long', 'g'];
    const made = embedder.embed(texts, 'document', never);
    await server.nextRequest();
    await server.nextRequest();
    // Enough time for a third batch to arrive if it were not limited.
    await embedder.embed(['then?'], 'query', never);
    expect(server.requests).toHaveLength(3);
    gate.resolve(undefined);
    expect(await made).toEqual(vectors(...texts));
    const sent = server.inputs.map((input) => input.join(' '));
    expect(sent.toSorted()).toEqual(['a b', 'c ddd', 'eeee f', 'g', 'then?', 'too long']);
  });

  it("does not queue a question behind a document's batches", async () => {
    const gate = Promise.withResolvers<undefined>();
    const server = await serve(([first]) => (first === 'quick?' ? undefined : gate.promise));
    const embedder = embedderOf(server, { limits: { ...limits.embeddings, requestsMax: 1 } });
    const document = embedder.embed(['slow'], 'document', never);
    await server.nextRequest();
    expect(await embedder.embed(['quick?'], 'query', never)).toEqual(vectors('quick?'));
    gate.resolve(undefined);
    expect(await document).toEqual(vectors('slow'));
  });

  it('embeds the beginning of a long text and never half a character', async () => {
    const server = await serve();
    const bounds = { ...limits.embeddings, textCharactersMax: 3 };
    await embedderOf(server, { limits: bounds }).embed(['abcdef', 'ab😀'], 'document', never);
    expect(server.inputs).toEqual([['abc', 'ab\ufffd']]);
  });

  it('rejects a text without words before any request', async () => {
    const server = await serve();
    const made = embedderOf(server).embed(['a', ' \n'], 'document', never);
    await expect(made).rejects.toMatchObject({ code: 'embedding_blank' });
    expect(server.requests).toEqual([]);
  });

  it('uses a proxy, except for hosts that bypass it', async () => {
    const server = await serve();
    const gone = await startEmbeddingsServer();
    await gone[Symbol.asyncDispose]();
    const bounds = { ...limits.embeddings, pausesMs: [] };
    const http = new URL(gone.url).origin;
    const proxied = embedderOf(server, { proxy: { http }, limits: bounds });
    await expect(proxied.embed(['a'], 'query', never)).rejects.toMatchObject({
      code: 'embedding_unreachable',
    });
    expect(server.requests).toEqual([]);
    const direct = embedderOf(server, { proxy: { http, no: '127.0.0.1' }, limits: bounds });
    expect(await direct.embed(['a'], 'query', never)).toEqual(vectors('a'));
  });

  it('makes no request for no texts', async () => {
    const server = await serve();
    expect(await embedderOf(server).embed([], 'document', never)).toEqual([]);
    expect(server.requests).toEqual([]);
  });
});

describe('an embedder caches', () => {
  it('vectors, so that a text is requested once per purpose', async () => {
    const server = await serve();
    const embedder = embedderOf(server);
    expect(await embedder.embed(['a', 'b', 'a'], 'document', never)).toEqual(
      vectors('a', 'b', 'a'),
    );
    expect(await embedder.embed(['b', 'c'], 'document', never)).toEqual(vectors('b', 'c'));
    await embedder.embed(['a'], 'query', never);
    expect(server.inputs).toEqual([['a', 'b'], ['c'], ['a']]);
  });

  it('them unchanged, whatever callers do with their copies', async () => {
    const embedder = embedderOf(await serve());
    const [vector] = await embedder.embed(['a'], 'query', never);
    vector?.fill(0);
    expect(await embedder.embed(['a'], 'query', never)).toEqual(vectors('a'));
  });

  it('no more than its limit', async () => {
    const server = await serve();
    const embedder = embedderOf(server, { limits: { ...limits.embeddings, vectorsCachedMax: 2 } });
    for (const text of ['a', 'b', 'c', 'b', 'a']) await embedder.embed([text], 'query', never);
    expect(server.inputs.flat()).toEqual(['a', 'b', 'c', 'a']);
  });

  it('vectors made before a failure, so that only the rest is requested again', async () => {
    const server = await serve(([text], nth) =>
      text === 'bad' && nth === 2 ? status(400) : undefined,
    );
    const bounds = { ...limits.embeddings, batchTextsMax: 1, requestsMax: 1 };
    const embedder = embedderOf(server, { limits: bounds });
    const texts = ['good', 'bad', 'after'];
    await expect(embedder.embed(texts, 'document', never)).rejects.toThrow(
      'responded with status 400',
    );
    expect(server.inputs).toEqual([['good'], ['bad']]);
    expect(await embedder.embed(texts, 'document', never)).toEqual(vectors(...texts));
    expect(server.inputs.slice(2)).toEqual([['bad'], ['after']]);
  });
});

describe('an embedder that fails', () => {
  it('retries after server errors, each time a little later', async () => {
    const clock = pausingClock();
    const codes = [500, 503, 429];
    const server = await serve((_texts, nth) => {
      const code = codes[nth - 1];
      return code === undefined ? undefined : status(code);
    });
    expect(await embedderOf(server, { clock }).embed(['a'], 'query', never)).toEqual(vectors('a'));
    expect(clock.pausesMs).toEqual([250, 1_000, 4_000]);
  });

  it('retries after a connection that broke during the response', async () => {
    const clock = pausingClock();
    const partial = {
      status: 200,
      headers: [],
      chunks: [Buffer.from('{"data":['), 'cut' as const],
    };
    const server = await serve((_texts, nth) => (nth === 1 ? partial : undefined));
    expect(await embedderOf(server, { clock }).embed(['a'], 'query', never)).toEqual(vectors('a'));
    expect(clock.pausesMs).toEqual([250]);
  });

  it('waits as long as the endpoint asks, in seconds or until a date', async () => {
    const clock = pausingClock();
    const later = new Date(clock.now() + 7_000).toUTCString();
    const waits = ['2', later, 'soon'];
    const server = await serve((_texts, nth) => {
      const wait = waits[nth - 1];
      return wait === undefined ? undefined : status(429, ['retry-after', wait]);
    });
    await embedderOf(server, { clock }).embed(['a'], 'query', never);
    expect(clock.pausesMs).toEqual([2_000, 7_000, 4_000]);
  });

  it('gives up at once if the requested wait is too long', async () => {
    const clock = pausingClock();
    const server = await serve(() => status(429, ['retry-after', '3600']));
    const made = embedderOf(server, { clock }).embed(['a'], 'query', never);
    await expect(made).rejects.toMatchObject({ code: 'embedding_busy', waitMs: 3_600_000 });
    expect(clock.pausesMs).toEqual([]);
  });

  it('gives up after its last pause', async () => {
    const server = await serve(() => status(503));
    const made = embedderOf(server, { clock: pausingClock() }).embed(['a'], 'query', never);
    await expect(made).rejects.toMatchObject({
      code: 'embedding_busy',
      message: `the embeddings endpoint at ${new URL(server.url).host} responded with status 503: check LLMP_EMBEDDINGS_URL`,
    });
    expect(server.requests).toHaveLength(4);
  });

  it.each([301, 400, 401, 403, 404, 413, 422])('does not retry after a %d', async (code) => {
    const server = await serve(() => status(code));
    const made = embedderOf(server).embed(['a'], 'query', never);
    await expect(made).rejects.toMatchObject({ code: 'embedding_refused' });
    expect(server.requests).toHaveLength(1);
  });

  it('reports an unreachable endpoint', async () => {
    const server = await startEmbeddingsServer();
    await server[Symbol.asyncDispose]();
    const made = embedderOf(server, { clock: pausingClock() }).embed(['a'], 'query', never);
    await expect(made).rejects.toMatchObject({ code: 'embedding_unreachable' });
  });

  it('reports a late response', async () => {
    const clock = createFakeClock();
    const server = await serve(() => new Promise(() => {}));
    const bounds = { ...limits.embeddings, pausesMs: [] };
    const made = embedderOf(server, { clock, limits: bounds }).embed(['a'], 'query', never);
    const { aborted } = await server.nextRequest();
    clock.advance(limits.embeddings.requestMs);
    await expect(made).rejects.toMatchObject({ code: 'embedding_late' });
    await aborted;
    expect(clock.pending).toBe(0);
  });

  it('stops on abort, whether it is requesting, pausing or queued', async () => {
    const reason = new Error('aborted');
    const clock = createFakeClock();
    const server = await serve(([text]) => (text === 'busy' ? status(503) : new Promise(() => {})));
    const embedder = embedderOf(server, {
      clock,
      limits: { ...limits.embeddings, requestsMax: 1 },
    });
    const stop = new AbortController();
    const requesting = embedder.embed(['a'], 'query', stop.signal);
    const { aborted } = await server.nextRequest();
    const queued = embedder.embed(['b'], 'query', stop.signal);
    const pausing = embedder.embed(['busy'], 'document', stop.signal);
    await server.nextRequest();
    stop.abort(reason);
    await expect(requesting).rejects.toBe(reason);
    await expect(queued).rejects.toBe(reason);
    await expect(pausing).rejects.toBe(reason);
    await aborted;
    expect(server.inputs).toEqual([['a'], ['busy']]);
    expect(clock.pending).toBe(0);
  });

  const item = (index: number, embedding: unknown) => ({ index, embedding });
  it.each([
    ['no JSON', '<html>'],
    ['no list', {}],
    ['vectors in base64', { data: [item(0, 'AAAA'), item(1, 'AAAA')] }],
    ['too few vectors', { data: [item(0, [1])] }],
    ['too many vectors', { data: [item(0, [1]), item(1, [1]), item(2, [1])] }],
    ['one place twice', { data: [item(0, [1]), item(0, [1])] }],
    ['an empty vector', { data: [item(0, [1]), item(1, [])] }],
    ['null for a number', { data: [item(0, [1]), item(1, [null])] }],
    [
      'an infinite number',
      '{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1e999]}]}',
    ],
    ['a number beyond 32 bits', { data: [item(0, [1]), item(1, [1e300])] }],
    ['too much', `{"data":[],"filler":"${'x'.repeat(2_000)}"}`],
  ])('rejects a response with %s, and does not retry', async (_, response) => {
    const server = await serve(() => jsonResponse(response));
    const bounds = { ...limits.embeddings, replyBytesMax: 1_000 };
    const made = embedderOf(server, { limits: bounds }).embed(['a', 'b'], 'document', never);
    await expect(made).rejects.toMatchObject({ code: 'embedding_unusable' });
    expect(server.requests).toHaveLength(1);
  });

  it('rejects a vector of a different length, and reports both', async () => {
    const server = await serve(undefined, (text) => (text === 'b' ? [1, 2] : [1, 2, 3]));
    const embedder = embedderOf(server);
    await embedder.embed(['a'], 'query', never);
    await expect(embedder.embed(['b'], 'document', never)).rejects.toThrow(
      'a vector of 2 numbers instead of 3',
    );
    await expect(
      embedderOf(server, { dimensions: 8 }).embed(['a'], 'query', never),
    ).rejects.toThrow('a vector of 3 numbers instead of 8');
  });

  it('never quotes the text or the key, even if the endpoint repeats both', async () => {
    const secret = 'the patient has gout';
    const echoing =
      (code: number): Failure =>
      (texts) =>
        jsonResponse({ error: `${KEY} ${texts[0]}` }, code);
    const cut: Failure = ([text]) => ({
      status: 200,
      headers: ['x-text', text ?? ''],
      chunks: [Buffer.from(`${KEY} ${text}`), 'cut'],
    });
    for (const failure of [echoing(200), echoing(400), echoing(500), cut]) {
      const server = await serve(failure);
      const made = embedderOf(server, { clock: pausingClock() }).embed([secret], 'query', never);
      const error: unknown = await made.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(EmbeddingError);
      const all = inspect(error, { depth: 10, showHidden: true });
      expect(all).not.toContain('gout');
      expect(all).not.toContain('hunter2');
    }
  });
});

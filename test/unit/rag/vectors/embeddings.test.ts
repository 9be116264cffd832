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
  jsonReply,
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

/** A clock whose pauses are over at once and written down; only deadlines stand still. */
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
const status = (code: number, headers: string[] = []) => jsonReply({ error: {} }, code, headers);

describe('an embedder', () => {
  it('speaks the form of OpenAI and puts vectors in the order of the texts', async () => {
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

  it('tells Voyage whether it asks for a question or a document', async () => {
    const server = await serve();
    const embedder = embedderOf(server, { kind: 'voyage', dimensions: 3 });
    await embedder.embed(['same'], 'query', never);
    await embedder.embed(['same'], 'document', never);
    const asked = { model: 'm-1', input: ['same'], output_dimension: 3 };
    expect(server.bodies).toEqual([
      { ...asked, input_type: 'query' },
      { ...asked, input_type: 'document' },
    ]);
  });

  it('sends no credential without a key and no dimensions that nobody chose', async () => {
    const server = await serve();
    await embedderOf(server, { key: null }).embed(['a'], 'query', never);
    expect(server.requests[0]?.rawHeaders.join().toLowerCase()).not.toContain('authorization');
    expect(server.bodies[0]).not.toHaveProperty('dimensions');
  });

  it('asks for many texts in batches, a few at once', async () => {
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
    // Time enough for a third batch to come, if it were not held back.
    await embedder.embed(['then?'], 'query', never);
    expect(server.requests).toHaveLength(3);
    gate.resolve(undefined);
    expect(await made).toEqual(vectors(...texts));
    const asked = server.inputs.map((input) => input.join(' '));
    expect(asked.toSorted()).toEqual(['a b', 'c ddd', 'eeee f', 'g', 'then?', 'too long']);
  });

  it('lets a question pass by the batches of a document', async () => {
    const gate = Promise.withResolvers<undefined>();
    const server = await serve(([first]) => (first === 'quick?' ? undefined : gate.promise));
    const embedder = embedderOf(server, { limits: { ...limits.embeddings, requestsMax: 1 } });
    const document = embedder.embed(['slow'], 'document', never);
    await server.nextRequest();
    expect(await embedder.embed(['quick?'], 'query', never)).toEqual(vectors('quick?'));
    gate.resolve(undefined);
    expect(await document).toEqual(vectors('slow'));
  });

  it('looks at the beginning of a long text and never at half a character', async () => {
    const server = await serve();
    const bounds = { ...limits.embeddings, textCharactersMax: 3 };
    await embedderOf(server, { limits: bounds }).embed(['abcdef', 'ab😀'], 'document', never);
    expect(server.inputs).toEqual([['abc', 'ab\ufffd']]);
  });

  it('refuses a text without words before anything is asked', async () => {
    const server = await serve();
    const made = embedderOf(server).embed(['a', ' \n'], 'document', never);
    await expect(made).rejects.toMatchObject({ code: 'embedding_blank' });
    expect(server.requests).toEqual([]);
  });

  it('goes by way of a proxy, but for the hosts that need none', async () => {
    const server = await serve();
    const gone = await startEmbeddingsServer();
    await gone[Symbol.asyncDispose]();
    const bounds = { ...limits.embeddings, pausesMs: [] };
    const http = new URL(gone.url).origin;
    const behind = embedderOf(server, { proxy: { http }, limits: bounds });
    await expect(behind.embed(['a'], 'query', never)).rejects.toMatchObject({
      code: 'embedding_unreachable',
    });
    expect(server.requests).toEqual([]);
    const beside = embedderOf(server, { proxy: { http, no: '127.0.0.1' }, limits: bounds });
    expect(await beside.embed(['a'], 'query', never)).toEqual(vectors('a'));
  });

  it('asks nothing for no texts', async () => {
    const server = await serve();
    expect(await embedderOf(server).embed([], 'document', never)).toEqual([]);
    expect(server.requests).toEqual([]);
  });
});

describe('an embedder remembers', () => {
  it('vectors, so that a text is asked for once, for each purpose', async () => {
    const server = await serve();
    const embedder = embedderOf(server);
    expect(await embedder.embed(['a', 'b', 'a'], 'document', never)).toEqual(
      vectors('a', 'b', 'a'),
    );
    expect(await embedder.embed(['b', 'c'], 'document', never)).toEqual(vectors('b', 'c'));
    await embedder.embed(['a'], 'query', never);
    expect(server.inputs).toEqual([['a', 'b'], ['c'], ['a']]);
  });

  it('them unchanged, whatever is done to those it gave', async () => {
    const embedder = embedderOf(await serve());
    const [given] = await embedder.embed(['a'], 'query', never);
    given?.fill(0);
    expect(await embedder.embed(['a'], 'query', never)).toEqual(vectors('a'));
  });

  it('no more than it may', async () => {
    const server = await serve();
    const embedder = embedderOf(server, { limits: { ...limits.embeddings, vectorsCachedMax: 2 } });
    for (const text of ['a', 'b', 'c', 'b', 'a']) await embedder.embed([text], 'query', never);
    expect(server.inputs.flat()).toEqual(['a', 'b', 'c', 'a']);
  });

  it('what was made before a failure, so that only the rest is asked for again', async () => {
    const server = await serve(([text], nth) =>
      text === 'bad' && nth === 2 ? status(400) : undefined,
    );
    const bounds = { ...limits.embeddings, batchTextsMax: 1, requestsMax: 1 };
    const embedder = embedderOf(server, { limits: bounds });
    const texts = ['good', 'bad', 'after'];
    await expect(embedder.embed(texts, 'document', never)).rejects.toThrow('answered 400');
    expect(server.inputs).toEqual([['good'], ['bad']]);
    expect(await embedder.embed(texts, 'document', never)).toEqual(vectors(...texts));
    expect(server.inputs.slice(2)).toEqual([['bad'], ['after']]);
  });
});

describe('an embedder that fails', () => {
  it('tries again after faults of the server, each time a little later', async () => {
    const clock = pausingClock();
    const codes = [500, 503, 429];
    const server = await serve((_texts, nth) => {
      const code = codes[nth - 1];
      return code === undefined ? undefined : status(code);
    });
    expect(await embedderOf(server, { clock }).embed(['a'], 'query', never)).toEqual(vectors('a'));
    expect(clock.pausesMs).toEqual([250, 1_000, 4_000]);
  });

  it('tries again after a connection that broke in the midst of an answer', async () => {
    const clock = pausingClock();
    const half = { status: 200, headers: [], chunks: [Buffer.from('{"data":['), 'cut' as const] };
    const server = await serve((_texts, nth) => (nth === 1 ? half : undefined));
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

  it('gives up at once when it should wait longer than it may', async () => {
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
      message: `the embeddings endpoint at ${new URL(server.url).host} answered 503: check LLMP_EMBEDDINGS_URL`,
    });
    expect(server.requests).toHaveLength(4);
  });

  it.each([301, 400, 401, 403, 404, 413, 422])('does not ask again after a %d', async (code) => {
    const server = await serve(() => status(code));
    const made = embedderOf(server).embed(['a'], 'query', never);
    await expect(made).rejects.toMatchObject({ code: 'embedding_refused' });
    expect(server.requests).toHaveLength(1);
  });

  it('says that nobody is there', async () => {
    const server = await startEmbeddingsServer();
    await server[Symbol.asyncDispose]();
    const made = embedderOf(server, { clock: pausingClock() }).embed(['a'], 'query', never);
    await expect(made).rejects.toMatchObject({ code: 'embedding_unreachable' });
  });

  it('says that there was no answer in time', async () => {
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

  it('stops with its signal, whether it asks, pauses or waits for its turn', async () => {
    const reason = new Error('enough');
    const clock = createFakeClock();
    const server = await serve(([text]) => (text === 'busy' ? status(503) : new Promise(() => {})));
    const embedder = embedderOf(server, {
      clock,
      limits: { ...limits.embeddings, requestsMax: 1 },
    });
    const stop = new AbortController();
    const asks = embedder.embed(['a'], 'query', stop.signal);
    const { aborted } = await server.nextRequest();
    const waits = embedder.embed(['b'], 'query', stop.signal);
    const pauses = embedder.embed(['busy'], 'document', stop.signal);
    await server.nextRequest();
    stop.abort(reason);
    await expect(asks).rejects.toBe(reason);
    await expect(waits).rejects.toBe(reason);
    await expect(pauses).rejects.toBe(reason);
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
  ])('refuses an answer with %s, and does not ask again', async (_, answer) => {
    const server = await serve(() => jsonReply(answer));
    const bounds = { ...limits.embeddings, responseBytesMax: 1_000 };
    const made = embedderOf(server, { limits: bounds }).embed(['a', 'b'], 'document', never);
    await expect(made).rejects.toMatchObject({ code: 'embedding_unusable' });
    expect(server.requests).toHaveLength(1);
  });

  it('refuses a vector of another length than the others, and says both', async () => {
    const server = await serve(undefined, (text) => (text === 'b' ? [1, 2] : [1, 2, 3]));
    const embedder = embedderOf(server);
    await embedder.embed(['a'], 'query', never);
    await expect(embedder.embed(['b'], 'document', never)).rejects.toThrow(
      'a vector of 2 numbers in place of 3',
    );
    await expect(
      embedderOf(server, { dimensions: 8 }).embed(['a'], 'query', never),
    ).rejects.toThrow('a vector of 3 numbers in place of 8');
  });

  it('never says what the text or the key was, though the endpoint repeats both', async () => {
    const secret = 'the patient has gout';
    const told =
      (code: number): Failure =>
      (texts) =>
        jsonReply({ error: `${KEY} ${texts[0]}` }, code);
    const cut: Failure = ([text]) => ({
      status: 200,
      headers: ['x-text', text ?? ''],
      chunks: [Buffer.from(`${KEY} ${text}`), 'cut'],
    });
    for (const failure of [told(200), told(400), told(500), cut]) {
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

// The test upstream and raw client, checked against each other.

import { describe, expect, it } from 'vitest';
import { requestCases } from '../../kit/corpus.ts';
import { sendRaw, startRaw } from '../../kit/raw-client.ts';
import { startScriptedUpstream, type ResponseStep } from '../../kit/scripted-upstream.ts';

const GET = { method: 'GET', path: '/', headers: [] };

function replying(...chunks: readonly ResponseStep[]) {
  return startScriptedUpstream(() => ({ status: 200, headers: ['X-Reply', '1'], chunks }));
}

describe('a scripted upstream', () => {
  it('records each request of the corpus as the raw client sends it', async () => {
    await using upstream = await replying();
    for (const request of requestCases()) {
      await sendRaw(upstream.url, request);
      const seen = await upstream.nextRequest();
      expect(seen).toMatchObject({ method: request.method, url: request.path });
      expect(seen.body.equals(request.body)).toBe(true);
      const [, , ...sent] = seen.rawHeaders;
      expect(sent.slice(0, request.headers.length)).toEqual(request.headers);
    }
    expect(upstream.requests.length).toBe(requestCases().length);
  });

  it('responds with the bytes, raw headers and chunk borders of its script', async () => {
    await using upstream = await replying(Buffer.from('one'), Buffer.from('two'));
    const { status, rawHeaders, chunks, end } = await sendRaw(upstream.url, GET);
    expect({ status, chunks: chunks.map(String), end }).toEqual({
      status: 200,
      chunks: ['one', 'two'],
      end: 'clean',
    });
    expect(rawHeaders.slice(0, 2)).toEqual(['X-Reply', '1']);
  });

  it('holds the response at a gate until it opens', async () => {
    const gate = Promise.withResolvers<void>();
    await using upstream = await replying(
      Buffer.from('one'),
      { gate: gate.promise },
      Buffer.from('two'),
    );
    const exchange = startRaw(upstream.url, GET);
    expect(await exchange.nextChunk()).toEqual(Buffer.from('one'));
    gate.resolve();
    expect(await exchange.nextChunk()).toEqual(Buffer.from('two'));
    expect(await exchange.nextChunk()).toBeUndefined();
  });

  it('closes the connection where its script says so', async () => {
    await using upstream = await replying(Buffer.from('one'), 'cut');
    const { body, end } = await sendRaw(upstream.url, GET);
    expect({ body: body.toString(), end }).toEqual({ body: 'one', end: 'cut' });
  });

  it('notices a client that disconnects before the response head', async () => {
    await using upstream = await startScriptedUpstream(() => new Promise(() => {}));
    const exchange = startRaw(upstream.url, GET);
    const request = await upstream.nextRequest();
    exchange.abort();
    await request.aborted;
    await expect(exchange.response).rejects.toThrow('socket hang up');
  });

  it('notices a client that disconnects in the middle of the body', async () => {
    await using upstream = await replying(Buffer.from('one'), { gate: new Promise(() => {}) });
    const exchange = startRaw(upstream.url, GET);
    await exchange.nextChunk();
    exchange.abort();
    await (
      await upstream.nextRequest()
    ).aborted;
    expect((await exchange.response).end).toBe('cut');
  });

  it('does not count a complete response as aborted', async () => {
    await using upstream = await replying(Buffer.from('one'));
    await sendRaw(upstream.url, GET);
    const { aborted } = await upstream.nextRequest();
    const next = sendRaw(upstream.url, GET).then(() => 'not aborted');
    expect(await Promise.race([aborted, next])).toBe('not aborted');
  });

  it('reports a failed script in its response', async () => {
    await using upstream = await startScriptedUpstream(() => {
      throw new Error('no such reply');
    });
    const { status, body } = await sendRaw(upstream.url, GET);
    expect({ status, body: body.toString() }).toEqual({
      status: 500,
      body: 'The script failed: Error: no such reply',
    });
  });
});

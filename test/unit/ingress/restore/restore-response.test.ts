import { describe, expect, it } from 'vitest';
import type { WorkerResponse } from '../../../../services/ingress/dispatch/exchange.ts';
import { ChunkQueue, type Chunk } from '../../../../services/ingress/dispatch/chunk-queue.ts';
import {
  needsRestoring,
  restoreResponse,
} from '../../../../services/ingress/restore/restore-response.ts';
import type { StageReports } from '../../../../services/ingress/dispatch/stage-reports.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { EMPTY_VAULT, type Vault } from '../../../../shared/privacy/vault.ts';
import { sseEvent } from '../../../kit/responses.ts';
import { EMAIL, VALUES } from '../../../kit/placeholders.ts';
import { endlessSlice } from '../../../kit/transforms.ts';
import { issued } from '../../../kit/vaults.ts';

const VAULT: Vault = { ...EMPTY_VAULT, values: issued(VALUES) };
const ANN = 'ann.miller@corp.example';
const HEAD = { status: 200, headers: ['Content-Type', 'x', 'X-Odd', '1'] };

const delta = (text: string) =>
  sseEvent('content_block_delta', {
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text },
  });

const buffered = (text: string): WorkerResponse => ({
  kind: 'buffered',
  head: HEAD,
  bytes: Buffer.from(text),
});

const restored = (response: WorkerResponse, reports: StageReports) =>
  restoreResponse(response, reports, endlessSlice());

/** Restores a stream of chunks; `seen` has the restored chunks and how many were consumed. */
function stream(chunks: readonly Chunk[], error?: LlmpError) {
  const queue = new ChunkQueue();
  const seen = { consumed: 0, text: [] as string[] };
  for (const chunk of chunks) queue.push(chunk, () => (seen.consumed += 1));
  if (error) queue.fail(error);
  else queue.end();
  const read = async () => {
    const response = await restored({ kind: 'stream', head: HEAD, chunks: queue }, VAULT);
    if (response.kind !== 'stream') return;
    for await (const { bytes, more } of response.chunks) {
      seen.text.push(`${Buffer.from(bytes).toString()}${more ? '…' : ''}`);
    }
  };
  return { seen, ended: read() };
}

const chunk = (text: string, more = false): Chunk => ({ bytes: Buffer.from(text), more });

describe('needsRestoring', () => {
  it.each([
    ['nothing was found', {}, false],
    ['all findings were redacted', { counts: { ID: 1 }, opaque: 1 }, false],
    ['a value was replaced', { values: issued(VALUES) }, true],
    ['a document has other offsets', { documents: { 0: [] } }, true],
  ])('is decided correctly if %s', (_, parts, needed) => {
    expect(needsRestoring({ ...EMPTY_VAULT, ...parts })).toBe(needed);
  });
});

describe('a restored response', () => {
  it('has the values of the request', async () => {
    expect(await restored(buffered(`{"a":"${EMAIL}"}`), VAULT)).toEqual(buffered(`{"a":"${ANN}"}`));
  });

  it('is unchanged if nothing was replaced', async () => {
    const response = buffered(`{"a":"${EMAIL}"}`);
    const chunks = new ChunkQueue();
    expect(await restored(response, EMPTY_VAULT)).toEqual(response);
    expect(await restored({ kind: 'stream', head: HEAD, chunks }, EMPTY_VAULT)).toMatchObject({
      chunks: expect.toSatisfy((same) => same === chunks),
    });
  });

  it.each([
    [{}, []],
    [{ EMAIL_ADDRESS: 2 }, ['x-llmp-scrubbed', 'EMAIL_ADDRESS=2']],
    [{ EMAIL_ADDRESS: 2, CREDIT_CARD: 1 }, ['x-llmp-scrubbed', 'CREDIT_CARD=1, EMAIL_ADDRESS=2']],
  ])('has a header with the number of findings by entity: %j', async (counts, pair) => {
    const { head } = await restored(buffered('{}'), { ...EMPTY_VAULT, counts });
    expect(head).toEqual({ status: 200, headers: [...HEAD.headers, ...pair] });
  });

  it('yields complete events, however its chunks were cut', async () => {
    const [half, rest] = [delta(EMAIL).slice(0, 70), delta(EMAIL).slice(70)];
    const { seen, ended } = stream([chunk(half, true), chunk(rest), chunk(delta('PII'))]);
    await ended;
    expect(seen).toEqual({ consumed: 3, text: [delta(ANN), delta('PII')] });
  });

  it('yields neither the start of a token nor a partial event when it breaks off', async () => {
    const error = new LlmpError('upstream_disconnected');
    const chunks = [chunk(delta('a PII')), chunk('event: x\ndata: {"ha', true)];
    const { seen, ended } = stream(chunks, error);
    await expect(ended).rejects.toBe(error);
    expect(seen.text).toEqual([delta('a ')]);
  });
});

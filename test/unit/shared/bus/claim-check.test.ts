// Bodies on their way between processes, seen by somebody on the network between them.

import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ClaimCheckStore, ClaimedBody } from '../../../../shared/bus/claim-check.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import type { ClaimCheck } from '../../../../shared/protocol/codec.ts';
import { systemClock } from '../../../../shared/runtime/clock.ts';
import { requestBodyOf } from '../../../kit/request-messages.ts';
import { freePort } from '../../../kit/servers.ts';

const SECRET = 'ann.lee@corp-mail.org';
const BODY = `${SECRET} `.repeat(20_000);
const SIGNAL = new AbortController().signal;

const openStore = () =>
  ClaimCheckStore.start({ host: '127.0.0.1', port: 0, clock: systemClock, claimCheckMs: 60_000 });

const read = async (claimCheck: ClaimCheck) =>
  Buffer.from((await new ClaimedBody(claimCheck).read(SIGNAL)).bytes).toString();

/** Somebody between holder and worker, who passes on `change` of what the holder sends. */
async function between(claimCheck: ClaimCheck, change: (bytes: Buffer) => Buffer) {
  const seen: Buffer[] = [];
  const { origin, pathname } = new URL(claimCheck.url);
  const server = createServer((incoming, response) => {
    send(new URL(incoming.url ?? '', origin), (held) => {
      held.on('data', (chunk: Buffer) => seen.push(chunk));
      held.on('end', () => response.end(change(Buffer.concat(seen))));
    }).end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    seen,
    claimCheck: { ...claimCheck, url: `http://127.0.0.1:${port}${pathname}` },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('a body fetched with a claim check', () => {
  it.each([0, 1, 65_536, 262_144, 262_145, 3_000_000])('of %i bytes is complete', async (size) => {
    await using store = await openStore();
    const body = 'x'.repeat(size);
    const seen = await read(store.claim('req_1', requestBodyOf(body)));
    expect(seen === body).toBe(true);
  });

  it('can be fetched by several workers, until it is released', async () => {
    await using store = await openStore();
    const claimCheck = store.claim('req_1', requestBodyOf(BODY));
    expect(await Promise.all([read(claimCheck), read(claimCheck)])).toEqual([BODY, BODY]);
    store.release('req_1');
    await expect(read(claimCheck)).rejects.toMatchObject({ code: 'body_unreachable' });
  });

  it('whose holder cannot be reached says so, without the address', async () => {
    await using store = await openStore();
    const claimCheck = store.claim('req_1', requestBodyOf(BODY));
    const port = await freePort();
    const failure = await read({ ...claimCheck, url: `http://127.0.0.1:${port}/token` }).catch(
      (error: unknown) => LlmpError.from(error),
    );
    expect(failure).toMatchObject({ code: 'body_unreachable', status: 502 });
    expect(failure).toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    expect(failure instanceof LlmpError && failure.message).not.toContain(String(port));
  });

  it('cannot be read on the way', async () => {
    await using store = await openStore();
    const claimCheck = store.claim('req_1', requestBodyOf(BODY));
    await using observer = await between(claimCheck, (bytes) => bytes);
    expect(await read(observer.claimCheck)).toBe(BODY);
    const seen = Buffer.concat(observer.seen).toString('latin1');
    expect(seen.length).toBe(BODY.length + 16);
    expect(seen).not.toContain(SECRET);
    expect(claimCheck.url).not.toContain(claimCheck.key);
  });

  it('is encrypted differently each time', async () => {
    await using store = await openStore();
    const fetched = ['req_1', 'req_2'].map(async (id) => {
      const { url } = store.claim(id, requestBodyOf(BODY));
      return Buffer.from(await (await fetch(url)).arrayBuffer()).toString('latin1');
    });
    const [one, other] = await Promise.all(fetched);
    expect(one?.slice(0, 64)).not.toBe(other?.slice(0, 64));
  });

  const flipped = (at: number) => (bytes: Buffer) => {
    const changed = Buffer.from(bytes);
    const index = at < 0 ? changed.length + at : at;
    changed[index] = (changed[index] ?? 0) ^ 1;
    return changed;
  };
  it.each<[what: string, change: (bytes: Buffer) => Buffer]>([
    ['its first bit', flipped(0)],
    ['a bit in it', flipped(200_000)],
    ['its last bit', flipped(-17)],
    ['its proof', flipped(-1)],
    ['its end', (bytes) => bytes.subarray(0, -1)],
    ['all but its end', (bytes) => bytes.subarray(1)],
    ['its length', (bytes) => Buffer.concat([bytes, Buffer.from('x')])],
    ['its order', (bytes) => Buffer.concat([bytes.subarray(64), bytes.subarray(0, 64)])],
    ['all of it', () => Buffer.alloc(0)],
    ['all of it, by text', () => Buffer.from(BODY)],
  ])('is refused if somebody changed %s on the way', async (_, change) => {
    await using store = await openStore();
    await using attacker = await between(store.claim('req_1', requestBodyOf(BODY)), change);
    await expect(read(attacker.claimCheck)).rejects.toMatchObject({ code: 'body_unreachable' });
  });

  it('is refused if it is the body of another request', async () => {
    await using store = await openStore();
    const one = store.claim('req_1', requestBodyOf(BODY));
    const other = store.claim('req_2', requestBodyOf(BODY));
    await expect(read({ ...one, url: other.url })).rejects.toMatchObject({
      code: 'body_unreachable',
    });
  });

  it('can be fetched again after a worker left in the middle', async () => {
    await using store = await openStore();
    const body = 'x'.repeat(8_000_000);
    const claimCheck = store.claim('req_1', requestBodyOf(body));
    const reader = (await fetch(claimCheck.url)).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect((await read(claimCheck)) === body).toBe(true);
  });
});

// A chunk is on the wire as Node writes it, whatever its size.

import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { writeChunk } from '../../../../services/ingress/response/chunked-write.ts';

type Write = (response: ServerResponse, bytes: Uint8Array) => boolean;
const plainly: Write = (response, bytes) => response.write(bytes);

const SIZES = [1, 0, 15, 16, 255, 256, 4_096, 16_384, 16_385, 100_000];
const chunks = SIZES.map((size, index) => Buffer.alloc(size, 97 + index));

/** All bytes of the response to a request of an HTTP version. */
async function wireOf(write: Write, version: string, inOneTick: boolean): Promise<string> {
  const server = createServer((_request, response) => {
    response.sendDate = false;
    response.writeHead(200, ['content-type', 'text/event-stream']);
    const rest = [...chunks];
    const more = () => {
      const chunk = rest.shift();
      if (!chunk) return void response.end();
      write(response, chunk);
      if (inOneTick) more();
      else setImmediate(more);
    };
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET / HTTP/${version}\r\nhost: x\r\nconnection: close\r\n\r\n`);
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  server.close();
  return Buffer.concat(parts).toString('latin1');
}

describe('a chunk of a stream', () => {
  it.each([
    ['1.1', true],
    ['1.1', false],
    ['1.0', true],
    ['1.0', false],
  ])('is written as Node does (HTTP/%s, all at once: %s)', async (version, inOneTick) => {
    const expected = await wireOf(plainly, version, inOneTick);
    expect(await wireOf(writeChunk, version, inOneTick)).toBe(expected);
    expect(expected).toContain('c'.repeat(15));
    expect(expected.includes('Transfer-Encoding: chunked')).toBe(version === '1.1');
  });

  it('says when the response can take no more', async () => {
    const server = createServer();
    const written = new Promise<boolean[]>((resolve) => {
      server.on('request', (_request, response) => {
        const returned = [];
        for (let count = 0; count < 1_000; count += 1) {
          returned.push(writeChunk(response, Buffer.alloc(16_384, 'x')));
        }
        resolve(returned);
        response.destroy();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1').pause();
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    const returned = await written;
    socket.destroy();
    server.close();
    expect(returned.at(-1)).toBe(false);
  });
});

import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { BodyChunks } from '../../../../services/upstream/http/body-chunks.ts';
import { PENDING } from '../../../../shared/runtime/polled.ts';

const CHUNK = Buffer.alloc(1_000, 'x');

describe('the chunks of a body', () => {
  it('are all its bytes, in order', async () => {
    const texts = Array.from({ length: 100 }, (_, index) => `chunk ${index} `);
    const body = Readable.from(
      texts.map((text) => Buffer.from(text)),
      { objectMode: false },
    );
    const read = await Array.fromAsync(new BodyChunks(body), String);
    expect(read.join('')).toBe(texts.join(''));
  });

  it('wait on the connection while nobody takes them', async () => {
    let sent = 0;
    const body = new Readable({
      highWaterMark: 4 * CHUNK.byteLength,
      read() {
        sent += 1;
        this.push(CHUNK);
      },
    });
    const chunks = new BodyChunks(body);
    expect(chunks.poll()).toBe(PENDING);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(sent).toBeLessThan(10);
    for (let count = 0; count < 20; count += 1) await chunks.next();
    expect(sent).toBeGreaterThanOrEqual(20);
    expect(sent).toBeLessThan(30);
    await chunks.close();
    expect(body.destroyed).toBe(true);
  });

  it('end with the error of the body, after the bytes before it', async () => {
    const error = new Error('reset');
    const body = new PassThrough();
    const chunks = new BodyChunks(body);
    const first = chunks.next();
    body.write(CHUNK);
    expect((await first).value).toEqual(CHUNK);
    const second = chunks.next();
    body.destroy(error);
    await expect(second).rejects.toBe(error);
  });

  it('are all that arrived before the error, also while nobody took them', async () => {
    const error = new Error('reset');
    const body = new Readable({ read() {} });
    const chunks = new BodyChunks(body);
    const first = chunks.next();
    body.push('a');
    expect(String((await first).value)).toBe('a');
    for (const text of ['b', 'c', 'd']) {
      body.push(text);
      await new Promise((resolve) => setImmediate(resolve));
    }
    body.destroy(error);
    await new Promise((resolve) => setImmediate(resolve));
    const read: string[] = [];
    const reading = (async () => {
      for await (const chunk of chunks) read.push(String(chunk));
    })();
    await expect(reading).rejects.toBe(error);
    expect(read.join('')).toBe('bcd');
  });

  it('fail if the body is closed before its end', async () => {
    const body = new PassThrough();
    const reading = new BodyChunks(body).next();
    body.destroy();
    await expect(reading).rejects.toThrow('closed');
  });

  it('fail if the body broke before anybody read', async () => {
    const error = new Error('reset');
    const body = new PassThrough();
    const chunks = new BodyChunks(body);
    body.destroy(error);
    await new Promise((resolve) => setImmediate(resolve));
    await expect(chunks.next()).rejects.toBe(error);
  });
});

// An upstream that answers as a test says and remembers what it was asked, byte by byte.
// It is a real node:http server, because aborts, cuts and chunk borders only mean something on a socket.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request, recorded when its body is whole; header pairs are as they stood on the wire. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** Resolves when the peer closes the connection before the reply is complete; otherwise never. */
  readonly aborted: Promise<void>;
}

/** Bytes to send, a pause until the test opens the gate, or the end of the connection. */
export type ResponseStep = Uint8Array | { readonly gate: Promise<unknown> } | 'cut';

/** The head leaves at once, before the first step; after the last step the body ends properly. */
export interface ScriptedResponse {
  readonly status: number;
  /** Raw header pairs. Without a `content-length` the body is sent chunked. */
  readonly headers: readonly string[];
  /** Each piece of bytes is one write, flushed before the next step. */
  readonly chunks: readonly ResponseStep[];
}

/** A pending promise is an upstream that hangs before its head. */
export type Script = (request: RecordedRequest) => ScriptedResponse | Promise<ScriptedResponse>;

export interface ScriptedUpstream extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  /** Every request so far, in order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** The first request that this function has not returned yet, awaited when there is none. */
  nextRequest(): Promise<RecordedRequest>;
}

/** Starts an upstream on a free port of 127.0.0.1. A script that throws becomes a 500 with its words. */
export async function startScriptedUpstream(script: Script): Promise<ScriptedUpstream> {
  const requests: RecordedRequest[] = [];
  const waiting: ((request: RecordedRequest) => void)[] = [];
  let returnedCount = 0;

  const record = (request: RecordedRequest): void => {
    requests.push(request);
    const resolve = waiting.shift();
    if (!resolve) return;
    returnedCount += 1;
    resolve(request);
  };

  // Header limits are far above the gateway's own, so that a refusal is always the gateway's.
  const server = createServer({ maxHeaderSize: 256 * 1024 }, (request, response) => {
    void serve(script, record, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    nextRequest() {
      const request = requests[returnedCount];
      if (!request) return new Promise((resolve) => waiting.push(resolve));
      returnedCount += 1;
      return Promise.resolve(request);
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

const NOTHING = new Uint8Array();

async function serve(
  script: Script,
  record: (request: RecordedRequest) => void,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const aborted = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  let cut = false;
  response.on('close', () => {
    if (!response.writableFinished && !cut) aborted.resolve();
    closed.resolve();
  });
  // Writing to a peer that left is an expected outcome; `aborted` is how a test learns of it.
  response.on('error', () => {});

  const body = await readWhole(request);
  if (!body) return;
  const recorded = {
    method: request.method ?? '',
    url: request.url ?? '',
    rawHeaders: request.rawHeaders,
    body,
    aborted: aborted.promise,
  };
  record(recorded);
  const reply = await answer(script, recorded);
  if (response.destroyed) return;

  response.writeHead(reply.status, [...reply.headers]);
  // Not flushHeaders(): it writes the head as UTF-8, while header bytes are Latin-1 (RFC 9110, 5.5).
  response.write(NOTHING);
  for (const step of reply.chunks) {
    if (response.destroyed) return;
    if (step === 'cut') {
      cut = true;
      response.destroy();
    } else if ('gate' in step) {
      await Promise.race([step.gate, closed.promise]);
    } else {
      const flushed = new Promise<void>((resolve) => response.write(step, () => resolve()));
      await Promise.race([flushed, closed.promise]);
    }
  }
  response.end();
}

/** The body, or nothing when the peer left before it was whole. */
async function readWhole(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } catch {
    return undefined;
  }
}

async function answer(script: Script, request: RecordedRequest): Promise<ScriptedResponse> {
  try {
    return await script(request);
  } catch (thrown) {
    const words = Buffer.from(`The script failed: ${String(thrown)}`);
    return { status: 500, headers: ['content-type', 'text/plain'], chunks: [words] };
  }
}

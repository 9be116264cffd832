// An upstream that follows a script and records its requests byte by byte. It is a real HTTP server,
// because aborts, cuts and chunk boundaries only exist on a socket.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request, recorded once its body is complete. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** Tells connections apart. */
  readonly remotePort: number | undefined;
  /** Resolves if the peer closes the connection before the response is complete. */
  readonly aborted: Promise<void>;
}

/** Bytes to send, a pause until the gate resolves, or the end of the connection. */
export type ResponseStep = Uint8Array | { readonly gate: Promise<unknown> } | 'cut';

/** The head is sent before the first step; the body ends cleanly after the last. */
export interface ScriptedResponse {
  readonly status: number;
  /** Raw header pairs. Without a `content-length` the body is sent chunked. */
  readonly headers: readonly string[];
  /** Each chunk is one write, flushed before the next step. */
  readonly chunks: readonly ResponseStep[];
}

/** A pending promise hangs before the head. */
export type Script = (request: RecordedRequest) => ScriptedResponse | Promise<ScriptedResponse>;

export interface ScriptedUpstream extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, without a trailing slash. */
  readonly url: string;
  /** All requests so far, in order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** Returns the first request not returned before; waits if there is none. */
  nextRequest(): Promise<RecordedRequest>;
}

/** Starts an upstream on a free port of 127.0.0.1. A script that throws causes a 500 with its message. */
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

  // The header limit is far above the gateway's, so that only the gateway rejects headers.
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

const NO_BYTES = new Uint8Array();

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
  // Writes to a disconnected peer are expected; tests use `aborted`.
  response.on('error', () => {});

  const body = await readBody(request);
  if (!body) return;
  const recorded = {
    method: request.method ?? '',
    url: request.url ?? '',
    rawHeaders: request.rawHeaders,
    body,
    remotePort: request.socket.remotePort,
    aborted: aborted.promise,
  };
  record(recorded);
  const scripted = await runScript(script, recorded);
  if (response.destroyed) return;

  response.writeHead(scripted.status, [...scripted.headers]);
  // flushHeaders() would write the head as UTF-8, but header bytes are Latin-1 (RFC 9110, 5.5).
  response.write(NO_BYTES);
  for (const step of scripted.chunks) {
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

/** The body; `undefined` if the peer disconnected before its end. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } catch {
    return undefined;
  }
}

async function runScript(script: Script, request: RecordedRequest): Promise<ScriptedResponse> {
  try {
    return await script(request);
  } catch (thrown) {
    const message = Buffer.from(`The script failed: ${String(thrown)}`);
    return { status: 500, headers: ['content-type', 'text/plain'], chunks: [message] };
  }
}

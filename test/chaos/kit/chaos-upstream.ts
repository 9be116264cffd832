// The chaos upstream streams the requested story at its pace and records its calls. It runs in the test's
// process, so client and upstream events share one clock.

import { hash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closing, delta, opening, personalValue, replyText, storyOf, type Story } from './story.ts';

/** Header with the hex SHA-256 of the request body. */
export const DIGEST_HEADER = 'x-chaos-digest';

/** One upstream call. */
export interface Call {
  readonly story: Story;
  /** The caller, from the path prefix; see `urlFor`. */
  readonly caller: string;
  /** Response bytes written to the connection so far. */
  sentBytes: number;
  /** Whether the connection was closed, before or after the response ended. */
  closed: boolean;
  /** Resolves to `performance.now()` if the connection closes before the response is complete. */
  readonly disconnected: Promise<number>;
}

export interface ChaosUpstream extends AsyncDisposable {
  /** A base URL that identifies its caller. */
  urlFor(caller: string): string;
  /** Requests whose body differs from what the client sent. */
  readonly damagedCount: number;
  /** Requests that arrived with a personal value. */
  readonly leakedCount: number;
  calls(seed: string): readonly Call[];
  /** Destroys the connection of every open call, like a crashed upstream; returns these calls. */
  drop(): readonly Call[];
}

export async function startChaosUpstream(): Promise<ChaosUpstream> {
  const callsBySeed = new Map<string, Call[]>();
  const callByResponse = new Map<ServerResponse, Call>();
  let damagedCount = 0;
  let leakedCount = 0;

  const respond = (request: IncomingMessage, body: Buffer, response: ServerResponse): void => {
    const story = storyOf(body.toString());
    if (!story || request.headers[DIGEST_HEADER] !== hash('sha256', unscrubbed(body, story)))
      damagedCount += 1;
    if (story?.value === undefined ? false : !story.value.startsWith('PII_')) leakedCount += 1;
    if (!story) return void response.writeHead(400).end();
    const disconnected = Promise.withResolvers<number>();
    const caller = request.url?.split('/')[1] ?? '';
    const call: Call = {
      story,
      caller,
      sentBytes: 0,
      closed: false,
      disconnected: disconnected.promise,
    };
    callsBySeed.set(story.seed, [...(callsBySeed.get(story.seed) ?? []), call]);
    callByResponse.set(response, call);
    response.once('close', () => {
      call.closed = true;
      if (!response.writableFinished) disconnected.resolve(performance.now());
      callByResponse.delete(response);
    });
    response.setHeader('request-id', `req_up_${story.seed}`);
    if (story.stream) void streamStory(call, response);
    else {
      const reply = replyText(story);
      response.setHeader('content-type', 'application/json');
      const timer = setTimeout(() => response.end(reply), story.paceMs);
      response.once('close', () => clearTimeout(timer));
    }
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => respond(request, Buffer.concat(chunks), response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    urlFor: (caller) => `http://127.0.0.1:${port}/${caller}`,
    get damagedCount() {
      return damagedCount;
    },
    get leakedCount() {
      return leakedCount;
    },
    calls: (seed) => callsBySeed.get(seed) ?? [],
    drop() {
      // A response that is already ending may still arrive complete.
      const dropped = [...callByResponse].filter(([response]) => !response.writableEnded);
      for (const [response] of dropped) response.destroy();
      return dropped.map(([, call]) => call);
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The body as its client sent it. */
function unscrubbed(body: Buffer, { seed, value }: Story): Buffer {
  if (value === undefined) return body;
  return Buffer.from(body.toString().replaceAll(value, personalValue(seed)));
}

/** Writes deltas on a schedule relative to the start, so that delays do not add up. */
async function streamStory(call: Call, response: ServerResponse): Promise<void> {
  const { story } = call;
  const write = async (text: string): Promise<void> => {
    call.sentBytes += Buffer.byteLength(text);
    if (!response.write(text)) await firstOf(response, ['drain', 'close']);
  };
  response.setHeader('content-type', 'text/event-stream; charset=utf-8');
  const startedMs = performance.now();
  await write(opening(story));
  for (let index = 0; index < story.parts && !call.closed; index += 1) {
    const waitMs = startedMs + (index + 1) * story.paceMs - performance.now();
    if (story.paceMs > 0 && waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (!call.closed) await write(delta(story, index));
  }
  if (!call.closed) response.end(closing(story));
}

function firstOf(response: ServerResponse, events: readonly string[]): Promise<void> {
  if (response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = () => {
      for (const event of events) response.off(event, settle);
      resolve();
    };
    for (const event of events) response.on(event, settle);
  });
}

// The upstream of the chaos suite: tells the story it is asked for, at its pace, and keeps book of
// what it was asked, how often and whether its listener stayed. It lives in the test's process, so
// that "the client left" and "the upstream saw it" are read from one clock.

import { hash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closing, delta, opening, replyText, storyOf, type Story } from './story.ts';

/** The header by which a client names the SHA-256 of its body, in hex. */
export const DIGEST_HEADER = 'x-chaos-digest';

/** One call of the upstream. */
export interface Call {
  readonly story: Story;
  /** Who called: the path put before the API's own, see `urlFor`. */
  readonly caller: string;
  /** Bytes of the reply handed to the connection so far. */
  sentBytes: number;
  /** The connection was closed, after the reply or before. */
  over: boolean;
  /** Resolves to `performance.now()` when the connection closes before the reply is complete. */
  readonly left: Promise<number>;
}

export interface ChaosUpstream extends AsyncDisposable {
  /** Base URL for one of its callers, by which their calls are told apart. */
  urlFor(caller: string): string;
  /** Requests whose body is not the one the client sent. */
  readonly damagedCount: number;
  calls(seed: string): readonly Call[];
  /** Destroys the connection of every open call, as a crashed upstream would; gives those calls. */
  drop(): readonly Call[];
}

export async function startChaosUpstream(): Promise<ChaosUpstream> {
  const callsBySeed = new Map<string, Call[]>();
  const callByResponse = new Map<ServerResponse, Call>();
  let damagedCount = 0;

  const answer = (request: IncomingMessage, body: Buffer, response: ServerResponse): void => {
    const story = storyOf(body.toString());
    if (!story || request.headers[DIGEST_HEADER] !== hash('sha256', body)) damagedCount += 1;
    if (!story) return void response.writeHead(400).end();
    const left = Promise.withResolvers<number>();
    const caller = request.url?.split('/')[1] ?? '';
    const call: Call = { story, caller, sentBytes: 0, over: false, left: left.promise };
    callsBySeed.set(story.seed, [...(callsBySeed.get(story.seed) ?? []), call]);
    callByResponse.set(response, call);
    response.once('close', () => {
      call.over = true;
      if (!response.writableFinished) left.resolve(performance.now());
      callByResponse.delete(response);
    });
    response.setHeader('request-id', `req_up_${story.seed}`);
    if (story.stream) void tell(call, response);
    else {
      const reply = replyText(story);
      response.setHeader('content-type', 'application/json');
      const timer = setTimeout(() => response.end(reply), story.paceMs);
      response.once('close', () => clearTimeout(timer));
    }
  };

  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.once('end', () => answer(request, Buffer.concat(parts), response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    urlFor: (caller) => `http://127.0.0.1:${port}/${caller}`,
    get damagedCount() {
      return damagedCount;
    },
    calls: (seed) => callsBySeed.get(seed) ?? [],
    drop() {
      // A reply that is already on its way to the end may still arrive whole.
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

/** Writes delta after delta, each at its time counted from the start, so that delays do not add up. */
async function tell(call: Call, response: ServerResponse): Promise<void> {
  const { story } = call;
  const write = async (text: string): Promise<void> => {
    call.sentBytes += Buffer.byteLength(text);
    if (!response.write(text)) await firstOf(response, ['drain', 'close']);
  };
  response.setHeader('content-type', 'text/event-stream; charset=utf-8');
  const startedMs = performance.now();
  await write(opening(story));
  for (let index = 0; index < story.parts && !call.over; index += 1) {
    const waitMs = startedMs + (index + 1) * story.paceMs - performance.now();
    if (story.paceMs > 0 && waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (!call.over) await write(delta(story, index));
  }
  if (!call.over) response.end(closing(story));
}

function firstOf(response: ServerResponse, events: readonly string[]): Promise<void> {
  if (response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const go = () => {
      for (const event of events) response.off(event, go);
      resolve();
    };
    for (const event of events) response.on(event, go);
  });
}

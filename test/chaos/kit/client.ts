// A client with one request: requests a story, reads at its own pace, and has the response checked.

import { hash } from 'node:crypto';
import { request as httpRequest, type Agent, type IncomingMessage } from 'node:http';
import { DIGEST_HEADER } from './chaos-upstream.ts';
import { errorCodeOf, verdictOf, PING, type Received, type Verdict } from './checker.ts';
import { replyText, requestBody, VALUES, type Story } from './story.ts';

/** A response takes about two seconds; the gateway gives up on a lost worker within ten. */
const HUNG_MS = 30_000;

export interface Target {
  readonly url: string;
  readonly key: string;
  readonly agent: Agent;
  /** Seeds of the stories whose clients still wait for the end. */
  readonly waiting: Set<string>;
}

export interface Outcome {
  readonly story: Story;
  /** Filler in the request. */
  readonly paddingBytes: number;
  readonly verdict: Verdict;
  /** The gateway's error code, if it sent an error. */
  readonly errorCode: string | undefined;
  /** The connection was refused. */
  readonly connectionRefused: boolean;
  /** The response had begun, so the request cannot be retried. */
  readonly hasBegun: boolean;
  /** Longest wait for the next byte. */
  readonly stallMs: number;
  readonly requestId: string | undefined;
  /** Time of the end. */
  readonly endedAtMs: number;
  /** Personal values in the response that are not those of this client, and placeholders. */
  readonly foreignCount: number;
}

export interface ChaosClient {
  readonly story: Story;
  /** Never rejects. Stays pending if the client itself disconnects. */
  readonly outcome: Promise<Outcome>;
  /** Resolves with the first bytes of the response. */
  readonly begun: Promise<void>;
  /** Resolves when the client itself disconnects. */
  readonly gone: Promise<undefined>;
  /** Stops reading but keeps the connection. */
  stall(): void;
  resume(): void;
  /** Destroys the connection. */
  disconnect(): void;
}

export function sendStory(target: Target, story: Story, paddingBytes = 0): ChaosClient {
  const outcome = Promise.withResolvers<Outcome>();
  const begun = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<undefined>();
  const chunks: Buffer[] = [];
  let response: IncomingMessage | undefined;
  let stalled = false;
  let disconnected = false;
  let lastByteMs = performance.now();
  let stallMs = 0;

  target.waiting.add(story.seed);
  const body = Buffer.from(requestBody(story, paddingBytes));
  const request = httpRequest(`${target.url}/v1/messages`, {
    method: 'POST',
    agent: target.agent,
    headers: {
      'x-api-key': target.key,
      'content-type': 'application/json',
      'content-length': body.byteLength,
      [DIGEST_HEADER]: hash('sha256', body),
    },
  });

  const finish = (ending: Received['ending'], connectionRefused = false): void => {
    clearTimeout(timer);
    target.waiting.delete(story.seed);
    // Nobody needs the outcome; checking it would delay seeing the abort.
    if (disconnected) return;
    const id = response?.headers['request-id'];
    const bytes = Buffer.concat(chunks);
    const received = {
      status: response?.statusCode ?? 0,
      requestId: typeof id === 'string' ? id : undefined,
      bytes,
      ending,
    };
    const verdict = verdictOf(
      { stream: story.stream, bytes: Buffer.from(replyText(story)) },
      received,
    );
    outcome.resolve({
      story,
      paddingBytes,
      verdict,
      errorCode: verdict === 'completed' ? undefined : errorCodeOf(bytes),
      connectionRefused,
      hasBegun: received.status === 200,
      stallMs: Math.max(stallMs, performance.now() - lastByteMs),
      requestId: received.requestId,
      endedAtMs: Date.now(),
      foreignCount: foreignIn(bytes, story),
    });
  };
  const watch = () =>
    setTimeout(() => {
      finish('hung');
      request.destroy();
    }, HUNG_MS);
  let timer = watch();

  request.on('error', ({ code }: NodeJS.ErrnoException) => {
    finish('reset', code === 'ECONNREFUSED');
  });
  request.once('response', (incoming) => {
    response = incoming;
    if (stalled) incoming.pause();
    incoming.on('error', () => {});
    incoming.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (chunk.equals(PING_BYTES)) return;
      const nowMs = performance.now();
      stallMs = Math.max(stallMs, nowMs - lastByteMs);
      lastByteMs = nowMs;
      begun.resolve();
    });
    incoming.once('close', () => finish(incoming.complete ? 'end' : 'reset'));
  });
  request.end(body);

  return {
    story,
    outcome: outcome.promise,
    begun: begun.promise,
    gone: gone.promise,
    stall() {
      stalled = true;
      clearTimeout(timer);
      response?.pause();
    },
    resume() {
      stalled = false;
      timer = watch();
      response?.resume();
    },
    disconnect() {
      clearTimeout(timer);
      disconnected = true;
      request.destroy();
      gone.resolve(undefined);
    },
  };
}

function foreignIn(bytes: Buffer, { value }: Story): number {
  return (
    bytes
      .toString()
      .match(VALUES)
      ?.filter((found) => found !== value).length ?? 0
  );
}

const PING_BYTES = Buffer.from(PING);

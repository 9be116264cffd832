// A client with one request: requests a story, reads at its own pace, and has the response checked.

import { hash } from 'node:crypto';
import { request as httpRequest, type Agent, type IncomingMessage } from 'node:http';
import { DIGEST_HEADER } from './chaos-upstream.ts';
import { errorCodeOf, judge, PING, type Received, type Verdict } from './checker.ts';
import { replyText, requestBody, type Story } from './story.ts';

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
  readonly verdict: Verdict;
  /** The gateway's error code, if it sent an error. */
  readonly errorCode: string | undefined;
  /** The connection was refused. */
  readonly noDoor: boolean;
  /** The response had begun, so the request cannot be retried. */
  readonly spoken: boolean;
  /** Longest wait for the next byte. */
  readonly stallMs: number;
}

export interface Reservation {
  readonly story: Story;
  /** Never rejects. Stays pending if the client itself disconnects. */
  readonly outcome: Promise<Outcome>;
  /** Resolves with the first bytes of the response. */
  readonly begun: Promise<void>;
  /** Stops reading but keeps the connection. */
  stall(): void;
  goOn(): void;
  /** Destroys the connection. */
  leave(): void;
}

export function ask(target: Target, story: Story, paddingBytes = 0): Reservation {
  const outcome = Promise.withResolvers<Outcome>();
  const begun = Promise.withResolvers<void>();
  const chunks: Buffer[] = [];
  let response: IncomingMessage | undefined;
  let stalled = false;
  let left = false;
  let heardMs = performance.now();
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

  const finish = (ending: Received['ending'], noDoor = false): void => {
    clearTimeout(timer);
    target.waiting.delete(story.seed);
    // Nobody needs the outcome; checking it would delay seeing the abort.
    if (left) return;
    const id = response?.headers['request-id'];
    const bytes = Buffer.concat(chunks);
    const received = {
      status: response?.statusCode ?? 0,
      requestId: typeof id === 'string' ? id : undefined,
      bytes,
      ending,
    };
    const verdict = judge({ stream: story.stream, bytes: Buffer.from(replyText(story)) }, received);
    outcome.resolve({
      story,
      verdict,
      errorCode: verdict === 'completed' ? undefined : errorCodeOf(bytes),
      noDoor,
      spoken: received.status === 200,
      stallMs: Math.max(stallMs, performance.now() - heardMs),
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
  request.once('response', (arrived) => {
    response = arrived;
    if (stalled) arrived.pause();
    arrived.on('error', () => {});
    arrived.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (chunk.equals(PING_BYTES)) return;
      const nowMs = performance.now();
      stallMs = Math.max(stallMs, nowMs - heardMs);
      heardMs = nowMs;
      begun.resolve();
    });
    arrived.once('close', () => finish(arrived.complete ? 'end' : 'reset'));
  });
  request.end(body);

  return {
    story,
    outcome: outcome.promise,
    begun: begun.promise,
    stall() {
      stalled = true;
      clearTimeout(timer);
      response?.pause();
    },
    goOn() {
      stalled = false;
      timer = watch();
      response?.resume();
    },
    leave() {
      clearTimeout(timer);
      left = true;
      request.destroy();
    },
  };
}

const PING_BYTES = Buffer.from(PING);

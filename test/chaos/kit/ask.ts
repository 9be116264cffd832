// One client with one request: asks for a story, reads at its own pace, and has the answer judged.

import { hash } from 'node:crypto';
import { request as httpRequest, type Agent, type IncomingMessage } from 'node:http';
import { DIGEST_HEADER } from './chaos-upstream.ts';
import { errorCodeOf, judge, PING, type Received, type Verdict } from './checker.ts';
import { replyText, requestBody, type Story } from './story.ts';

/** An answer takes about two seconds; the gateway has given up on a lost worker within ten. */
const HUNG_MS = 30_000;

export interface Target {
  readonly url: string;
  readonly key: string;
  readonly agent: Agent;
  /** Seeds of the stories whose asker still waits for an end. */
  readonly waiting: Set<string>;
}

export interface Outcome {
  readonly story: Story;
  readonly verdict: Verdict;
  /** The gateway's own code, when it said an error. */
  readonly errorCode: string | undefined;
  /** Nobody was there to connect to. */
  readonly noDoor: boolean;
  /** The answer had begun: from here on a request cannot be tried again. */
  readonly spoken: boolean;
  /** Longest wait for the next byte of the story. */
  readonly stallMs: number;
}

export interface Reservation {
  readonly story: Story;
  /** Never rejects. Stays open when the client itself leaves. */
  readonly outcome: Promise<Outcome>;
  /** Resolves when the first bytes of the story have come; stays open when none do. */
  readonly begun: Promise<void>;
  /** Stops reading; the connection stays. */
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
    // Nobody asks for the answer; to judge it would only keep the process from seeing the abort.
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

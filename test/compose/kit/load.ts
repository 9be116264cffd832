// Steady load of streams through the published port. The built-in simulator writes each its own text
// slowly, so lost, repeated or mixed-up words are noticed.

import { request } from 'node:http';

export type Verdict =
  /** Every word arrived, then a clean end. */
  | 'complete'
  /** An error in Anthropic's format, as a response or as an `event: error`. */
  | 'error'
  /** The connection broke, which a client notices. */
  | 'broken'
  /** It looked complete but was not. */
  | 'corrupt';

export interface Outcome {
  readonly verdict: Verdict;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly detail: string;
}

export interface LoadOptions {
  readonly url: string;
  readonly key: string;
  /** Number of concurrent streams. */
  readonly streams: number;
  /** Duration of an undisturbed stream. */
  readonly streamMs: number;
}

export interface Load {
  /** Waits for running streams; resolves to all outcomes since the start. */
  stop(): Promise<readonly Outcome[]>;
}

const PACE_MS = 100;

export function startLoad({ url, key, streams, streamMs }: LoadOptions): Load {
  const outcomes: Outcome[] = [];
  let isStopped = false;
  let requests = 0;
  const client = async () => {
    while (!isStopped) {
      const startedMs = Date.now();
      const words = Array.from(
        { length: streamMs / PACE_MS },
        (_, index) => `w${requests}.${index}`,
      );
      requests += 1;
      const { verdict, detail } = await stream(url, key, words.join(' '));
      outcomes.push({ verdict, detail, startedMs, endedMs: Date.now() });
      // Instant rejections must not become a busy loop.
      if (verdict !== 'complete') await pause(200);
    }
  };
  const clients = Array.from({ length: streams }, (_, index) =>
    pause((index / streams) * streamMs).then(client),
  );
  return {
    async stop() {
      isStopped = true;
      await Promise.all(clients);
      return outcomes;
    },
  };
}

/** The longest period, in milliseconds, in which no stream was started that would complete. */
export function outageMs(outcomes: readonly Outcome[]): number {
  const startTimes = outcomes
    .filter(({ verdict }) => verdict === 'complete')
    .map(({ startedMs }) => startedMs)
    .toSorted((one, other) => one - other);
  const gaps = startTimes
    .slice(1)
    .map((startedMs, index) => startedMs - (startTimes[index] ?? startedMs));
  return Math.max(0, ...gaps);
}

export function count(outcomes: readonly Outcome[], verdict: Verdict): number {
  return outcomes.filter((outcome) => outcome.verdict === verdict).length;
}

/** Paces a scenario; never wait for a condition with it. */
export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

function stream(
  url: string,
  key: string,
  text: string,
): Promise<Pick<Outcome, 'verdict' | 'detail'>> {
  const body = JSON.stringify({
    model: 'claude-sonnet-5-5',
    max_tokens: 4_096,
    stream: true,
    messages: [{ role: 'user', content: 'Say it.' }],
  });
  return new Promise((resolve) => {
    const clientRequest = request(`${url}/v1/messages`, {
      method: 'POST',
      agent: false,
      headers: {
        'x-api-key': key,
        'content-type': 'application/json',
        'x-llmp-simulate': `pace=${PACE_MS} text=${text}`,
      },
    });
    clientRequest.on('error', (error) => resolve({ verdict: 'broken', detail: error.message }));
    clientRequest.on('response', (response) => {
      let received = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
      response.on('error', () => {});
      response.on('close', () =>
        resolve(outcomeOf(response.statusCode ?? 0, received, response.complete, text)),
      );
    });
    clientRequest.end(body);
  });
}

function outcomeOf(status: number, received: string, isComplete: boolean, text: string) {
  if (status !== 200) {
    const isError = /"type":"error"/.test(received);
    return {
      verdict: isError ? 'error' : 'corrupt',
      detail: `${status} ${received.slice(0, 300)}`,
    } as const;
  }
  if (received.includes('event: error')) {
    return { verdict: 'error', detail: received.slice(-300) } as const;
  }
  if (!isComplete) return { verdict: 'broken', detail: 'the connection broke' } as const;
  const output = Array.from(
    received.matchAll(/"type":"text_delta","text":("(?:[^"\\]|\\.)*")/g),
    ([, json = '""']) => JSON.parse(json) as string,
  ).join('');
  const isIntact = output === text && received.includes('event: message_stop');
  return isIntact
    ? ({ verdict: 'complete', detail: '' } as const)
    : ({
        verdict: 'corrupt',
        detail: `${text.length} characters became ${output.length}`,
      } as const);
}

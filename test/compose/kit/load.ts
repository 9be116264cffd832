// Steady streams through the published port, each with a text of its own, which the built-in simulator
// writes slowly. What came back is judged: complete, ended by a clear error, refused, or corrupt.

import { request } from 'node:http';

export type Verdict =
  /** Every word arrived, then a clean end. */
  | 'complete'
  /** A status with an error in Anthropic's shape, or an `event: error`. */
  | 'error'
  /** The connection broke in a way that a client notices. */
  | 'broken'
  /** It looked like a whole answer and was none. */
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
  /** Streams that are open at the same time. */
  readonly streams: number;
  /** How long each takes when nothing happens. */
  readonly streamMs: number;
}

export interface Load {
  /** Lets every stream end; gives all outcomes since the start. */
  stop(): Promise<readonly Outcome[]>;
}

const PACE_MS = 100;

export function startLoad({ url, key, streams, streamMs }: LoadOptions): Load {
  const outcomes: Outcome[] = [];
  let stopped = false;
  let asked = 0;
  const client = async () => {
    while (!stopped) {
      const startedMs = Date.now();
      const words = Array.from({ length: streamMs / PACE_MS }, (_, nth) => `w${asked}.${nth}`);
      asked += 1;
      const { verdict, detail } = await ask(url, key, words.join(' '));
      outcomes.push({ verdict, detail, startedMs, endedMs: Date.now() });
      // Instant refusals must not become a storm.
      if (verdict !== 'complete') await pause(200);
    }
  };
  const clients = Array.from({ length: streams }, (_, nth) =>
    pause((nth / streams) * streamMs).then(client),
  );
  return {
    async stop() {
      stopped = true;
      await Promise.all(clients);
      return outcomes;
    },
  };
}

/** The longest time in which no stream that began came to its end, in milliseconds. */
export function outageMs(outcomes: readonly Outcome[]): number {
  const good = outcomes
    .filter(({ verdict }) => verdict === 'complete')
    .map(({ startedMs }) => startedMs)
    .toSorted((one, other) => one - other);
  const gaps = good.slice(1).map((startedMs, at) => startedMs - (good[at] ?? startedMs));
  return Math.max(0, ...gaps);
}

export function count(outcomes: readonly Outcome[], verdict: Verdict): number {
  return outcomes.filter((outcome) => outcome.verdict === verdict).length;
}

/** For pacing a scenario only. */
export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

function ask(url: string, key: string, text: string): Promise<Pick<Outcome, 'verdict' | 'detail'>> {
  const body = JSON.stringify({
    model: 'claude-sonnet-5-5',
    max_tokens: 4_096,
    stream: true,
    messages: [{ role: 'user', content: 'Say it.' }],
  });
  return new Promise((resolve) => {
    const asked = request(`${url}/v1/messages`, {
      method: 'POST',
      agent: false,
      headers: {
        'x-api-key': key,
        'content-type': 'application/json',
        'x-llmp-simulate': `pace=${PACE_MS} text=${text}`,
      },
    });
    asked.on('error', (error) => resolve({ verdict: 'broken', detail: error.message }));
    asked.on('response', (response) => {
      let got = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (got += chunk));
      response.on('error', () => {});
      response.on('close', () =>
        resolve(judged(response.statusCode ?? 0, got, response.complete, text)),
      );
    });
    asked.end(body);
  });
}

function judged(status: number, got: string, complete: boolean, text: string) {
  if (status !== 200) {
    const isClear = /"type":"error"/.test(got);
    return {
      verdict: isClear ? 'error' : 'corrupt',
      detail: `${status} ${got.slice(0, 300)}`,
    } as const;
  }
  if (got.includes('event: error')) return { verdict: 'error', detail: got.slice(-300) } as const;
  if (!complete) return { verdict: 'broken', detail: 'the connection broke' } as const;
  const said = Array.from(
    got.matchAll(/"type":"text_delta","text":("(?:[^"\\]|\\.)*")/g),
    ([, json = '""']) => JSON.parse(json) as string,
  ).join('');
  const isWhole = said === text && got.includes('event: message_stop');
  return isWhole
    ? ({ verdict: 'complete', detail: '' } as const)
    : ({ verdict: 'corrupt', detail: `${text.length} characters became ${said.length}` } as const);
}

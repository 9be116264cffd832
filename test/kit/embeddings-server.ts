// An embeddings endpoint on loopback with predictable vectors and scripted failures.

import * as z from 'zod';
import {
  startScriptedUpstream,
  type RecordedRequest,
  type ScriptedResponse,
} from './scripted-upstream.ts';

const bodySchema = z.looseObject({ model: z.string(), input: z.array(z.string()) });

export interface EmbeddingsServer extends AsyncDisposable {
  /** With a path prefix; without a trailing slash. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** The body of each request so far. */
  readonly bodies: readonly Record<string, unknown>[];
  /** The texts of each request so far. */
  readonly inputs: readonly (readonly string[])[];
  nextRequest(): Promise<RecordedRequest>;
}

/** Returns a response instead of vectors; `undefined` responds with vectors. */
export type Failure = (
  texts: readonly string[],
  nth: number,
) => ScriptedResponse | undefined | Promise<ScriptedResponse | undefined>;

/** @param vectorOf by default three numbers that differ between texts */
export async function startEmbeddingsServer(
  failure: Failure = () => undefined,
  vectorOf: (text: string) => number[] = vectorOfText,
): Promise<EmbeddingsServer> {
  const server = await startScriptedUpstream(async ({ body }) => {
    const { input, model } = bodyOf(body);
    const failed = await failure(input, server.requests.length);
    if (failed) return failed;
    const data = input.map((text, index) => ({ index, embedding: vectorOf(text) }));
    // Out of order, because the API guarantees none.
    return jsonResponse({ object: 'list', model, data: data.toReversed(), usage: {} });
  });
  return {
    url: `${server.url}/v1`,
    requests: server.requests,
    get bodies() {
      return server.requests.map(({ body }) => bodyOf(body));
    },
    get inputs() {
      return server.requests.map(({ body }) => bodyOf(body).input);
    },
    nextRequest: () => server.nextRequest(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** 32-bit numbers, so that encoding and decoding change nothing. */
export function vectorOfText(text: string): number[] {
  const sum = Array.from(text, (char) => char.codePointAt(0) ?? 0).reduce((a, b) => a + b, 0);
  return [text.length, sum % 65_536, -0.5];
}

export function jsonResponse(value: unknown, status = 200, headers: readonly string[] = []) {
  const chunks = [Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))];
  return { status, headers: ['content-type', 'application/json', ...headers], chunks };
}

function bodyOf(body: Buffer) {
  return bodySchema.parse(JSON.parse(body.toString('utf8')));
}

// An embeddings endpoint on loopback whose vectors a test can foresee, and which fails as it is told.

import * as z from 'zod';
import {
  startScriptedUpstream,
  type RecordedRequest,
  type ScriptedResponse,
} from './scripted-upstream.ts';

const bodyShape = z.looseObject({ model: z.string(), input: z.array(z.string()) });

export interface EmbeddingsServer extends AsyncDisposable {
  /** With a path prefix, as endpoints have it; without a slash at the end. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** The body of each request so far. */
  readonly bodies: readonly Record<string, unknown>[];
  /** The texts of each request so far. */
  readonly inputs: readonly (readonly string[])[];
  nextRequest(): Promise<RecordedRequest>;
}

/** What a request is answered with; undefined answers with vectors. */
export type Failure = (
  texts: readonly string[],
  nth: number,
) => ScriptedResponse | undefined | Promise<ScriptedResponse | undefined>;

/** @param vectorOf by default three numbers that tell texts apart */
export async function startEmbeddingsServer(
  failure: Failure = () => undefined,
  vectorOf: (text: string) => number[] = vectorOfText,
): Promise<EmbeddingsServer> {
  const server = await startScriptedUpstream(async ({ body }) => {
    const { input, model } = bodyOf(body);
    const failed = await failure(input, server.requests.length);
    if (failed) return failed;
    const data = input.map((text, index) => ({ index, embedding: vectorOf(text) }));
    // Out of order, as nobody has promised one.
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

/** Of 32-bit numbers, so that the way there and back changes nothing. */
export function vectorOfText(text: string): number[] {
  const sum = Array.from(text, (message) => message.codePointAt(0) ?? 0).reduce((a, b) => a + b, 0);
  return [text.length, sum % 65_536, -0.5];
}

export function jsonResponse(value: unknown, status = 200, headers: readonly string[] = []) {
  const chunks = [Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))];
  return { status, headers: ['content-type', 'application/json', ...headers], chunks };
}

function bodyOf(body: Buffer) {
  return bodyShape.parse(JSON.parse(body.toString('utf8')));
}

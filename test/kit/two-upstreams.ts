// A gateway before two scripted upstreams, of which the first is nearly always chosen.

import { startGateway, type Gateway } from './gateway.ts';
import { sendRaw, type RawResponse } from './raw-client.ts';
import {
  startScriptedUpstream,
  type ScriptedResponse,
  type ScriptedUpstream,
} from './scripted-upstream.ts';

export const MODEL = 'claude-haiku-4-5';
const USAGE = { input_tokens: 1, output_tokens: 1 };
export const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: MODEL,
  content: [{ type: 'text', text: 'Hello' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: USAGE,
};

export function event(type: string, fields: object = {}): Uint8Array {
  return Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
}

export const PING = event('ping');
export const START = event('message_start', {
  message: { ...MESSAGE, content: [], stop_reason: null },
});
export const CONTENT = [
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hello' } }),
];
export const END = [
  event('content_block_stop', { index: 0 }),
  event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: USAGE }),
  event('message_stop'),
];

export function errorJson(type: string, message = 'no'): string {
  return JSON.stringify({ type: 'error', error: { type, message } });
}

export function errorEvent(type: string, message = 'no'): Uint8Array {
  return Buffer.from(`event: error\ndata: ${errorJson(type, message)}\n\n`);
}

export function jsonResponse(status: number, json: string): ScriptedResponse {
  return { status, headers: ['content-type', 'application/json'], chunks: [Buffer.from(json)] };
}

export function streamResponse(chunks: ScriptedResponse['chunks']): ScriptedResponse {
  return { status: 200, headers: ['content-type', 'text/event-stream'], chunks };
}

export function success(path: string, isStream: boolean): ScriptedResponse {
  if (path.includes('count_tokens')) return jsonResponse(200, '{"input_tokens":5}');
  if (path.includes('models')) return jsonResponse(200, '{"data":[],"has_more":false}');
  return isStream
    ? streamResponse([START, ...CONTENT, ...END])
    : jsonResponse(200, JSON.stringify(MESSAGE));
}

export type Script = (path: string, isStream: boolean) => ScriptedResponse;

export interface TwoUpstreams extends AsyncDisposable {
  /** Sends a request to the gateway; a conversation unless the path is that of models. */
  ask(path: string, isStream?: boolean, model?: string): Promise<RawResponse>;
  /** Calls of each upstream so far. */
  readonly counts: () => { readonly first: number; readonly second: number };
  readonly first: ScriptedUpstream;
  readonly gateway: Gateway;
}

export async function startTwoUpstreams(
  scripted: Script,
  options: {
    readonly keys?: readonly string[];
    readonly attempts?: number;
    /** Of the second one, which succeeds by default. */
    readonly second?: Script;
  } = {},
): Promise<TwoUpstreams> {
  const stack = new AsyncDisposableStack();
  const isStream = (body: Buffer) => body.includes('"stream":true');
  const first = stack.use(
    await startScriptedUpstream(({ url, body }) => scripted(url, isStream(body))),
  );
  const { keys = ['key-one'], attempts = 3, second: other = success } = options;
  const second = stack.use(
    await startScriptedUpstream(({ url, body }) => other(url, isStream(body))),
  );
  const upstreams = {
    version: 1,
    max_attempts: attempts,
    upstreams: [
      { name: 'first', url: first.url, keys, weight: 1000 },
      { name: 'second', url: second.url, keys: ['key-two'], weight: 0.001 },
    ],
  };
  const env = { LLMP_UPSTREAMS: JSON.stringify(upstreams) };
  const gateway = stack.use(await startGateway({ bus: 'embedded', env }));
  return {
    first,
    gateway,
    counts: () => ({ first: first.requests.length, second: second.requests.length }),
    ask(path, stream = false, model = MODEL) {
      const headers = ['x-api-key', gateway.key, 'content-type', 'application/json'];
      if (path.startsWith('/v1/models')) {
        return sendRaw(gateway.url, { method: 'GET', path, headers });
      }
      const messages = [{ role: 'user', content: 'Hello' }];
      const request = { model, max_tokens: 10, stream, messages };
      const body = Buffer.from(JSON.stringify(request));
      return sendRaw(gateway.url, { method: 'POST', path, headers, body });
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

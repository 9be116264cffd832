// Calls the simulator directly and parses its responses as strictly as any SDK.

import { requestBodyOf } from './request-messages.ts';
import { createSimulator } from '../../services/upstream/simulator/simulator.ts';
import type { UpstreamResponse } from '../../services/upstream/transport.ts';
import { headerOf } from '../../shared/runtime/raw-headers.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';

export type Json = Record<string, unknown>;

export interface Ask {
  readonly method?: 'GET' | 'POST';
  readonly path?: string;
  /** A value sent as JSON, or a raw body. */
  readonly body?: Json | string;
  /** Value of `x-llmp-simulate`. */
  readonly simulate?: string;
  readonly signal?: AbortSignal;
}

export interface Simulation {
  readonly clock: FakeClock;
  readonly ask: (question: Ask) => Promise<UpstreamResponse>;
  /** Sends one user message, a text or blocks. */
  readonly say: (content: unknown, more?: Json, ask?: Ask) => Promise<UpstreamResponse>;
}

/** A separate simulator on a paused clock. */
export function createSimulation(options: { paceMs?: number } = {}): Simulation {
  const clock = createFakeClock();
  const transport = createSimulator({ clock, ...options });
  const ask = ({ method = 'POST', path = '/v1/messages', body, simulate, signal }: Ask) =>
    transport({
      method,
      path,
      headers: simulate === undefined ? [] : ['X-Llmp-Simulate', simulate],
      body: requestBodyOf(typeof body === 'string' ? body : JSON.stringify(body ?? {})),
      signal: signal ?? new AbortController().signal,
    });
  const say = (content: unknown, more: Json = {}, rest: Ask = {}) =>
    ask({ ...rest, body: { ...userSays(content), ...more } });
  return { clock, ask, say };
}

/** The smallest valid request. */
export function userSays(content: unknown) {
  return { model: 'claude-test', max_tokens: 100, messages: [{ role: 'user', content }] };
}

/** The body as text; rejects if the stream breaks. */
export async function textOf(reply: UpstreamResponse): Promise<string> {
  return Buffer.concat(await Array.fromAsync(reply.body)).toString();
}

export async function jsonOf(reply: UpstreamResponse): Promise<Json> {
  if (headerOf(reply.headers, 'content-type') !== 'application/json') throw new Error('not JSON');
  return JSON.parse(await textOf(reply));
}

/** Type and message of an error response. */
export async function errorOf(reply: UpstreamResponse) {
  const { error } = await jsonOf(reply);
  return { status: reply.status, ...(error as { type: string; message: string }) };
}

/** Data of each event. Throws unless the framing is exactly `event`, `data`, blank line. */
export function parseEvents(stream: string): Json[] {
  const events = stream.split('\n\n');
  if (events.pop() !== '') throw new Error('the last event is not complete');
  return events.map((event) => {
    const [, name, data = ''] = /^event: (\w+)\ndata: ([^\n\r]+)$/.exec(event) ?? [];
    const value: Json = JSON.parse(data);
    if (value['type'] !== name) throw new Error(`event ${name} carries ${String(value['type'])}`);
    return value;
  });
}

export async function eventsOf(reply: UpstreamResponse): Promise<Json[]> {
  return parseEvents(await textOf(reply));
}

interface Accumulating extends Json {
  content: Json[];
}

/** Assembles a stream like the SDKs: blocks are appended, deltas address them by index. */
export function accumulate(events: readonly Json[]): Json {
  const message = structuredClone(events[0]?.['message']) as Accumulating;
  const inputs = new Map<Json, string>();
  for (const event of events) {
    const delta = (event['delta'] ?? {}) as Record<string, string>;
    const block = message.content[Number(event['index'])] ?? {};
    switch (event['type'] === 'content_block_delta' ? delta['type'] : event['type']) {
      case 'content_block_start':
        message.content.push(structuredClone(event['content_block']) as Json);
        break;
      case 'text_delta':
        block['text'] = `${String(block['text'])}${delta['text']}`;
        break;
      case 'thinking_delta':
        block['thinking'] = `${String(block['thinking'])}${delta['thinking']}`;
        break;
      case 'signature_delta':
        block['signature'] = delta['signature'];
        break;
      case 'input_json_delta':
        inputs.set(block, `${inputs.get(block) ?? ''}${delta['partial_json']}`);
        break;
      case 'message_delta':
        Object.assign(message, delta);
        Object.assign(message['usage'] as Json, event['usage']);
        break;
      default:
    }
  }
  for (const [block, input] of inputs) block['input'] = JSON.parse(input);
  return message;
}

/** Replaces random ids, so that two responses can be compared. */
export function withoutIds<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value).replaceAll(/_sim_\w+/g, '_sim'));
}

// Tells what a body is by its first bytes, because the content types of proxies and routers are often wrong.

import * as z from 'zod';
import { eventData } from '../../../shared/anthropic/sse/event-data.ts';
import { eventName, EventSplitter } from '../../../shared/anthropic/sse/event-splitter.ts';
import { headerOf, isEventStream } from '../../../shared/runtime/raw-headers.ts';
import type { BodyKind, UpstreamError } from '../transport.ts';

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const EVENT_FIELD = /^(?:event|data|id|retry)?:/;
const EVENT_FIELD_CHARS = 'event:'.length;
/** Enough to recognize any kind. */
const SAMPLE_BYTES = 64;

/** Length of the byte order mark that a body starts with; JSON must not have one (RFC 8259, 8.1). */
export function byteOrderMarkBytes(start: Buffer): number {
  const { length } = BYTE_ORDER_MARK;
  return start.subarray(0, length).equals(BYTE_ORDER_MARK) ? length : 0;
}

/** Whether these bytes decide the kind of the body. */
export function decidesKind(start: Buffer): boolean {
  const isMarkCut =
    start.length < BYTE_ORDER_MARK.length &&
    start.equals(BYTE_ORDER_MARK.subarray(0, start.length));
  if (isMarkCut) return false;
  const sample = sampleOf(start);
  return /^[{[<]/.test(sample) || sample.length >= EVENT_FIELD_CHARS || sample.includes(':');
}

/** @param isWhole the body has no more bytes than `start` */
export function bodyKindOf(start: Buffer, isWhole: boolean, headers: readonly string[]): BodyKind {
  const sample = sampleOf(start);
  if (sample === '') {
    if (isWhole) return isEventStream(headers) && start.length > 0 ? 'events' : 'empty';
    return declaredKind(headers);
  }
  if (sample.startsWith('{') || sample.startsWith('[')) return 'json';
  if (sample.startsWith('<')) return 'page';
  return isEventStream(headers) || EVENT_FIELD.test(sample) ? 'events' : 'text';
}

function declaredKind(headers: readonly string[]): BodyKind {
  const type = headerOf(headers, 'content-type')?.toLowerCase() ?? '';
  if (isEventStream(headers)) return 'events';
  return /\bhtml\b/.test(type) ? 'page' : 'json';
}

function sampleOf(start: Buffer): string {
  let at = byteOrderMarkBytes(start);
  while (at < start.length && isWhiteSpace(start[at])) at += 1;
  return start.toString('latin1', at, at + SAMPLE_BYTES);
}

function isWhiteSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

/** Anthropic's error envelope, and those of routers that omit `type` or send `code` instead. */
const errorFormat = z.looseObject({
  type: z.unknown().optional(),
  content: z.unknown().optional(),
  error: z.looseObject({
    type: z.string().nullish().catch(undefined),
    code: z.union([z.string(), z.number()]).nullish().catch(undefined),
    message: z.string().catch(''),
  }),
});

/** The error in the JSON of a body or an event; `undefined` for anything else. */
export function errorIn(json: string): UpstreamError | undefined {
  if (!json.includes('"error"')) return undefined;
  const { data } = errorFormat.safeParse(jsonOrUndefined(json));
  // A message may have a field of that name.
  if (!data || data.content !== undefined) return undefined;
  if (data.type !== undefined && data.type !== 'error') return undefined;
  const { type, code, message } = data.error;
  const status = Number(code ?? Number.NaN);
  const isStatus = Number.isInteger(status) && status >= 400 && status <= 599;
  const named = type ?? (typeof code === 'string' && !isStatus ? code : '');
  return { type: named, message, ...(isStatus ? { status } : {}) };
}

const errorText = z.looseObject({
  error: z.string().min(1),
  content: z.undefined().optional(),
});

/** The error in a body with a success status; some routers send a string as `error`. */
export function errorInSuccess(json: string): UpstreamError | undefined {
  const error = errorIn(json);
  if (error || !json.includes('"error"')) return error;
  const { data } = errorText.safeParse(jsonOrUndefined(json));
  return data && { type: '', message: data.error };
}

/** The value of a JSON text; `undefined` if it is invalid or cut short. */
export function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The JSON of the first event with an error, if any. The last event may be incomplete. */
export function errorEventJson(events: Buffer): string | undefined {
  return new EventSplitter()
    .push(Buffer.concat([events, Buffer.from('\n\n')]))
    .map((event) => eventJson(event))
    .find((json) => json !== undefined && errorIn(json) !== undefined);
}

const typedEvent = z.looseObject({ type: z.string() });

/** The name of an event, or the type in the data of one without a name; empty for a comment. */
export function eventType(event: Uint8Array): string {
  const name = eventName(event);
  if (name !== 'message') return name;
  const json = eventJson(event);
  if (json === undefined) return '';
  if (errorIn(json)) return 'error';
  return typedEvent.safeParse(jsonOrUndefined(json)).data?.type ?? name;
}

/** The data of an event as text. */
export function eventJson(event: Uint8Array): string | undefined {
  const bytes = Buffer.from(event.buffer, event.byteOffset, event.byteLength);
  const data = eventData(bytes.toString('latin1'));
  return data && Buffer.from(data.json, 'latin1').toString('utf8');
}

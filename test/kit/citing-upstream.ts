// An upstream that cites every search result of a request by index and signs its thinking together
// with the conversation before it. It rejects a request in which that conversation was changed.

import { createHash } from 'node:crypto';
import { startScriptedUpstream, type ScriptedUpstream } from './scripted-upstream.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface CitedRequest {
  readonly system?: Json;
  readonly messages: readonly { readonly role: string; readonly content: Json }[];
  readonly stream?: boolean;
}

interface Block {
  readonly type?: string;
  readonly title?: string;
  readonly source?: string;
  readonly signature?: string;
  readonly content?: Json;
}

export interface CitingUpstream extends AsyncDisposable {
  readonly url: string;
  /** Requests, in order of arrival. */
  readonly requests: readonly CitedRequest[];
  /** Request bodies as text. */
  readonly bodies: readonly string[];
  readonly scripted: ScriptedUpstream;
}

export async function startCitingUpstream(): Promise<CitingUpstream> {
  const scripted = await startScriptedUpstream(({ url, body }) => {
    const request = JSON.parse(body.toString()) as CitedRequest;
    if (url.includes('count_tokens')) return json(200, { input_tokens: body.byteLength });
    if (!isUnchanged(request)) return json(400, REFUSAL);
    const content = contentFor(request);
    if (request.stream !== true) return json(200, messageOf(content));
    const headers = ['content-type', 'text/event-stream'];
    return { status: 200, headers, chunks: [Buffer.from(eventsOf(content))] };
  });
  return {
    url: scripted.url,
    scripted,
    get requests() {
      return scripted.requests.map(({ body }) => JSON.parse(body.toString()) as CitedRequest);
    },
    get bodies() {
      return scripted.requests.map(({ body }) => body.toString());
    },
    [Symbol.asyncDispose]: () => scripted[Symbol.asyncDispose](),
  };
}

const REFUSAL = {
  type: 'error',
  error: {
    type: 'invalid_request_error',
    message:
      'Invalid `signature` in `thinking` block. The block is bound to a different conversation',
  },
};

/** All search results of a request, in the order of the API. */
export function searchResultsOf({ messages }: CitedRequest): Block[] {
  const found: Block[] = [];
  const visit = (value: Json): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (isBlock(value)) {
      if (value.type === 'search_result') found.push(value);
      else if (value.content !== undefined) visit(value.content);
    }
  };
  for (const { content } of messages) visit(content);
  return found;
}

function isBlock(value: Json): value is Json & Block {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function blocksOf(content: Json): readonly Json[] {
  return Array.isArray(content) ? content : [{ type: 'text', text: content }];
}

/** Signs everything except cache markers, which may move. */
function signatureOf({ system = null }: CitedRequest, before: CitedRequest['messages']): string {
  const turns = before.map(({ role, content }) => ({ role, content: blocksOf(content) }));
  const text = JSON.stringify({ system, turns }, (key, value: Json) =>
    key === 'cache_control' ? undefined : value,
  );
  return createHash('sha256').update(text).digest('base64');
}

function isUnchanged(request: CitedRequest): boolean {
  return request.messages.every(({ content }, at) =>
    blocksOf(content).every(
      (block) =>
        !isBlock(block) ||
        block.type !== 'thinking' ||
        block.signature === signatureOf(request, request.messages.slice(0, at)),
    ),
  );
}

function contentFor(request: CitedRequest) {
  const thinking = {
    type: 'thinking',
    thinking: 'Let me see.',
    signature: signatureOf(request, request.messages),
  };
  const citations = searchResultsOf(request).map(({ title, source }, search_result_index) => ({
    type: 'search_result_location',
    cited_text: 'cited',
    source,
    title,
    search_result_index,
    start_block_index: 0,
    end_block_index: 1,
  }));
  return [thinking, { type: 'text', text: 'So it is.', citations }];
}

const USAGE = { input_tokens: 10, output_tokens: 5 };

function messageOf(content: readonly object[]) {
  const fields = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-test' };
  return { ...fields, content, stop_reason: 'end_turn', stop_sequence: null, usage: USAGE };
}

function json(status: number, value: object) {
  const bytes = Buffer.from(JSON.stringify(value));
  return { status, headers: ['content-type', 'application/json'], chunks: [bytes] };
}

function eventsOf([thinking, text]: ReturnType<typeof contentFor>): string {
  const event = (data: { readonly type: string; readonly [field: string]: unknown }) =>
    `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
  const delta = (index: number, fields: object) =>
    event({ type: 'content_block_delta', index, delta: fields });
  const { signature } = thinking as { signature: string };
  const { citations } = text as { citations: object[] };
  return [
    event({ type: 'message_start', message: { ...messageOf([]), stop_reason: null } }),
    event({
      type: 'content_block_start',
      index: 0,
      content_block: { type: 'thinking', thinking: '', signature: '' },
    }),
    delta(0, { type: 'thinking_delta', thinking: 'Let me see.' }),
    delta(0, { type: 'signature_delta', signature }),
    event({ type: 'content_block_stop', index: 0 }),
    event({
      type: 'content_block_start',
      index: 1,
      content_block: { type: 'text', text: '', citations: [] },
    }),
    delta(1, { type: 'text_delta', text: 'So it is.' }),
    ...citations.map((citation) => delta(1, { type: 'citations_delta', citation })),
    event({ type: 'content_block_stop', index: 1 }),
    event({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: USAGE,
    }),
    event({ type: 'message_stop' }),
  ].join('');
}

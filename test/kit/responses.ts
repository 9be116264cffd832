// Model responses, buffered or as a stream cut at chosen places, and a strict client that throws where a
// real one would lose or misplace content.

export type Block =
  | { readonly type: 'text'; readonly text: string; readonly citations?: readonly object[] }
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | {
      readonly type: 'tool_use' | 'server_tool_use';
      readonly id: string;
      readonly name: string;
      /** The input as JSON text. */
      readonly json: string;
    }
  | { readonly type: 'web_search_tool_result'; readonly content: unknown };

/** The buffered response. */
export function responseBody(blocks: readonly Block[]): string {
  const content = blocks.map((block) => {
    if (!('json' in block)) return JSON.stringify(block);
    const { json, ...rest } = block;
    return `${JSON.stringify(rest).slice(0, -1)},"input":${json}}`;
  });
  return `{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[${content.join()}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"output_tokens":9}}`;
}

/** How a text is cut into deltas. */
export type Cutting = (text: string, block: number) => readonly string[];

export function cutAt(text: string, ...places: readonly number[]): string[] {
  const ends = [...places, text.length];
  return ends.map((end, at) => text.slice(ends[at - 1] ?? 0, end));
}

/** The same response as a stream, one string per event. */
export function responseEvents(
  blocks: readonly Block[],
  cut: Cutting = (text) => [text],
  lineEnd = '\n',
): string[] {
  const message = { ...(JSON.parse(responseBody([])) as object), stop_reason: null };
  const events: ({ type: string } & Record<string, unknown>)[] = [
    { type: 'message_start', message },
    { type: 'ping' },
  ];
  for (const [index, block] of blocks.entries()) {
    const delta = (type: string, fields: object) =>
      events.push({ type: 'content_block_delta', index, delta: { type, ...fields } });
    const start = (content: object) =>
      events.push({ type: 'content_block_start', index, content_block: content });
    if (block.type === 'text') {
      start({ type: 'text', text: '' });
      for (const text of cut(block.text, index)) delta('text_delta', { text });
      for (const citation of block.citations ?? []) delta('citations_delta', { citation });
    } else if (block.type === 'thinking') {
      start({ type: 'thinking', thinking: '', signature: '' });
      for (const thinking of cut(block.thinking, index)) {
        delta('thinking_delta', { thinking });
      }
      delta('signature_delta', { signature: block.signature });
    } else if ('json' in block) {
      const { json, ...rest } = block;
      start({ ...rest, input: {} });
      for (const partial of cut(json, index)) {
        delta('input_json_delta', { partial_json: partial });
      }
    } else start(block);
    events.push({ type: 'content_block_stop', index });
  }
  events.push({
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 9 },
  });
  events.push({ type: 'message_stop' });
  return events.map((event) => sseEvent(event.type, event, lineEnd));
}

export function sseEvent(name: string, data: unknown, lineEnd = '\n'): string {
  return `event: ${name}${lineEnd}data: ${JSON.stringify(data)}${lineEnd}${lineEnd}`;
}

interface ReadBlock {
  [field: string]: unknown;
  type: string;
}

interface ReadEvent {
  readonly type: string;
  readonly index?: number;
  readonly content_block?: ReadBlock;
  readonly delta?: Readonly<Record<string, unknown>>;
}

export interface ReadResponse {
  /** The blocks as a client assembles them. */
  readonly content: readonly ReadBlock[];
  /** JSON text of tool inputs, by block index. */
  readonly json: Readonly<Record<number, string>>;
}

/** Assembles a stream as an SDK does. */
export function readResponse(stream: string): ReadResponse {
  const content: ReadBlock[] = [];
  const json: Record<number, string> = {};
  let open = -1;
  let hasEnded = false;
  for (const event of stream.split(/(?<=\n\n|\r\n\r\n|\r\r)/)) {
    const [named, dataLine, ...more] = event.split(/\r\n|\n|\r/);
    const data = JSON.parse((dataLine ?? '').replace(/^data: /, '')) as ReadEvent;
    const { type, index, content_block: started, delta } = data;
    if (hasEnded || more.join('') !== '' || named !== `event: ${type}`) throw new Error(event);
    const block = content[open];
    if (type === 'content_block_start' && started) {
      if (block || index !== content.length) throw new Error(event);
      open = index;
      content.push({ ...started });
    } else if (type === 'content_block_delta' && delta) {
      if (!block || index !== open) throw new Error(event);
      addDelta(block, delta, (part) => (json[open] = (json[open] ?? '') + part));
    } else if (type === 'content_block_stop') {
      if (!block || index !== open) throw new Error(event);
      if (open in json) block['input'] = JSON.parse(json[open] ?? '');
      open = -1;
    } else if (type === 'message_stop') {
      if (block) throw new Error(event);
      hasEnded = true;
    }
  }
  if (!hasEnded) throw new Error('the stream has no end');
  return { content, json };
}

function addDelta(
  block: ReadBlock,
  { type, ...fields }: Readonly<Record<string, unknown>>,
  addJson: (part: string) => void,
): void {
  if (type === 'input_json_delta') return addJson(String(fields['partial_json']));
  if (type === 'citations_delta') {
    const before = (block['citations'] ?? []) as object[];
    block['citations'] = [...before, fields['citation']];
    return;
  }
  for (const [name, part] of Object.entries(fields))
    block[name] = String(block[name]) + String(part);
}

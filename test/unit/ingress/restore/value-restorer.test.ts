import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  IssuedPlaceholders,
  SPELLING_LENGTH_MAX,
} from '../../../../services/ingress/restore/issued-placeholders.ts';
import { restoring } from '../../../../services/ingress/restore/restore-response.ts';
import { StreamSource } from '../../../../shared/anthropic/sse/event-source.ts';
import { EMPTY_VAULT, type Vault } from '../../../../shared/privacy/vault.ts';
import { sseEvent } from '../../../kit/responses.ts';
import { replyCases } from '../../../kit/corpus.ts';
import { cut, cutPlaces } from '../../../kit/event-texts.ts';
import { EMAIL, NAME, placeholderText, VALUES } from '../../../kit/placeholders.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { issued } from '../../../kit/vaults.ts';

const VAULT: Vault = { ...EMPTY_VAULT, values: issued(VALUES) };
const ANN = 'ann.miller@corp.example';

function openRestorer(vault = VAULT) {
  const restorer = restoring(new StreamSource(), vault);
  const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');
  return {
    push: (text: string) => textOf(restorer.push(Buffer.from(text))),
    breakOff: () => textOf(restorer.breakOff(new Error('reset'))),
    end: () => textOf(restorer.end()),
  };
}

const delta = (type: string, fields: object, index = 0, lineEnd = '\n') =>
  sseEvent(
    'content_block_delta',
    { type: 'content_block_delta', index, delta: { type, ...fields } },
    lineEnd,
  );
const text = (words: string, index = 0, lineEnd = '\n') =>
  delta('text_delta', { text: words }, index, lineEnd);
const input = (json: string, index = 0) => delta('input_json_delta', { partial_json: json }, index);
const stop = (index = 0, lineEnd = '\n') =>
  sseEvent('content_block_stop', { type: 'content_block_stop', index }, lineEnd);
const start = (block: object, index = 0) =>
  sseEvent('content_block_start', {
    type: 'content_block_start',
    index,
    content_block: block,
  });
const PING = 'event: ping\ndata: {"type": "ping"}\n\n';
const END = sseEvent('message_stop', { type: 'message_stop' });

describe('a restored stream', () => {
  it('holds back the start of a placeholder until the delta that completes it', () => {
    const stream = openRestorer();
    expect(stream.push(text('Hi PII_EM'))).toBe(text('Hi '));
    expect(stream.push(text('AIL_7k3qx'))).toBe('');
    expect(stream.push(text('5ta, bye'))).toBe(text(`${ANN}, bye`));
  });

  it('holds back a single P, and only text that may become a placeholder', () => {
    const stream = openRestorer();
    expect(stream.push(text('STOP'))).toBe(text('STO'));
    expect(stream.push(text('PING'))).toBe(text('PPING'));
    expect(stream.push(text('halt'))).toBe(text('halt'));
    expect(stream.push(text('stop'))).toBe(text('sto'));
    expect(stream.push(text('ping'))).toBe(text('pping'));
  });

  it('always returns all text that cannot become a placeholder', () => {
    checkProperty(
      fc.property(fc.array(placeholderText, { maxLength: 5 }), (parts) => {
        const stream = openRestorer(EMPTY_VAULT);
        let pushed = '';
        let seen = '';
        for (const part of parts) {
          pushed += part;
          const event = stream.push(text(part));
          if (event) seen += readText(event);
          const { heldFrom } = new IssuedPlaceholders(issued({})).findIn(pushed, false);
          expect(seen).toBe(pushed.slice(0, heldFrom));
          expect(pushed.length - heldFrom).toBeLessThanOrEqual(SPELLING_LENGTH_MAX);
        }
      }),
    );
  });

  it('returns held text in a delta before the block stops', () => {
    const stream = openRestorer();
    expect(stream.push(text('PII_EMAIL_7k3', 4))).toBe('');
    expect(stream.push(stop(4))).toBe(text('PII_EMAIL_7k3', 4) + stop(4));
    expect(stream.push(END) + stream.end()).toBe(END);
  });

  it('returns held tool input as a delta of that type', () => {
    const stream = openRestorer();
    expect(stream.push(input('{"a":"\\nPII_\\'))).toBe(input('{"a":"\\n'));
    expect(stream.push(stop())).toBe(input('PII_\\') + stop());
  });

  it.each([
    ['message_delta', sseEvent('message_delta', { type: 'message_delta', delta: {}, usage: {} })],
    ['message_stop', END],
    ['another block of that index', start({ type: 'text', text: '' })],
  ])('returns held text before %s if the block was not stopped', (_, event) => {
    const stream = openRestorer();
    stream.push(text('PII'));
    expect(stream.push(event)).toBe(text('PII') + event);
    expect(stream.end()).toBe('');
  });

  it('returns the held text of all blocks when the stream ends, then its last bytes', () => {
    const stream = openRestorer();
    stream.push(text('P', 0) + text('PI', 1) + 'data: half');
    expect(stream.end()).toBe(`${text('P', 0)}${text('PI', 1)}data: half`);
  });

  it('returns neither the start of a placeholder nor a partial event when the stream breaks off', () => {
    const stream = openRestorer();
    stream.push(`${text('PII')}event: content_block_delta\ndata: {"ha`);
    expect(stream.breakOff()).toBe('');
  });

  it('drops the start of a placeholder before an error', () => {
    const error = sseEvent('error', { type: 'error', error: { type: 'api_error', message: 'x' } });
    const stream = openRestorer();
    stream.push(text('PII_EMAIL_7k') + input('{"a":"PII_', 1));
    expect(stream.push(error)).toBe(error);
    expect(stream.end()).toBe('');
  });

  it('keeps blocks separate', () => {
    const stream = openRestorer();
    expect(stream.push(text('PII_EMAIL_', 0) + text('PII_NAME_', 1))).toBe('');
    expect(stream.push(text('aaaaaaaa', 1))).toBe(text(VALUES[NAME] ?? '', 1));
    expect(stream.push(text('7k3qx5ta', 0))).toBe(text(ANN, 0));
  });

  it('passes pings, comments and citations while holding text', () => {
    const stream = openRestorer();
    stream.push(text('PII_EMAIL_'));
    const comment = ': still here\n\n';
    const citation = delta('citations_delta', { citation: { type: 'x', cited_text: 'c' } });
    expect(stream.push(PING + comment + citation)).toBe(PING + comment + citation);
    expect(stream.push(text('7k3qx5ta'))).toBe(text(ANN));
  });

  it('never joins text and tool input, even in one block', () => {
    const stream = openRestorer();
    stream.push(text('PII_EMAIL_'));
    expect(stream.push(input('7k3qx5ta'))).toBe(text('PII_EMAIL_') + input('7k3qx5ta'));
  });

  it('continues the initial text of a block', () => {
    const stream = openRestorer();
    const block = (words: string) => start({ type: 'text', text: words });
    expect(stream.push(block(`${EMAIL} PII_EMAIL_`))).toBe(block(`${ANN} `));
    expect(stream.push(text('7k3qx5ta'))).toBe(text(ANN));
  });

  it('passes an empty delta, but creates none', () => {
    const stream = openRestorer();
    expect(stream.push(text(''))).toBe(text(''));
    expect(stream.push(text('P') + text(''))).toBe(text(''));
    expect(stream.push(text('II') + text('_'))).toBe('');
  });

  it.each([
    ['thinking_delta', { thinking: `${EMAIL} PII` }],
    ['signature_delta', { signature: `${EMAIL}PII` }],
    ['compaction_delta', { content: EMAIL, encrypted_content: 'PII' }],
  ])('does not change a %s', (type, fields) => {
    const stream = openRestorer();
    const events = delta(type, fields) + stop();
    expect(stream.push(events) + stream.end()).toBe(events);
  });

  it('does not change thinking or encrypted content at the start of a block', () => {
    const blocks = [
      { type: 'thinking', thinking: EMAIL, signature: EMAIL },
      { type: 'redacted_thinking', data: EMAIL },
      { type: 'compaction', content: EMAIL },
      {
        type: 'web_search_tool_result',
        content: [{ type: 'web_search_result', encrypted_content: EMAIL }],
      },
    ];
    const events = blocks.map((block, index) => start(block, index)).join('');
    expect(openRestorer().push(events)).toBe(events);
  });

  it('restores complete fields: tool inputs and results, messages, stop sequences, errors', () => {
    const of = (value: string) =>
      start({ type: 'tool_use', id: 'toolu_1', name: 'x', input: { [value]: value } }) +
      start({ type: 'code_execution_result', stdout: value }, 1) +
      sseEvent('message_start', { type: 'message_start', message: { content: [], note: value } }) +
      sseEvent('message_delta', { type: 'message_delta', delta: { stop_sequence: value } }) +
      sseEvent('new_event', { type: 'new_event', words: [value] }) +
      delta('new_delta', { words: value }) +
      sseEvent('error', { type: 'error', error: { type: 'api_error', message: value } });
    expect(openRestorer().push(of(EMAIL))).toBe(of(ANN));
  });

  it('restores a citation and maps its offsets', () => {
    const vault: Vault = { ...VAULT, documents: { 1: [[3, 18, 23]] } };
    const citation = (cited: string, end: number) =>
      delta('citations_delta', {
        citation: {
          type: 'char_location',
          cited_text: cited,
          document_index: 1,
          document_title: cited,
          start_char_index: 3,
          end_char_index: end,
        },
      });
    expect(openRestorer(vault).push(citation(EMAIL, 21))).toBe(citation(ANN, 26));
    expect(openRestorer(vault).push(citation('no token', 30))).toBe(citation('no token', 35));
  });

  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('keeps %s line ends', (_, lineEnd) => {
    const stream = openRestorer();
    const seen = stream.push(
      text(`${EMAIL} P`, 0, lineEnd) + stop(0, lineEnd) + text('x', 1, lineEnd),
    );
    expect(seen + stream.end()).toBe(
      text(`${ANN} `, 0, lineEnd) +
        text('P', 0, lineEnd) +
        stop(0, lineEnd) +
        text('x', 1, lineEnd),
    );
  });

  it('reads multi-line data and writes it as one line if changed', () => {
    const event = (words: string) =>
      `event: content_block_delta\ndata: {"type":"content_block_delta",\ndata:  "index":0,\ndata:"delta":{"type":"text_delta","text":"${words}"}}\n\n`;
    expect(openRestorer().push(event('x'))).toBe(event('x'));
    expect(openRestorer().push(event(EMAIL))).toBe(
      `event: content_block_delta\ndata: {"type":"content_block_delta",  "index":0, "delta":{"type":"text_delta","text":"${ANN}"}}\n\n`,
    );
  });

  it('changes no byte of an event besides the placeholder', () => {
    const event = (value: string) =>
      `id: 7\nevent: content_block_delta\ndata:{ "delta" : {"type":"text_delta","x":1.0,"text":"caf\\u00e9 \\/ ${value}"},"index":0,"type":"content_block_delta","n":12345678901234567890}\n: c\n\n`;
    expect(openRestorer().push(event(EMAIL))).toBe(event(ANN));
  });

  it.each([
    ['is not JSON', `event: x\ndata: ${EMAIL}\n\n`],
    ['has no data', `event: ${EMAIL}\n: ${EMAIL}\n\n`],
    ['is a number', 'data: 1\n\n'],
    [
      'has no index',
      'data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"P"}}\n\n',
    ],
    [
      'has text that is not a string',
      'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":["P"]}}\n\n',
    ],
  ])('passes an event that %s', (_, event) => {
    const stream = openRestorer();
    expect(stream.push(event) + stream.end()).toBe(event);
  });

  it('returns an event of megabytes once it is complete', () => {
    const stream = openRestorer();
    const event = (value: string) => text(`${'é'.repeat(1_000_000)}${value}`);
    const bytes = event(EMAIL);
    expect(stream.push(bytes.slice(0, 500_000))).toBe('');
    expect(stream.push(bytes.slice(500_000)) === event(ANN)).toBe(true);
  });

  const CUT_ESCAPE = 'stream-tool-use-split-inside-escapes';
  const streams = replyCases().filter(
    ({ name }) => name.startsWith('stream-') && name !== CUT_ESCAPE,
  );
  it.each(streams)('passes a stream without placeholders byte for byte: $name', ({ body }) => {
    checkProperty(
      fc.property(cutPlaces, (places) => {
        const restorer = restoring(new StreamSource(), VAULT);
        const out = cut(body, places).map((chunk) => restorer.push(chunk));
        expect(Buffer.concat([...out, restorer.end()]).equals(body)).toBe(true);
      }),
      { runs: 20 },
    );
  });

  it('moves the start of a cut escape, and nothing else', () => {
    const body =
      replyCases()
        .find(({ name }) => name === CUT_ESCAPE)
        ?.body.toString() ?? '';
    const stream = openRestorer();
    const seen = stream.push(body) + stream.end();
    expect(seen).toBe(body.replace('\\\\u00"}}', '"}}').replace('"e9 ', '"\\\\u00e9 '));
  });
});

function readText(event: string): string {
  const data = event.split('\n')[1]?.slice('data: '.length) ?? '';
  return (JSON.parse(data) as { delta: { text: string } }).delta.text;
}

// Within one process each event of a response is parsed once, whatever the stages do with it.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { JsonTokens } from '../../shared/json/tokenizer.ts';
import { adminOf } from '../kit/admin.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { policyFolder } from '../kit/policy-folder.ts';
import { policyOf, words } from '../kit/policies.ts';
import {
  startScriptedUpstream,
  type RecordedRequest,
  type ScriptedUpstream,
} from '../kit/scripted-upstream.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const MODEL = 'claude-haiku-4-5';
const MAIL = 'jane.roe@acme-mail.org';
const DOCUMENT = `Mail ${MAIL} today`;
const POLICY = policyOf([
  { id: 'names', on: 'response', match: words('Globex'), action: 'redact' },
  { id: 'blocks', on: 'response', match: words('red herring'), action: 'block' },
]);
/** Each event is longer than the whole message, and has a length of its own, by which it is known. */
const PAD = 5_000;

const stack = new AsyncDisposableStack();
let upstream: ScriptedUpstream;
let gateway: Gateway;
let key: string;
/** Lengths of the JSON texts of the last response. */
let lengths: number[] = [];

/** JSON with blanks before its end. */
function padded(fields: object): string {
  const blanks = ' '.repeat(PAD + lengths.length * 100);
  const json = `${JSON.stringify(fields).slice(0, -1)}${blanks}}`;
  lengths.push(Buffer.byteLength(json));
  return json;
}

function streamOf(token: string): string {
  const event = (type: string, fields: object) =>
    `event: ${type}\ndata: ${padded({ type, ...fields })}\n\n`;
  const delta = (fields: object) => event('content_block_delta', { index: 0, delta: fields });
  const text = (value: string) => delta({ type: 'text_delta', text: value });
  const usage = { input_tokens: 9, output_tokens: 1 };
  const message = { id: 'msg_1', type: 'message', content: [], stop_reason: null, usage };
  const citation = {
    type: 'char_location',
    cited_text: `Mail ${token}`,
    document_index: 0,
    start_char_index: 0,
    end_char_index: 5 + token.length,
  };
  return [
    event('message_start', { message }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...Array.from({ length: 10 }, (_, n) =>
      text(`${n} "quoted"\nto ${token}, Globex or eve@corp-mail.org: ${'é '.repeat(20)}`),
    ),
    delta({ type: 'citations_delta', citation }),
    event('content_block_stop', { index: 0 }),
    event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 50 } }),
    event('message_stop', {}),
  ].join('');
}

function bufferedOf(token: string): string {
  const text = `"quoted"\nto ${token}, Globex or eve@corp-mail.org é`;
  const content = [{ type: 'text', text }];
  const usage = { input_tokens: 9, output_tokens: 50 };
  return padded({ type: 'message', content, stop_reason: 'end_turn', usage });
}

function respond({ body }: RecordedRequest) {
  const [token = ''] = /PII_EMAIL_\w+/.exec(body.toString()) ?? [];
  const isStream = body.includes('"stream":true');
  lengths = [];
  return {
    status: 200,
    headers: ['content-type', isStream ? 'text/event-stream' : 'application/json'],
    chunks: [Buffer.from(isStream ? streamOf(token) : bufferedOf(token))],
  };
}

beforeAll(async () => {
  upstream = stack.use(await startScriptedUpstream(respond));
  const folder = stack.use(policyFolder({ strict: POLICY }));
  gateway = stack.use(
    await startGateway({
      bus: 'embedded',
      env: {
        LLMP_ADMIN_TOKEN: TOKEN,
        LLMP_POLICIES: folder.path,
        LLMP_SCRUB_RULES: 'version: 1\nresponses: redact\n',
        LLMP_UPSTREAMS: JSON.stringify({
          version: 1,
          upstreams: [{ name: 'only', url: upstream.url, keys: ['k'] }],
        }),
      },
    }),
  );
  const settings = { policy: 'strict', cache_for: '10m', models: [MODEL] };
  ({ key } = await adminOf(gateway, TOKEN).key({}, settings));
});
afterAll(() => stack.disposeAsync());

async function ask(stream: boolean) {
  const source = { type: 'text', media_type: 'text/plain', data: DOCUMENT };
  const content = [{ type: 'document', source, citations: { enabled: true } }];
  const messages = [{ role: 'user', content }];
  const response = await fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, max_tokens: stream ? 100 : 200, messages, stream }),
  });
  return { text: await response.text(), cache: response.headers.get('x-llmp-cache') };
}

describe('a response in one process', () => {
  it.each([
    ['each event of a stream', true],
    ['a buffered response', false],
  ])(
    'is parsed once, metered, cached, redacted, under a policy and restored: %s',
    async (_, stream) => {
      const expectEnd = vi.spyOn(JsonTokens.prototype, 'expectEnd');
      const parse = vi.spyOn(JSON, 'parse');
      try {
        const { text, cache } = await ask(stream);
        expect(cache).toBe('miss');
        const restored = `\\"quoted\\"\\nto ${MAIL}, [REDACTED_NAMES] or [REDACTED_EMAIL_ADDRESS]`;
        expect(text).toContain(restored);
        const parsers = expectEnd.mock.contexts.filter((context) => context instanceof JsonTokens);
        const parsed = parsers.map(({ at }) => at).filter((length) => length > PAD);
        const ascending = (one: number, other: number) => one - other;
        const parsedByJson = parse.mock.calls.map(([json]) => json.length);
        expect(parsed.toSorted(ascending)).toEqual(lengths.toSorted(ascending));
        expect(parsedByJson.filter((length) => length > PAD)).toEqual([]);
      } finally {
        expectEnd.mockRestore();
        parse.mockRestore();
      }
    },
  );

  it('is the same from the cache, with citations of the document of the client', async () => {
    const { text, cache } = await ask(true);
    expect(cache).toBe('hit');
    expect(text).toContain(`"end_char_index":${5 + MAIL.length}`);
    expect(text).toContain(`"cited_text":"Mail ${MAIL}"`);
  });
});

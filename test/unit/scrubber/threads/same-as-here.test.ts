// A scrub thread does to a request exactly what the scrubber does on the gateway's thread.

import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createRecognizer } from '../../../../shared/privacy/recognizer.ts';
import { recognizerRules } from '../../../../shared/privacy/recognizer/rules.ts';
import type { Envelope } from '../../../../shared/protocol/messages.ts';
import { systemClock } from '../../../../shared/runtime/clock.ts';
import { conversations } from '../../../kit/conversations.ts';
import { generatedRequest } from '../../../kit/generated-requests.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { requestMessage } from '../../../kit/request-messages.ts';
import { effectOf, scrubberHere, scrubPool } from '../../../kit/scrub-pool.ts';
import { NESTED_LISTS, VALUE_LISTS } from '../../../kit/value-lists.ts';

const RULES = `
version: 1
default: replace
entities: { PHONE_NUMBER: redact, IBAN_CODE: block, PERSON_ID: replace, IP_ADDRESS: allow }
opaque: block
numbers: block
custom:
  - { id: person-id, entity: PERSON_ID, label: PID, pattern: 'P-\\d{6}' }
  - { id: names, entity: PERSON_ID, label: NAME, words: [Marlene Quast] }
keys:
  open: { default: allow, opaque: allow, numbers: replace }
`;

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());
const SIDES = { default: null, 'of an operator': RULES };

const says = (content: unknown, rest: object = {}) =>
  JSON.stringify({ model: 'm', messages: [{ role: 'user', content }], ...rest });

const citing = (data: string) => ({
  type: 'document',
  source: { type: 'text', media_type: 'text/plain', data },
  citations: { enabled: true },
});
const MAIL = 'ann.lee@corp-mail.org';

/** Bodies that are changed, unchanged, refused or unreadable. */
const BODIES: Readonly<Record<string, string>> = {
  'no values': says('Nothing is in it.'),
  'a value in several places': says([{ type: 'text', text: `${MAIL}\n${MAIL}` }], { system: MAIL }),
  'escapes and lone surrogates': says(`\ud800 é😀 "\\" ${MAIL} \udc00`).replace('ann', '\\u0061nn'),
  'a value in a number': says('x', { metadata: { user_id: 1, card: 4111111111111111 } }),
  'an account': says('DE89370400440532013000'),
  'words and expressions of the operator': says('marlene quast is P-123456'),
  'a number of a phone': says('call +49 151 12345678'),
  'an image': says([
    {
      type: 'image',
      source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo'.repeat(9) },
    },
  ]),
  'a document with citations': says([
    citing(`Write to ${MAIL}, ${MAIL}.`),
    {
      type: 'text',
      text: 'x',
      citations: [
        { type: 'char_location', document_index: 0, start_char_index: 9, end_char_index: 30 },
      ],
    },
  ]),
  'a credential': says('x', {
    mcp_servers: [
      { type: 'url', url: 'https://x.org/?k=1', name: 'n', authorization_token: 'tok' },
    ],
  }),
  'a placeholder of another request': says('PII_EMAIL_q3kx7nzc'),
  'not JSON': '{"model":',
  nothing: '',
  'nested too deeply': says('x', { metadata: { x: '@' } }).replace(
    '"@"',
    '['.repeat(1_200) + ']'.repeat(1_200),
  ),
};

const LISTS = Object.fromEntries(
  Object.entries({ ...VALUE_LISTS, ...NESTED_LISTS }).map(([name, valueAt]) => [
    `a list of ${name}`,
    says(Array.from({ length: 300 }, (_, index) => valueAt(index)).join('\n')),
  ]),
);

describe.each(Object.entries(SIDES))('with rules %s, a scrub thread', (_, rules) => {
  const pool = stack.use(scrubPool({ rules }));
  const scrubHere = scrubberHere(rules);

  /** What the thread does, and what the scrubber does here. */
  async function both(body: string, meta: Partial<Envelope> = {}) {
    const message = () => requestMessage(meta, Buffer.from(body));
    return {
      there: await effectOf(async (...asked) => await pool.scrub(...asked, ''), message()),
      here: await effectOf(scrubHere, message()),
    };
  }

  it.each(Object.entries({ ...BODIES, ...LISTS }))(
    'treats %s as the scrubber does',
    async (__, body) => {
      for (const tenant of ['tester', 'open']) {
        const { there, here } = await both(body, { tenant });
        expect(there).toEqual(here);
      }
    },
  );

  it('treats conversations turn by turn as the scrubber does', async () => {
    for (const body of conversations().flatMap(({ bodies }) => bodies)) {
      const { there, here } = await both(body);
      expect(there).toEqual(here);
    }
  });

  it('treats path, headers and requests without a body as the scrubber does', async () => {
    const path = `/v1/messages?mail=${encodeURIComponent(MAIL)}#x`;
    const headers = ['x-user', MAIL, 'x-team', 'seven', `x-${MAIL.replace('@', '-')}`, 'a'];
    for (const [method, body] of [
      ['POST', says('hello')],
      ['POST', says(MAIL)],
      ['GET', ''],
    ] as const) {
      const { there, here } = await both(body, { method, path, headers });
      expect(there).toEqual(here);
    }
  });

  it('treats any request as the scrubber does', async () => {
    await checkProperty(
      fc.asyncProperty(
        generatedRequest,
        fc.constantFrom('tester', 'open'),
        async (request, tenant) => {
          const { there, here } = await both(JSON.stringify(request.body), { tenant });
          expect(there).toEqual(here);
        },
      ),
      { runs: 30 },
    );
  });
});

describe('a recognizer that cannot be reached', () => {
  it('fails a request in a thread as it does here', async () => {
    // Nothing listens on the discard port.
    const recognizer = { url: 'http://127.0.0.1:9' };
    const rules = JSON.stringify({ version: 1, recognizer });
    const pool = stack.use(scrubPool({ rules }));
    const recognize = createRecognizer(
      recognizerRules.parse({ ...recognizer, score_min: 0, deadline_ms: 9_000 }),
      systemClock,
    );
    const message = () => requestMessage({}, Buffer.from(says('My name is Ann Lee.')));
    const there = await effectOf(async (...asked) => await pool.scrub(...asked, ''), message());
    expect(there).toEqual(await effectOf(scrubberHere(rules, { recognize }), message()));
    expect(there).toMatchObject({ thrown: { code: 'recognizer_failed' } });
  });
});

describe('an unchanged body', () => {
  it('stays the body that came, byte for byte and without a copy', async () => {
    const pool = stack.use(scrubPool());
    const body = ' {"n": 1.0, "n":12345678901234567890 } ';
    const effect = await effectOf(
      async (...asked) => await pool.scrub(...asked, ''),
      requestMessage({}, Buffer.from(body)),
    );
    expect(effect).toEqual({ body, isSame: true, envelope: undefined, vault: [] });
  });
});

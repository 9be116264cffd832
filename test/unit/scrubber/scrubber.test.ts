import { describe, expect, it } from 'vitest';
import { restoreText } from '../../../services/ingress/restore/restore-text.ts';
import { issued, recordOf } from '../../kit/vaults.ts';
import { createScrubber } from '../../../services/scrubber/scrubber.ts';
import { DEFAULT_RULES, readRules, type RulesFile } from '../../../shared/privacy/rules.ts';
import { systemClock } from '../../../shared/runtime/clock.ts';
import { customDetectors, customPatterns } from '../../../shared/privacy/detect/custom.ts';
import { DETECTORS } from '../../../shared/privacy/detect/detectors.ts';
import { createScanner, type Scanner } from '../../../shared/privacy/detect/scan.ts';
import { splice } from '../../../shared/json/edit.ts';
import { limits } from '../../../shared/limits.ts';
import type { Vault } from '../../../shared/privacy/vault.ts';
import { collectVault } from '../../kit/scrubbing.ts';
import { requestMessage } from '../../kit/request-messages.ts';
import { confirm } from '../../kit/permits.ts';

const SCANNER = createScanner(DETECTORS.filter(({ tier }) => tier !== 'C'));
const KEY = Buffer.alloc(32, 7);

interface Scrubbed {
  readonly kind: string;
  readonly code: string | undefined;
  readonly message: string;
  readonly text: string;
  readonly vault: Vault | undefined;
}

function scrubberWith({
  rules = DEFAULT_RULES,
  scanner = SCANNER,
  key = KEY,
}: { rules?: RulesFile; scanner?: Scanner; key?: Uint8Array } = {}) {
  const stage = createScrubber({ scanner, rules, masterKey: key, clock: systemClock, limits });
  return async (body: string, tenant = 'tester'): Promise<Scrubbed> => {
    let vault: Vault | undefined;
    const sendVault = collectVault((collected) => (vault = collected));
    const context = { signal: new AbortController().signal, confirm, sendVault };
    const outcome = await stage(requestMessage({ tenant }, Buffer.from(body)), context);
    const error = outcome.kind === 'refuse' ? outcome.error : undefined;
    const text = outcome.kind === 'pass' ? splice(body, outcome.edits ?? []) : '';
    return { kind: outcome.kind, code: error?.code, message: error?.message ?? '', text, vault };
  };
}

function says(content: unknown): string {
  return JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] });
}

const MAIL = 'ann.lee@corp-mail.org';

describe('the scrubber stage', () => {
  it('passes a request without findings unchanged, and sends no vault', async () => {
    const { kind, text, vault } = await scrubberWith()(says('const x = 1;'));
    expect([kind, text, vault]).toEqual(['pass', says('const x = 1;'), undefined]);
  });

  it('changes nothing but the value, whatever surrounds it', async () => {
    const body = `{ "n": 12345678901234567890, "f":1.0 , "text":"\\u00e9 ${MAIL}\\n\\"x\\"", "e": 1e2}`;
    const { text, vault } = await scrubberWith()(body);
    const [token = ''] = Object.keys(recordOf(vault?.values));
    expect(token).toMatch(/^PII_EMAIL_[a-z2-7]{8}$/);
    expect(text).toBe(body.replace(MAIL, token));
    expect(recordOf(vault?.values)).toEqual({ [token]: MAIL });
    expect(vault).toMatchObject({ counts: { EMAIL_ADDRESS: 1 } });
  });

  it('finds a value with JSON escapes, and stores it decoded', async () => {
    const { text, vault } = await scrubberWith()('{"text":"ann.lee\\u0040corp-mail.org\\n"}');
    expect(text).toMatch(/^\{"text":"PII_EMAIL_[a-z2-7]{8}\\n"\}$/);
    expect(Object.values(recordOf(vault?.values))).toEqual([MAIL]);
  });

  it('issues one token per value in every place, turn and replica, but not across tenants', async () => {
    const scrub = scrubberWith();
    const { text } = await scrub(
      says([
        { type: 'text', text: `${MAIL} ${MAIL}` },
        { type: 'text', text: MAIL },
      ]),
    );
    const tokens = text.match(/PII_EMAIL_[a-z2-7]{8}/g) ?? [];
    expect(new Set(tokens).size).toBe(1);
    expect(tokens).toHaveLength(3);
    const again = await scrubberWith()(says(`now ${MAIL}`));
    expect(again.text).toContain(tokens[0]);
    expect((await scrub(says(MAIL), 'another')).text).not.toContain(tokens[0]);
    expect((await scrubberWith({ key: Buffer.alloc(32, 8) })(says(MAIL))).text).not.toContain(
      tokens[0],
    );
  });

  it('gives the same result for a cached text', async () => {
    let scans = 0;
    const scanner: Scanner = {
      ...SCANNER,
      *slices(text) {
        scans += 1;
        return yield* SCANNER.slices(text);
      },
    };
    const scrub = scrubberWith({ scanner });
    const body = says(`${'All work and no play. '.repeat(50)}${MAIL}`);
    const first = await scrub(body);
    const scansFirst = scans;
    expect(await scrub(body)).toEqual(first);
    // Short texts, such as model and role, are not worth a hash.
    expect(scans - scansFirst).toBe(scansFirst - 1);
  });

  it('leaves tokens in the text unchanged', async () => {
    const scrub = scrubberWith();
    const { text, vault } = await scrub(says(`${MAIL} PII_EMAIL_zzzzzzzz PII_EMAIL_ PII`));
    expect(text).toContain(' PII_EMAIL_zzzzzzzz PII_EMAIL_ PII"');
    const restored = restoreText(text, vault?.values ?? issued({}));
    expect(restored).toContain(MAIL);
    expect((await scrub(restored)).text).toBe(text);
  });

  it('recognizes a value without context once its context has revealed it', async () => {
    const scrub = scrubberWith();
    const password = 'hUnter2-Moon77';
    const turns = [
      { role: 'user', content: `password = "${password}"` },
      { role: 'assistant', content: `Your password is ${password}. ${password}x is not.` },
    ];
    // Fields may come in any order; what the model reads first counts as first.
    const body = JSON.stringify({ messages: turns, system: `Never say ${password}` });
    const { text, vault } = await scrub(body);
    const [token = ''] = Object.keys(recordOf(vault?.values));
    expect(text).toContain(`Your password is ${token}. ${token}x is not.`);
    expect(text).toContain(`Never say ${password}`);
    const first = await scrub(JSON.stringify({ messages: turns.slice(0, 1) }));
    expect(text.startsWith(first.text.slice(0, -2))).toBe(true);
  });

  it.each(['It is $V.', '($V)', '=$V', '$$V', 'b/$V', '12$V', 'x$Vx'])(
    'finds a known value where no detector would: %s',
    async (around) => {
      const values = [MAIL, '4111111111111111', '943 476 5919', '81.2.69.142'];
      const first = `NHS number 943 476 5919, ${MAIL}, 4111111111111111, from 81.2.69.142`;
      const second = values.map((value) => around.replace('$V', value)).join('; ');
      const { text } = await scrubberWith()(
        says([
          { type: 'text', text: first },
          { type: 'text', text: second },
        ]),
      );
      // Next to letters or digits, only long values are certain.
      const isAdjacent = /[a-z\d]\$V|\$V[a-z\d]/.test(around);
      const leaked = values.filter((value) => text.includes(value));
      expect(leaked).toEqual(isAdjacent ? leaked.filter((value) => value.length < 12) : []);
    },
  );

  it('translates citation offsets to the document as sent upstream', async () => {
    const document = {
      type: 'document',
      source: { type: 'text', media_type: 'text/plain', data: `From ${MAIL}: hello` },
    };
    const start = `From ${MAIL}: `.length;
    const citation = {
      type: 'char_location',
      cited_text: 'hello',
      document_index: 0,
      start_char_index: start,
      end_char_index: start + 5,
    };
    const { text, vault } = await scrubberWith()(
      says([document, { type: 'text', text: 'x', citations: [citation] }]),
    );
    const sent = JSON.parse(text) as {
      messages: [{ content: [typeof document, { citations: [typeof citation] }] }];
    };
    const [sentDocument, { citations }] = sent.messages[0].content;
    const { start_char_index: from, end_char_index: to } = citations[0];
    expect(sentDocument.source.data.slice(from, to)).toBe('hello');
    expect(vault?.documents).toEqual({ '0': [[5, 18, MAIL.length]] });
  });

  it.each([
    ['replace', /PII_EMAIL_[a-z2-7]{8}/, 'EMAIL_ADDRESS'],
    ['redact', /\[REDACTED_EMAIL_ADDRESS\]/, 'EMAIL_ADDRESS'],
    ['allow', /ann\.lee@corp-mail\.org/, undefined],
  ])('applies the action %s', async (action, expected, counted) => {
    const rules = readRules(`{version: 1, entities: {EMAIL_ADDRESS: ${action}}}`);
    const { text, vault } = await scrubberWith({ rules })(says(MAIL));
    expect(text).toMatch(expected);
    expect(Object.keys(vault?.counts ?? {})).toEqual(counted ? [counted] : []);
    expect(Object.values(recordOf(vault?.values))).toEqual(action === 'replace' ? [MAIL] : []);
  });

  it('rejects what the rules block, naming the kind and not the value', async () => {
    const rules = readRules('{version: 1, entities: {EMAIL_ADDRESS: block}}');
    const { code, message, vault } = await scrubberWith({ rules })(says(MAIL));
    expect(code).toBe('policy_blocked');
    expect(message).toContain('EMAIL_ADDRESS');
    expect(message).not.toContain('corp-mail');
    expect(vault).toBeUndefined();
  });

  it('applies rules of individual keys', async () => {
    const rules = readRules('version: 1\nkeys:\n  trusted:\n    default: allow\n');
    const scrub = scrubberWith({ rules });
    expect((await scrub(says(MAIL), 'trusted')).text).toContain(MAIL);
    expect((await scrub(says(MAIL), 'other')).text).not.toContain(MAIL);
  });

  it('counts opaque images and documents, or rejects them', async () => {
    const source = { type: 'base64', media_type: 'image/png', data: 'AAAA' };
    const body = says([{ type: 'image', source }]);
    const passed = await scrubberWith()(body);
    expect([passed.text, passed.vault?.opaque]).toEqual([body, 1]);
    const strict = scrubberWith({ rules: readRules('{version: 1, opaque: block}') });
    expect((await strict(body)).code).toBe('policy_blocked');
  });

  it('rejects invalid bodies', async () => {
    await expect(scrubberWith()('{"a":')).rejects.toMatchObject({ code: 'invalid_json' });
    const deep = `${'['.repeat(limits.json.depthMax + 1)}0${']'.repeat(limits.json.depthMax + 1)}`;
    await expect(scrubberWith()(deep)).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('detectors of the operator', () => {
  it('find custom words and expressions, and name them', async () => {
    const rules = readRules(
      [
        'version: 1',
        'custom:',
        '  - { id: names, entity: CODE_NAME, label: NAME, words: [blue falcon] }',
        '  - { id: staff, entity: STAFF_ID, label: STAFF, pattern: "EMP-[0-9]{6}" }',
      ].join('\n'),
    );
    const { custom = [] } = rules;
    const scanner = createScanner(
      [...customDetectors(custom), ...DETECTORS],
      customPatterns(custom),
    );
    const { text, vault } = await scrubberWith({ rules, scanner })(
      says('Blue Falcon is led by EMP-123456, not by EMP-12.'),
    );
    expect(text).toMatch(/"PII_NAME_[a-z2-7]{8} is led by PII_STAFF_[a-z2-7]{8}, not by EMP-12\."/);
    expect(vault?.counts).toEqual({ CODE_NAME: 1, STAFF_ID: 1 });
  });

  it('are rejected at startup if unsafe, with their location', () => {
    const row = '{ id: bad, entity: BAD, label: BAD, pattern: "(?<=a)b" }';
    expect(() => readRules(`version: 1\ncustom:\n  - ${row}\n`)).toThrow(/custom\.0\.pattern/);
  });
});

describe('the rules file', () => {
  it.each([
    ['no version', '{entities: {}}', /version/],
    [
      'an unknown action',
      '{version: 1, entities: {EMAIL_ADDRESS: eat}}',
      /entities\.EMAIL_ADDRESS/,
    ],
    ['an unknown field', '{version: 1, entity: {}}', /entity/],
    ['no entity', '{version: 1, entities: {email: allow}}', /email/],
    ['no YAML', '{', /not YAML/],
  ])('with %s is rejected with its location', (_what, text, expected) => {
    expect(() => readRules(text)).toThrow(expected);
  });

  it('lets an aborted request go, however short its texts are', async () => {
    const abort = new AbortController();
    setImmediate(() => abort.abort(new Error('gone')));
    let nowMs = 0;
    const clock = { ...systemClock, monotonic: () => (nowMs += 1) };
    const stage = createScrubber({
      scanner: SCANNER,
      rules: DEFAULT_RULES,
      masterKey: KEY,
      clock,
      limits,
    });
    const body = says(Array.from({ length: 500 }, (_, n) => ({ type: 'text', text: `word ${n}` })));
    const context = { signal: abort.signal, confirm, sendVault: () => {} };
    await expect(stage(requestMessage({}, Buffer.from(body)), context)).rejects.toThrow('gone');
  });
});

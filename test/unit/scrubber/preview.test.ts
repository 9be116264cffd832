import { describe, expect, it } from 'vitest';
import { createScrubPreview } from '../../../services/scrubber/preview.ts';
import type { ScrubberOptions } from '../../../services/scrubber/scrubber.ts';
import { limits } from '../../../shared/limits.ts';
import { scrubPreview } from '../../../shared/privacy/preview.ts';
import { buildDetection } from '../../../shared/privacy/detection.ts';
import { systemClock } from '../../../shared/runtime/clock.ts';
import { scrubbing } from '../../kit/scrubbing.ts';

const MASTER_KEY = Buffer.alloc(32, 7);
const { signal } = new AbortController();

async function preview(text: string, rules: string | null = null, more?: Partial<ScrubberOptions>) {
  const detection = buildDetection(rules);
  const options = { ...detection, masterKey: MASTER_KEY, clock: systemClock, limits, ...more };
  const seen = await createScrubPreview(options)(text, 'tester', signal);
  expect(scrubPreview.parse(seen)).toEqual(seen);
  return seen;
}

const requestOf = (content: unknown, more: object = {}) =>
  JSON.stringify({ model: 'm', messages: [{ role: 'user', content }], ...more }, null, 2);

describe('a preview of scrubbing', () => {
  it('of a text says what stands where, and why', async () => {
    const text = 'Grüße 😀\nssn 536-90-4399\nmail ann.lee@corp-mail.org\n';
    const { kind, scrubbed, findings } = await preview(text);
    expect(kind).toBe('text');
    expect(findings.map(({ entity, line, column }) => [entity, line, column])).toEqual([
      ['US_SSN', 2, 5],
      ['EMAIL_ADDRESS', 3, 6],
    ]);
    expect(findings.map(({ start, end }) => text.slice(start, end))).toEqual([
      '536-90-4399',
      'ann.lee@corp-mail.org',
    ]);
    const [ssn, mail] = findings;
    expect(scrubbed).toBe(`Grüße 😀\nssn ${ssn?.replacement}\nmail ${mail?.replacement}\n`);
    expect(mail).toMatchObject({ action: 'replace', source: 'detector', place: null });
    expect(mail?.why).toBe('the format around "@"');
    expect(ssn?.why).toContain('digits of that format');
  });

  it('of a request is what the stage sends on', async () => {
    const text = requestOf('Write to ann.lee@corp-mail.org "now"\n', {
      system: 'You are with ann.lee@corp-mail.org',
      metadata: { user_id: 'x', phone: '+1 415 867 2210' },
    });
    const { kind, scrubbed, findings } = await preview(text);
    expect(kind).toBe('request');
    expect(scrubbed).toBe((await scrubbing({ masterKey: MASTER_KEY })(text)).text);
    for (const { start, end, replacement, line } of findings) {
      expect(scrubbed).toContain(replacement);
      expect(text.slice(start, end)).toMatch(/^(ann\.lee@corp-mail\.org|\+1 415 867 2210)$/);
      expect(text.split('\n')[line - 1]).toContain(text.slice(start, end));
    }
    expect(findings.map(({ place }) => place)).toEqual(['user, message 0', 'system', 'other']);
  });

  it('names the key that gives a value its meaning', async () => {
    const input = { type: 'tool_use', id: 't', name: 'n', input: { ssn: '536904399' } };
    const text = JSON.stringify({ messages: [{ role: 'assistant', content: [input] }] });
    const { findings } = await preview(text);
    expect(findings).toMatchObject([{ entity: 'US_SSN', why: 'under the key "ssn"' }]);
  });

  it('tells repetitions, rules of the operator and the recognizer apart', async () => {
    const rules = `version: 1
custom: [{ id: staff, entity: STAFF_ID, label: STAFF, pattern: 'EMP-[0-9]{6}' }]`;
    const recognize = (text: string) => {
      const start = text.indexOf('Ann Lee');
      const detector = {
        entity: 'PERSON',
        label: 'DATA',
        tier: 'C',
        triggers: [],
        find: () => undefined,
      } as const;
      return Promise.resolve(start < 0 ? [] : [{ start, end: start + 7, detector }]);
    };
    const text = requestOf('we met Ann Lee, EMP-123456, and my password is Wq7!fennel-Lark', {
      system: 'xWq7!fennel-Lark',
    });
    const { findings } = await preview(text, rules, { recognize });
    expect(findings.map(({ entity, source }) => `${entity} ${source}`)).toEqual(
      expect.arrayContaining(['PERSON recognizer', 'STAFF_ID custom']),
    );
  });

  it('shows each action of the rules', async () => {
    const rules = 'version: 1\nentities: { EMAIL_ADDRESS: redact, US_SSN: allow }';
    const { scrubbed, findings } = await preview('ssn 536-90-4399, a.b@corp-mail.org', rules);
    expect(scrubbed).toBe('ssn 536-90-4399, [REDACTED_EMAIL_ADDRESS]');
    expect(findings).toMatchObject([
      { action: 'allow', replacement: null },
      { action: 'redact', replacement: '[REDACTED_EMAIL_ADDRESS]' },
    ]);
    const refused = await preview('a.b@corp-mail.org', 'version: 1\ndefault: block');
    expect(refused).toMatchObject({ scrubbed: null, findings: [{ action: 'block' }] });
    expect(refused.refused).toContain('EMAIL_ADDRESS');
  });

  it('shows values that pass because the upstream uses them', async () => {
    const source = { type: 'url', url: 'https://cdn.corp-mail.org/a.png?m=ann.lee@corp-mail.org' };
    const { scrubbed, findings } = await preview(requestOf([{ type: 'image', source }]));
    expect(scrubbed).toContain('ann.lee@corp-mail.org');
    expect(findings).toMatchObject([{ action: 'pass', replacement: null }]);
  });

  it.each([
    ['nothing', ''],
    ['JSON that is no request', '{"mail":"ann.lee@corp-mail.org"}'],
    ['text that begins like JSON', '{"messages": [ann.lee@corp-mail.org'],
    ['JSON that is nested too deeply', `${'['.repeat(5_000)}"ann.lee@corp-mail.org"`],
    ['quotes and backslashes', '"\\"ann.lee@corp-mail.org \\u0041\\"'],
  ])('of %s changes nothing but values', async (_, text) => {
    const { kind, scrubbed, findings } = await preview(text);
    expect(kind).toBe('text');
    const placeholder = findings[0]?.replacement ?? '';
    expect(scrubbed).toBe(text.replace('ann.lee@corp-mail.org', placeholder));
  });

  it('finds many values in one line in linear time', async () => {
    const text = 'a.b@corp-mail.org '.repeat(5_000);
    const { findings } = await preview(text);
    expect(findings).toHaveLength(5_000);
    expect(findings.at(-1)).toMatchObject({ line: 1, column: 18 * 4_999 + 1 });
  });
});

// Names of people and users in whole requests: what recurs, what is restored, and what levels change.

import { describe, expect, it } from 'vitest';
import { restoreText } from '../../../services/ingress/restore/restore-text.ts';
import { buildDetection } from '../../../shared/privacy/detection.ts';
import { scrubbing, tokensIn } from '../../kit/scrubbing.ts';
import { recordOf } from '../../kit/vaults.ts';

type Content = string | readonly unknown[];

function body(...contents: readonly Content[]): string {
  const messages = contents.map((content, turn) => ({
    role: turn % 2 === 0 ? 'user' : 'assistant',
    content,
  }));
  return JSON.stringify({ model: 'claude-test', max_tokens: 9, messages });
}

const read = (path: string) => [
  { type: 'tool_use', id: 'toolu_1', name: 'read', input: { file_path: path } },
];

describe('a user name in a path', () => {
  it('leaves a valid path, and the inputs of tools are restored', async () => {
    const sent = body('Fix /home/anna/project/x.ts', read('/home/anna/project/x.ts'), 'Go on.');
    const { text, vault } = await scrubbing()(sent);
    expect(text).not.toContain('anna');
    const paths = text.match(/\/home\/[^"\s]+/g) ?? [];
    expect(paths).toHaveLength(2);
    for (const path of paths)
      expect(path).toMatch(/^\/home\/PII_[A-Z]+_[a-z2-7]{8}\/project\/x\.ts$/);
    expect(restoreText(text, vault.values)).toBe(sent);
  });

  it.each([
    String.raw`C:\Users\Anna\src\x.ts`,
    '/Users/anna.koch/src/x.ts',
    '/mnt/c/Users/anna/x',
    '/home/li/x',
    '~/.claude/projects/-home-anna-work/1.jsonl',
  ])('is restored in %s', async (path) => {
    const sent = body(`Read ${path}`, read(path), 'Go on.');
    const { text, vault } = await scrubbing()(sent);
    expect(tokensIn(text)).toHaveLength(2);
    expect(restoreText(text, vault.values)).not.toContain('PII_');
    expect(JSON.parse(restoreText(text, vault.values))).toEqual(JSON.parse(sent));
  });

  it.each([
    ['max', 'Math.max(1, 2); const max = li.length'],
    ['li', 'document.querySelector("li").max'],
    ['ledger', 'start the ledger; new ledger()'],
    ['kestrel1', 'my kestrel and kestrel10'],
    ['tobias', 'The name tobias in prose stays.'],
  ])('%s does not replace words elsewhere', async (user, text) => {
    const scrubbed = await scrubbing()(body(`cd /home/${user}/x`, 'Yes.', text));
    expect(scrubbed.text).toContain(JSON.stringify(text));
    expect(scrubbed.text).not.toContain(`/home/${user}/`);
  });

  it('is replaced again where the model has repeated it', async () => {
    const first = await scrubbing()(body('cd /home/tobias/x'));
    const [token = ''] = tokensIn(first.text);
    const answer = restoreText(`The user ${token} owns it.`, first.vault.values);
    expect(answer).toBe('The user tobias owns it.');
    const later = await scrubbing()(body('cd /home/tobias/x', answer, 'Go on.'));
    expect(later.text).toContain(`The user ${token} owns it.`);
  });

  it('recurs everywhere if it is no word', async () => {
    const { text } = await scrubbing()(body('"username": "kvogelsang84"', 'Yes.', 'kvogelsang84?'));
    expect(text).not.toContain('kvogelsang84');
  });
});

describe('a name of a person', () => {
  it('recurs in full, and its first word alone does not', async () => {
    const { text } = await scrubbing()(
      body('Patient: Margaret Holloway', 'Yes.', 'Margaret Holloway is well. Margaret, you know.'),
    );
    expect(text).not.toContain('Holloway');
    expect(text).toContain('is well. Margaret, you know.');
  });

  it('in a column does not replace words elsewhere', async () => {
    const { text } = await scrubbing()(
      body('first_name,last_name\nVirginia,Fisher\n', 'Yes.', 'Fisher-Yates in Virginia'),
    );
    expect(text).toContain('Fisher-Yates in Virginia');
    expect(text).not.toContain('Virginia,Fisher');
  });

  it('has the same placeholder with and without its label', async () => {
    const { text } = await scrubbing()(
      body('Patient: Margaret Holloway', 'Yes.', [
        { type: 'tool_result', tool_use_id: 'toolu_1', content: 'Name: Margaret Holloway' },
      ]),
    );
    expect(new Set(tokensIn(text)).size).toBe(1);
    expect(tokensIn(text)[0]).toMatch(/^PII_NAME_/);
  });

  it('is judged by the keys above it in JSON', async () => {
    const input = { customer: { name: 'Katharina Vogelsang', city: 'Paris' }, units: 'metric' };
    const { text, vault } = await scrubbing()(
      body('Go.', [{ type: 'tool_use', id: 'toolu_1', name: 'x', input }]),
    );
    expect(Object.values(recordOf(vault.values))).toEqual(['Katharina Vogelsang']);
    expect(text).toContain('Paris');
  });
});

describe('the levels of a key', () => {
  const RULES =
    'version: 1\nkeys: { off: { names: off, user_names: off }, more: { names: likely } }';
  const detection = buildDetection(RULES);
  const scrub = scrubbing({ ...detection });
  const TEXT = `Patient: Margaret Holloway met Peter Holloway in /home/anna/x ${'and so on '.repeat(200)}`;
  const valuesOf = async (tenant: string) =>
    Object.values(recordOf((await scrub(body(TEXT), tenant)).vault.values)).toSorted();

  it('decide what is replaced, whatever another key had cached', async () => {
    const LABELLED = ['Margaret Holloway', 'anna'];
    expect(await valuesOf('other')).toEqual(LABELLED);
    expect(await valuesOf('off')).toEqual([]);
    expect(await valuesOf('more')).toEqual(['Margaret Holloway', 'Peter Holloway', 'anna']);
    expect(await valuesOf('other')).toEqual(LABELLED);
    expect(await valuesOf('off')).toEqual([]);
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../../services/cli/parse.ts';
import { runScrub } from '../../../services/cli/scrub-texts.ts';
import { createScrubPreview } from '../../../services/scrubber/preview.ts';
import { limits } from '../../../shared/limits.ts';
import { buildDetection } from '../../../shared/privacy/detection.ts';
import { systemClock } from '../../../shared/runtime/clock.ts';

const MAIL = 'ann.lee@corp-mail.org';
const SSN = '536-90-4399';

describe('llmp scrub', () => {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-scrub-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  function file(name: string, content: string | Uint8Array): string {
    const path = join(directory, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  async function scrub(
    args: readonly string[],
    { input = '', rules = null as string | null } = {},
  ) {
    const line = parseCommandLine(['scrub', ...args]);
    if (line.kind !== 'command') throw new Error('not the command');
    const { options: given } = line;
    const options = { masterKey: Buffer.alloc(32, 7), clock: systemClock, limits };
    const preview = createScrubPreview({ ...buildDetection(rules), ...options });
    const out: string[] = [];
    const notes: string[] = [];
    const choices = {
      key: given.text('key') ?? '',
      checks: given.has('check'),
      explains: given.has('explain'),
    };
    const isClean = await runScrub(
      line.args,
      choices,
      { preview, readStandardInput: () => Promise.resolve(Buffer.from(input)) },
      {
        isJson: given.has('json'),
        line: (text) => void out.push(text),
        note: (text) => void notes.push(text),
      },
    );
    return { isClean, out, notes, text: out.join('\n') };
  }

  it('shows the lines of standard input beside what an upstream sees', async () => {
    const { out, notes, isClean } = await scrub([], { input: `Hi,\nmail ${MAIL}, ssn ${SSN}\n` });
    expect(out).toEqual([
      '-:2:6\tEMAIL_ADDRESS\treplace',
      '-:2:33\tUS_SSN\treplace',
      `  - mail ${MAIL}, ssn ${SSN}`,
      expect.stringMatching(/^ {2}\+ mail PII_EMAIL_[a-z2-7]{8}, ssn PII_SSN_[a-z2-7]{8}$/),
    ]);
    expect(notes).toEqual(['2 values in 1 of 1 text']);
    expect(isClean).toBe(true);
  });

  it('cuts long lines between values, and shows values of several lines as one', async () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0B\n'.repeat(12)}-----END PRIVATE KEY-----`;
    const { out } = await scrub([], {
      input: `${'word '.repeat(100)}${MAIL} end\nkey:\n${key}\nx`,
    });
    const [before, after] = out.filter((line) => line.startsWith('  '));
    expect(before).toMatch(/^ {2}- (word ){8}…(word ){8}ann\.lee@corp-mail\.org end$/);
    expect(after).toMatch(/…(word ){8}PII_EMAIL_[a-z2-7]{8} end$/);
    expect(out.at(-1)).toMatch(/^ {2}\+ PII_[A-Z]+_[a-z2-7]{8}$/);
    expect(out.at(-2)).toContain('⏎');
  });

  it('explains each finding', async () => {
    const { text } = await scrub(['--explain'], { input: `mail ${MAIL}` });
    expect(text).toContain('detector: the format around "@"');
  });

  it('reads files and folders in order, but no binary files, dependencies or links', async () => {
    file('tree/b.txt', MAIL);
    file('tree/a/x.env', `SSN=${SSN}`);
    file('tree/a/picture', Buffer.from(`\0${MAIL}`));
    file('tree/node_modules/m/index.js', MAIL);
    file('tree/.git/config', MAIL);
    const single = file('single.md', 'nothing here');
    const { out, notes } = await scrub(['--check', join(directory, 'tree'), single]);
    expect(out).toEqual([
      `${join(directory, 'tree/a/x.env')}:1:5\tUS_SSN\treplace`,
      `${join(directory, 'tree/b.txt')}:1:1\tEMAIL_ADDRESS\treplace`,
    ]);
    expect(notes).toEqual(['2 values in 2 of 3 texts; 1 binary, not read']);
  });

  it('fails a check that finds a value, and prints none', async () => {
    const path = file('secret.txt', `password = "Wq7!fennel-Lark"\n`);
    const checked = await scrub(['--check', '--explain', path]);
    expect(checked.isClean).toBe(false);
    expect(checked.text).not.toContain('fennel');
    const json = await scrub(['--check', '--json', path]);
    expect(json.isClean).toBe(false);
    expect(json.text).not.toContain('fennel');
    expect(JSON.parse(json.text)).toMatchObject({
      name: path,
      findings: [{ line: 1, column: 13 }],
    });
    expect((await scrub(['--check', file('clean.txt', 'password = ""\n')])).isClean).toBe(true);
  });

  it('lets a check pass for entities that the rules allow', async () => {
    const rules = 'version: 1\nentities: { EMAIL_ADDRESS: allow }';
    const { isClean, out } = await scrub(['--check'], { input: MAIL, rules });
    expect({ isClean, out }).toEqual({ isClean: true, out: [] });
  });

  it('fails a check of a request that would be refused', async () => {
    const rules = 'version: 1\nopaque: block';
    const source = { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo'.repeat(20) };
    const input = JSON.stringify({
      messages: [{ role: 'user', content: [{ type: 'image', source }] }],
    });
    const { isClean, text } = await scrub(['--check'], { input, rules });
    expect(isClean).toBe(false);
    expect(text).toContain('-\trefused\tImages and documents');
  });

  it('prints the whole result as JSON, one line for each text', async () => {
    const input = JSON.stringify({ messages: [{ role: 'user', content: MAIL }] });
    const { text } = await scrub(['--json', '--key', '7k3qx5ta'], { input });
    const seen = JSON.parse(text) as { scrubbed: string; findings: { replacement: string }[] };
    expect(seen).toMatchObject({
      name: '-',
      kind: 'request',
      findings: [{ place: 'user, message 0' }],
    });
    expect(seen.scrubbed).toBe(input.replace(MAIL, seen.findings[0]?.replacement ?? ''));
    const other = JSON.parse((await scrub(['--json'], { input })).text) as typeof seen;
    expect(other.scrubbed).not.toBe(seen.scrubbed);
  });

  it('fails for a path that cannot be read', async () => {
    await expect(scrub(['--check', join(directory, 'nowhere')])).rejects.toThrow('ENOENT');
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { policyOf, words } from '../kit/policies.ts';
import { llmpCommand } from '../kit/llmp-command.ts';

const POLICY = policyOf([
  { id: 'names', match: words('blue falcon'), action: 'block', severity: 'high' },
  { id: 'mail', match: { any: [{ type: 'entity', entities: ['EMAIL_ADDRESS'] }] }, action: 'flag' },
  { id: 'out', on: 'response', match: words('red herring'), action: 'redact' },
  { id: 'team', when: { teams: ['sales'] }, match: words('hello'), action: 'flag' },
]);

describe('the llmp command for policies', () => {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-policy-command-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  function file(name: string, content: unknown): string {
    const path = join(directory, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  async function llmp(...line: string[]) {
    const env = { LLMP_DATA_DIR: join(directory, 'nothing') };
    const { code, out, err } = await llmpCommand(['policy', ...line], { env, cwd: directory });
    return { code, out, stderr: err };
  }

  it('describes a policy, and what the stages would do to a request', async () => {
    const policy = file('strict.json', POLICY);
    const content = 'hello, write to ann.lee@corp-mail.org of BLUE FALCON';
    const sample = file('sample.json', { model: 'm', messages: [{ role: 'user', content }] });
    const { code, out, stderr } = await llmp(
      'check',
      policy,
      '--sample',
      sample,
      '--team',
      'sales',
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/^strict@[0-9a-f]{8} is valid; it enforces\n$/);
    expect(out).toContain('block\tnames\trequest\t');
    expect(out).toContain('redact\tout\tresponse\t');
    expect(out).toContain('sample: block\n  block\tnames\thigh\n    user, message 0: "');
    expect(out).toContain('BLUE FALCON');
    // The policy inspects the scrubbed request.
    expect(out).toMatch(/ flag\tmail\tmedium\n {4}user, message 0: ".*PII_EMAIL_/);
    expect(out).toContain('flag\tteam\tmedium');
    const other = await llmp('check', policy, '--sample', sample);
    expect(other.out).not.toContain('  flag\tteam');
  });

  it('describes what it would do to a response', async () => {
    const policy = file('strict.json', POLICY);
    const content = [{ type: 'text', text: 'a red herring' }];
    const sample = file('response.json', { type: 'message', role: 'assistant', content });
    const { out } = await llmp('check', policy, '--sample', sample);
    expect(out).toContain('sample: redact\n  redact\tout\tmedium\n');
  });

  it('reports all issues of a policy with paths', async () => {
    const rules = [
      { id: 'a', match: { any: [{ type: 'regex', pattern: '(?=x)' }] }, action: 'no' },
    ];
    const { code, stderr } = await llmp('check', file('bad.yaml', policyOf(rules)));
    expect(code).toBe(1);
    expect(stderr).toContain('bad.yaml: rules.0.action: must be one of allow, flag, redact, block');
    const text = await llmp('check', file('worse.yaml', 'version: 1\nrules: [\n'));
    expect(text.stderr).toMatch(/worse\.yaml: is not YAML in line \d/);
    const none = await llmp('check', join(directory, 'none.yaml'));
    expect(none).toMatchObject({ code: 2 });
  });

  it('runs test cases', async () => {
    const policy = file('strict.json', POLICY);
    const cases = [
      { name: 'names are blocked', text: 'a Blue Falcon', expect: 'block', rules: ['names'] },
      { name: 'all is well', text: 'a bird', expect: 'allow', rules: [] },
      { name: 'responses are redacted', response: 'a red herring', expect: 'redact' },
      {
        name: 'a complete request',
        request: { system: 'blue falcon', messages: [] },
        team: 'sales',
        expect: 'block',
      },
    ];
    const good = await llmp('test', policy, '--cases', file('cases.json', { cases }));
    expect(good).toMatchObject({ code: 0, stderr: '4 passed, 0 failed\n' });
    expect(good.out).toContain('ok    names are blocked\n');
    const wrong = [
      { ...cases[0], expect: 'flag' },
      { ...cases[0], rules: ['mail'] },
    ];
    const bad = await llmp('test', policy, '--cases', file('cases.json', { cases: wrong }));
    expect(bad).toMatchObject({ code: 1, stderr: '0 passed, 2 failed\n' });
    expect(bad.out).toContain('FAIL  names are blocked: expected flag, got block by names\n');
    expect(bad.out).toContain('expected the rules mail, got block by names\n');
  });

  it('rejects invalid test cases', async () => {
    const policy = file('strict.json', POLICY);
    expect(await llmp('test', policy)).toMatchObject({ code: 2 });
    const cases = file('cases.yaml', { cases: [{ name: 'x', expects: 'block' }] });
    const { code, stderr } = await llmp('test', policy, '--cases', cases);
    expect(code).toBe(1);
    expect(stderr).toContain('cases.0.expect');
  });

  it('prints the JSON Schema that is published for editors', async () => {
    const { code, out } = await llmp('schema');
    expect(code).toBe(0);
    const schema = JSON.parse(out) as { properties: Record<string, unknown>; required: string[] };
    expect(Object.keys(schema.properties)).toContain('rules');
    expect(schema.required).toEqual(['version', 'rules']);
    const published: unknown = JSON.parse(
      readFileSync('services/policy/policy.schema.json', 'utf8'),
    );
    expect(published).toEqual(schema);
  });
});

// What `llmp` says to a person who mistypes names and values, pages through requests, or pipes what is shown.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { COMMANDS } from '../../services/cli/commands.ts';
import { createKey, parseKey } from '../../shared/keys.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { llmpCommand } from '../kit/llmp-command.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const CONFIGURED = createKey();
const folder = mkdtempSync(join(tmpdir(), 'llmp-mistakes-'));
const dataDir = join(folder, 'data');
let gateway: Gateway;
let laptop: string;

async function send(key: string, body: string): Promise<void> {
  const response = await fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body,
  });
  await response.arrayBuffer();
}

const onStore = { LLMP_DATA_DIR: dataDir, LLMP_KEYS: CONFIGURED };
const overHttp = () => ({ LLMP_URL: gateway.url, LLMP_ADMIN_KEY: TOKEN });
const llmp = (line: string, env: Readonly<Record<string, string>> = onStore) =>
  llmpCommand(line.split(' '), { env, cwd: folder });
const rowsOf = (out: string) => out.trimEnd().split('\n').slice(1);
const idsOf = (out: string) => rowsOf(out).map((row) => row.split('\t')[0] ?? '');

beforeAll(async () => {
  writeFileSync(join(folder, 'strict.yaml'), 'version: 1\nrules: []\n');
  writeFileSync(join(folder, 'text.txt'), 'mail ann.lee@corp-mail.org\n');
  writeFileSync(join(folder, 'broken.yaml'), 'cases: [\n');
  gateway = await startGateway({
    bus: 'embedded',
    env: { LLMP_DATA_DIR: dataDir, LLMP_ADMIN_TOKEN: TOKEN, LLMP_KEYS: CONFIGURED },
  });
  laptop = (await llmp('keys create --name laptop --team search')).out.trim();
  await llmp('collections create handbook');
  for (let at = 0; at < 4; at++) await send(laptop, '{}');
  const message = { model: 'claude-a', max_tokens: 5, messages: [{ role: 'user', content: 'x' }] };
  for (let at = 0; at < 21; at++) await send(laptop, JSON.stringify(message));
  const listed = async () => rowsOf((await llmp('requests list --limit 100')).out).length;
  await vi.waitFor(
    async () => {
      if ((await listed()) < 25) throw new Error('the ledger has not all requests yet');
    },
    { timeout: 10_000 },
  );
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

describe('a wrong name or value', () => {
  const unknownKey = '--key: there is no key "lapto"; did you mean laptop?';
  const cases: readonly [line: string, message: string][] = [
    ['requests list --key lapto', unknownKey],
    ['usage show --key lapto', unknownKey],
    [`scrub --key lapto ${join(folder, 'text.txt')}`, unknownKey],
    ['requests list --status abc', '--status must be a status such as 429 or 4xx'],
    ['requests list --outcome lost', '--outcome must be one of responded, refused'],
    ['requests list --day soon', '--day must be a day such as'],
    ['requests list --limit 0', '--limit must be at least 1'],
    ['requests list --before req_none', '--before: there is no request req_none on that day'],
    ['requests list --after req_none', '--after: there is no request req_none on that day'],
    ['requests list --after req_a --before req_b', '--before contradicts --after'],
    ['collections create faq --inject middle', '--inject must be one of search_result, text'],
    ['teams update search --usd-per-day 0.001', '--usd-per-day must be a dollar amount from 0.01'],
    ['keys update laptop --usd-per-day 0.001', '--usd-per-day must be a dollar amount from 0.01'],
  ];
  it.each(cases)('of "%s" is named with its option, once, here and over HTTP', async (...both) => {
    const [line, message] = both;
    for (const env of [onStore, overHttp()]) {
      const { code, out, err } = await llmp(line, env);
      expect([code, out]).toEqual([2, '']);
      const error = err.split('\n').find((each) => each.startsWith('error: ')) ?? '';
      expect(error).toContain(`error: ${message}`);
      // The option and the text after it are there once.
      expect(error.split(message.slice(0, 20))).toHaveLength(2);
      expect(error.split(message.slice(-20))).toHaveLength(2);
    }
  });

  it.each([
    ['keys show lapto', 'There is no key "lapto"; did you mean laptop?'],
    ['keys revoke lapto', 'There is no key "lapto"; did you mean laptop?'],
    ['keys rotate llmp_secret', 'There is no such key; use its id or name, not its secret.'],
    ['collections show handbok', 'There is no collection "handbok"; did you mean handbook?'],
    ['documents list --collection handbok', 'There is no collection "handbok"; did you mean'],
    ['documents show none.md --collection handbook', 'There is no document "none.md".'],
  ])('of "%s" is not found, and the nearest one is named', async (line, message) => {
    for (const env of [onStore, overHttp()]) {
      const { code, out, err } = await llmp(line, env);
      expect([code, out, err]).toEqual([1, '', expect.stringContaining(`error: ${message}`)]);
    }
  });

  it.each([
    ['policy check strict.yaml --key lapto', '--key: there is no key "lapto"'],
    ['claude --key llmp_foo --print-env', '--key is mistyped or cut short'],
    ['claude --key laptop --print-env', '--key must be a whole key'],
    ['policy check strict.yaml --sample none.json', '--sample none.json: is not a readable file'],
    ['policy test strict.yaml --cases none.yaml', '--cases none.yaml: is not a readable file'],
  ])('of "%s" is a wrong command line', async (line, message) => {
    const { code, out, err } = await llmp(line);
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(`error: ${message}`)]);
  });

  it.each([
    [
      'policy check strict.yaml --sample broken.yaml',
      '--sample broken.yaml: The text is not valid JSON',
    ],
    ['policy test strict.yaml --cases broken.yaml', '--cases broken.yaml: is not YAML in line'],
    ['policy check broken.yaml', 'broken.yaml: is not YAML in line'],
  ])('in the file of "%s" is named with the file and its option', async (line, message) => {
    const { code, err } = await llmp(line);
    expect([code, err]).toEqual([1, expect.stringContaining(`error: ${message}`)]);
  });

  it.each([
    'teams show serch',
    'keys list --team serch',
    'usage show --team serch',
    'requests list --team serch',
  ])('of a team in "%s" is told, as a team is just a name', async (line) => {
    for (const env of [onStore, overHttp()]) {
      const { code, err } = await llmp(line, env);
      expect(code).toBe(0);
      expect(err).toContain('No key or limit names the team "serch" yet; did you mean search?');
    }
    expect((await llmp(line.replace('serch', 'search'))).err).not.toContain('names the team');
  });

  it('is not a key of LLMP_KEYS, which is in no store', async () => {
    const id = parseKey(CONFIGURED)?.id ?? '';
    for (const env of [onStore, overHttp()]) {
      for (const line of ['requests list', 'usage show', `scrub ${join(folder, 'text.txt')}`]) {
        expect(await llmp(`${line} --key ${id}`, env)).toMatchObject({ code: 0 });
      }
    }
  });
});

describe('the requests of a day', () => {
  it('are listed newest first, page by page, in both directions', async () => {
    for (const env of [onStore, overHttp()]) {
      const all = idsOf((await llmp('requests list --limit 100', env)).out);
      const first = await llmp('requests list', env);
      expect(idsOf(first.out)).toEqual(all.slice(0, 20));
      expect(first.err).toContain(`More requests: --before ${all[19]}`);
      const rest = await llmp(`requests list --before ${all[19]}`, env);
      expect(idsOf(rest.out)).toEqual(all.slice(20));
      expect(rest.err).not.toContain('More requests');
      const newer = await llmp(`requests list --after ${all[20]} --limit 5`, env);
      expect(idsOf(newer.out)).toEqual(all.slice(15, 20));
      expect(newer.err).toContain(`More requests: --after ${all[15]}`);
      const json = await llmp('requests list --limit 5 --json', env);
      const page = JSON.parse(json.out) as { data: { id: string }[]; last_id: string };
      expect(page.data.map(({ id }) => id)).toEqual(all.slice(0, 5));
      const next = await llmp(`requests list --limit 5 --before ${page.last_id}`, env);
      expect(idsOf(next.out)).toEqual(all.slice(5, 10));
    }
  });

  it.each([
    ['--status 4xx', 4],
    ['--status 400', 4],
    ['--status 2xx --key laptop', 21],
    ['--error-code invalid_request', 4],
    ['--outcome refused', 4],
    ['--model claude-a --team search', 21],
    ['--status 5xx', 0],
  ])('are those of %s', async (filters, count) => {
    for (const env of [onStore, overHttp()]) {
      const { code, out } = await llmp(`requests list --limit 50 ${filters}`, env);
      expect([code, rowsOf(out)]).toEqual([0, expect.objectContaining({ length: count })]);
    }
  });

  it('are shown to the second on a terminal, without JSON', async () => {
    const options = { env: onStore, cwd: folder, isTerminal: true };
    const [id = ''] = idsOf((await llmp('requests list --status 200')).out);
    const { out } = await llmpCommand(['requests', 'show', id], options);
    expect(out).toMatch(/at:\S* +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n/);
    expect(out).toMatch(/stages:\S* +\w+ [\d.]+ ms, /);
    expect(out).not.toMatch(/[{}"]/);
  });
});

describe('what is shown in a pipe', () => {
  it('has a line of titles without underscores, and a cell below each', async () => {
    const ids = idsOf((await llmp('requests list --limit 100')).out);
    const titles = new Map<string, string>();
    for (const line of [
      'keys show laptop',
      'keys list',
      'teams show search',
      'teams list',
      'collections show handbook',
      'collections list',
      'usage show',
      'requests list',
      ...ids.slice(-5).map((id) => `requests show ${id}`),
      ...ids.slice(0, 2).map((id) => `requests show ${id}`),
    ]) {
      const [head = '', ...rows] = (await llmp(line)).out.trimEnd().split('\n');
      expect(head).not.toContain('_');
      for (const row of rows) expect(row.split('\t')).toHaveLength(head.split('\t').length);
      const command = line.split(' ').slice(0, 2).join(' ');
      expect(titles.get(command) ?? head).toBe(head);
      titles.set(command, head);
    }
    for (const group of ['keys', 'teams', 'collections']) {
      expect(titles.get(`${group} show`)).toBe(titles.get(`${group} list`));
    }
  });
});

describe('the end of the input at a question', () => {
  it.each(['collections delete handbook', 'documents remove leave.md --collection handbook'])(
    'of "%s" ends it, and changes nothing',
    async (line) => {
      writeFileSync(join(folder, 'leave.md'), '# Leave\n');
      await llmp('documents add leave.md --collection handbook');
      const options = { env: onStore, cwd: folder, isTerminal: true, input: '' };
      const { code, out, err } = await llmpCommand(line.split(' '), options);
      expect([code, out]).toEqual([1, '']);
      expect(err).toContain('[y/N]');
      expect(err).toContain('Nothing was changed.');
    },
  );
});

it('revokes the key in use of a name, and says which one is still accepted', async () => {
  const old = parseKey((await llmp('keys create --name desk')).out.trim())?.id ?? '';
  const next = parseKey((await llmp('keys rotate desk')).out.trim())?.id ?? '';
  expect(idsOf((await llmp('keys show desk')).out)).toEqual([next]);
  const revoked = await llmp('keys revoke desk');
  expect(idsOf(revoked.out)).toEqual([next]);
  expect(revoked.err).toContain(`The key ${old} of the same name is still accepted until 20`);
});

it('lists in the help the values of every option that has only some', () => {
  const words = /<(mode|bool|outcome|limit)>/;
  const options = COMMANDS.flatMap((spec) => spec.options ?? []);
  const without = options.filter(({ flags, choices }) => words.test(flags) && !choices);
  expect(without.map(({ flags }) => flags)).toEqual([]);
});

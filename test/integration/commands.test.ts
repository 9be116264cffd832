// The `llmp` command beside a running gateway.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseKey } from '../../shared/keys.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { llmpCommand } from '../kit/llmp-command.ts';

async function statusOf(gateway: Gateway, key: string, model = 'claude-a'): Promise<number> {
  const body = { model, max_tokens: 5, messages: [{ role: 'user', content: 'x' }] };
  const response = await fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}

describe('the llmp command', () => {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-command-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const llmp = (...args: string[]) =>
    llmpCommand(args, { env: { LLMP_DATA_DIR: directory }, cwd: directory });

  it('creates, lists, rotates and revokes keys of a running gateway', async () => {
    await using gateway = await startGateway({
      bus: 'embedded',
      env: { LLMP_DATA_DIR: directory },
    });
    const options = ['--team', 'search', '--models', 'claude-a, claude-b', '--expires', '30d'];
    const created = await llmp('keys', 'create', '--name', 'a laptop', ...options);
    expect(created).toMatchObject({ code: 0 });
    const key = created.out.trim();
    const id = parseKey(key)?.id ?? '';
    expect(created.out).toBe(`${key}\n`);
    expect(await statusOf(gateway, key)).toBe(200);

    const listed = await llmp('keys', 'list');
    expect(listed.out).toMatch(
      new RegExp(`^${id}\tactive\ta laptop\tsearch\tclaude-a,claude-b\t`, 'm'),
    );
    expect(listed.out).not.toContain('llmp_');

    const rotated = await llmp('keys', 'rotate', id, '--overlap', '1h');
    expect(rotated.err).toContain(`${id} is still accepted for 1h`);
    const successor = rotated.out.trim();
    expect(await statusOf(gateway, successor)).toBe(200);

    const { out } = await llmp('keys', 'revoke', id);
    expect(out).toMatch(new RegExp(`^id\tstatus\tname\t.*\n${id}\trevoked\t`));
    await expect.poll(() => statusOf(gateway, key), { timeout: 1_000 }).toBe(401);
    expect(await statusOf(gateway, successor)).toBe(200);
  });

  it('sets budgets and shows usage', async () => {
    await using gateway = await startGateway({
      bus: 'embedded',
      env: { LLMP_DATA_DIR: directory },
    });
    const budget = ['--usd-per-day', '2.50', '--usd-per-month', '40'];
    const { out } = await llmp('keys', 'create', '--name', 'bounded', ...budget);
    const key = out.trim();
    const id = parseKey(key)?.id ?? '';
    const listed = await llmp('keys', 'list');
    expect(listed.out).toMatch(new RegExp(`^${id}\t.*\tusd_per_day=2.5,usd_per_month=40$`, 'm'));
    expect(await statusOf(gateway, key, 'claude-opus-5-5')).toBe(200);
    const shown = async () => (await llmp('usage', 'show', '--by', 'key', '--key', 'bounded')).out;
    await expect.poll(shown).toMatch(new RegExp(`^key\trequests\t.*\n${id}\t1\t0\t`));
    const requests = await llmp('requests', 'list', '--key', 'bounded', '--json');
    const { data } = JSON.parse(requests.out) as { data: { id: string; key: string }[] };
    expect(data).toMatchObject([{ key: id, model: 'claude-opus-5-5', status: 200 }]);
    const one = await llmp('requests', 'show', data[0]?.id ?? '', '--json');
    expect(JSON.parse(one.out)).toEqual(data[0]);
    const { err, code } = await llmp('usage', 'show', '--from', 'soon');
    expect([code, err]).toEqual([2, expect.stringContaining('--from must be a day')]);
  });

  it('changes single limits of a key and of a team, and removes all', async () => {
    const per = '--requests-per-minute';
    const { out: key } = await llmp('keys', 'create', '--name', 'limited', per, '60');
    const id = parseKey(key.trim())?.id ?? '';
    const listed = await llmp('keys', 'list');
    expect(listed.out).toMatch(new RegExp(`^${id}\t.*\trequests_per_minute=60$`, 'm'));
    const changed = await llmp('keys', 'update', id, '--concurrent-requests', '2');
    expect(changed.out).toMatch(/\trequests_per_minute=60,concurrent_requests=2\n$/);
    expect((await llmp('keys', 'update', id, '--no-limits')).out).toMatch(/\tnone\n$/);
    await llmp('teams', 'update', 'search', '--input-tokens-per-minute', '5000', per, '7');
    const shown = await llmp('teams', 'show', 'search');
    expect(shown.out).toBe(
      'team\tkeys\tlimits\nsearch\t1\trequests_per_minute=7,input_tokens_per_minute=5000\n',
    );
    const without = await llmp('teams', 'update', 'search', '--no-limits');
    expect(without.out).toBe('team\tkeys\tlimits\nsearch\t1\tnone\n');
  });

  it.each([
    [
      2,
      '--requests-per-minute must be',
      ['keys', 'update', 'limited', '--requests-per-minute', 'x'],
    ],
    [2, 'name an option to change', ['keys', 'update', 'limited']],
    [2, 'contradicts', ['teams', 'update', 'a', '--no-limits', '--concurrent-requests', '1']],
    [2, 'name a limit to change', ['teams', 'update', 'a']],
    [2, 'Usage: llmp <command>', []],
    [2, "unknown command 'burn'; see llmp keys --help", ['keys', 'burn']],
    [2, '<key> is required', ['keys', 'revoke']],
    [2, "unknown option '--policy'; see llmp keys list --help", ['keys', 'list', '--policy', 'a']],
    [2, "unknown option '--colour'", ['keys', 'list', '--colour', 'red']],
    [
      2,
      '--models (entry 2) must be an exact model id',
      ['keys', 'create', '--name', 'a', '--models', 'a,*'],
    ],
    [1, 'There is no key "nobody".', ['keys', 'revoke', 'nobody']],
  ])('exits with %i and prints "%s"', async (code, message, args) => {
    const result = await llmp(...args);
    expect(result).toMatchObject({ code, out: '' });
    expect(result.err).toContain(message);
  });

  it('adds a folder of documents to a collection, and prints the state of each', async () => {
    await using gateway = await startGateway({
      bus: 'embedded',
      env: { LLMP_DATA_DIR: directory },
    });
    expect(gateway.url).toContain('http');
    const folder = join(directory, 'files');
    mkdirSync(join(folder, 'people'), { recursive: true });
    writeFileSync(join(folder, 'people', 'leave.md'), '# Leave\n\nEveryone has thirty days.');
    writeFileSync(join(folder, 'picture.png'), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 1]));
    writeFileSync(join(folder, '.hidden'), 'x');
    const created = await llmp('collections', 'create', 'handbook', '--passages-max', '3');
    expect(created.out).toMatch(
      /^name\t.*\nhandbook\t-\tsearch_result\tscrubbed\tcited\topen\tpassages_max=3/,
    );
    const added = await llmp('documents', 'add', folder, '--collection', 'handbook');
    expect(added.code).toBe(1);
    expect(added.out).toMatch(/^doc_\w+\tready\tpeople\/leave.md\t1\t0\t/m);
    expect(added.out).toMatch(
      /^doc_\w+\tfailed\tpicture.png\t-\t-\tThe file is none of the kinds/m,
    );
    expect(added.err).toContain('1 of 2 documents are in handbook.');
    expect(added.out).not.toContain('hidden');

    const key = (
      await llmp('keys', 'create', '--name', 'a', '--collections', 'handbook')
    ).out.trim();
    const response = await fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'claude-a',
        max_tokens: 5,
        messages: [{ role: 'user', content: 'How many days of leave has everyone?' }],
      }),
    });
    await response.arrayBuffer();
    expect(response.headers.get('x-llmp-rag')).toBe('found; documents="handbook/people/leave.md"');

    const listed = await llmp('documents', 'list', '--collection', 'handbook');
    expect(listed.out.trim().split('\n')).toHaveLength(3);
    const unasked = await llmp('collections', 'delete', 'handbook');
    expect(unasked).toMatchObject({
      code: 2,
      err: expect.stringMatching(/has 2 documents\.\nThe key a \(\w+\) searches it\.\n.*--yes/),
    });
    const deleted = await llmp('collections', 'delete', 'handbook', '--yes');
    expect(deleted).toMatchObject({ code: 0 });
    expect(await llmp('documents', 'list', '--collection', 'handbook')).toMatchObject({ code: 1 });
  });
});

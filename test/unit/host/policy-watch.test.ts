// The folder of policies while it changes: all of it counts or nothing, and nobody waits for it.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPolicies, type WatchedPolicies } from '../../../services/host/policy-watch.ts';
import { createEmbeddedBus } from '../../../shared/bus/embedded.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';
import { policyFolder, type PolicyFolder } from '../../kit/policy-folder.ts';
import { BARE_KIT, policyOf, words } from '../../kit/policies.ts';

const RULE = { id: 'a', match: words('x'), action: 'block' };
const GOOD = policyOf([RULE]);
const OTHER = policyOf([{ ...RULE, action: 'flag' }]);
const BROKEN = policyOf([{ ...RULE, action: 'explode' }]);

describe('a folder of policies', () => {
  let folder: PolicyFolder;
  let stack: AsyncDisposableStack;
  let said: string[];
  let watched: WatchedPolicies | undefined;
  const clock = createFakeClock();
  const bus = createEmbeddedBus({ onError: () => {} });
  beforeEach(() => {
    stack = new AsyncDisposableStack();
    folder = stack.use(policyFolder({ team: GOOD }));
    said = [];
  });
  afterEach(() => stack.disposeAsync());

  async function open(path: string | null = folder.path): Promise<WatchedPolicies> {
    const heard = said;
    const events = {
      policiesReplaced: ({ policies }: { policies: readonly string[] }) =>
        void heard.push(`replaced ${policies.length}`),
      policiesRejected: ({ reason }: { reason: string }) => void heard.push(reason),
    };
    watched = stack.use(await openPolicies({ folder: path, kit: BARE_KIT, clock, bus, events }));
    return watched;
  }

  /** Lets time pass until the next look, and waits for it. */
  async function look(): Promise<void> {
    clock.advance(500);
    await watched?.looked();
  }

  /** Lets looks pass until something is said. */
  async function saidAfterLooks(count = 1): Promise<readonly string[]> {
    await expect
      .poll(async () => {
        await look();
        return said.length;
      })
      .toBeGreaterThanOrEqual(count);
    return said;
  }

  it('gives the policies by the names of their files, and the shipped one as default', async () => {
    const { policies } = await open();
    expect(policies.named('team').rules).toHaveLength(1);
    expect(policies.named().label).toMatch(/^default@[0-9a-f]{8}$/);
    expect(policies.named('default')).toBe(policies.named());
    expect(() => policies.named('lost')).toThrow('does not exist');
  });

  it('may have its own default, in YAML or JSON, beside files that are none', async () => {
    writeFileSync(join(folder.path, 'default.json'), JSON.stringify(GOOD));
    writeFileSync(join(folder.path, 'README.md'), 'hello');
    writeFileSync(join(folder.path, '.hidden.yaml'), '[');
    const { policies } = await open();
    expect(policies.named().rules.map(({ id }) => id)).toEqual(['a']);
  });

  it('is not needed', async () => {
    const { policies } = await open(null);
    expect(policies.labels).toHaveLength(1);
  });

  it.each([
    ['team.yaml', JSON.stringify(BROKEN), 'team.yaml: rules.0.action: must be one of'],
    ['team.yaml', 'a: [', 'team.yaml: is not YAML in line'],
    ['Team A.yaml', '{}', 'a policy name has only lowercase letters'],
    ['team.json', '{}', 'another file already defines the policy team'],
  ])('keeps a gateway from starting with %s: %s', async (name, text, reason) => {
    writeFileSync(join(folder.path, name), text);
    await expect(open()).rejects.toThrow(reason);
  });

  it('keeps a gateway from starting where there is none', async () => {
    await expect(open('/nowhere/at/all')).rejects.toThrow('is not a readable folder');
  });

  it('is replaced when a file changes, comes or goes', async () => {
    const { policies } = await open();
    const before = policies.named('team');
    folder.write('team', OTHER);
    folder.write('more', GOOD);
    await saidAfterLooks();
    expect(policies.named('team').rules[0]?.action).toBe('flag');
    expect(policies.named('team').label).not.toBe(before.label);
    expect(policies.named('more').rules).toHaveLength(1);
    expect(before.rules[0]?.action).toBe('block');
    rmSync(join(folder.path, 'more.yaml'));
    await saidAfterLooks(2);
    expect(() => policies.named('more')).toThrow('does not exist');
  });

  it('that cannot be read any more leaves the old policies, and says so once', async () => {
    const { policies } = await open();
    rmSync(folder.path, { recursive: true });
    for (let looks = 0; looks < 5; looks++) await look();
    expect(said).toEqual([`${folder.path}: is not a readable folder`]);
    expect(policies.named('team').rules).toHaveLength(1);
  });

  it('keeps all old policies while one file is broken, and says why once', async () => {
    const { policies } = await open();
    folder.write('more', GOOD);
    folder.write('team', BROKEN);
    expect((await saidAfterLooks())[0]).toContain('team.yaml: rules.0.action: must be one of');
    for (let looks = 0; looks < 5; looks++) {
      await look();
    }
    expect(policies.named('team').rules[0]?.action).toBe('block');
    expect(() => policies.named('more')).toThrow('does not exist');
    folder.write('team', OTHER);
    await saidAfterLooks(2);
    expect(said).toHaveLength(2);
    expect(policies.named('team').rules[0]?.action).toBe('flag');
    expect(policies.named('more').rules).toHaveLength(1);
  });

  it('does not count as changed while a file is being written', async () => {
    const { policies } = await open();
    const path = join(folder.path, 'team.yaml');
    const half = 'version: 1\nrules: []\n';
    for (let size = 1; size <= half.length; size++) {
      writeFileSync(path, half.slice(0, size));
      await look();
    }
    writeFileSync(path, `${half}# done`);
    await saidAfterLooks();
    expect(policies.named('team').rules).toEqual([]);
    expect(said).toEqual(['replaced 2']);
  });

  it('is looked at at once when another process has seen a change', async () => {
    const first = await open();
    const second = await open();
    folder.write('team', OTHER);
    bus.publish('policies');
    await expect.poll(() => said.length).toBe(2);
    expect(first.policies.named('team').label).toBe(second.policies.named('team').label);
    expect(second.policies.named('team').rules[0]?.action).toBe('flag');
  });
});

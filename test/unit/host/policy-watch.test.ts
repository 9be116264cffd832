import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  compileSteps,
  openPolicies,
  type WatchedPolicies,
} from '../../../services/host/policy-watch.ts';
import { createEmbeddedBus } from '../../../shared/bus/embedded.ts';
import { limits } from '../../../shared/limits.ts';
import { buildDetection } from '../../../shared/privacy/detection.ts';
import { ProcessKernel } from '../../../shared/scan/process-kernel.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';
import { policyFolder, type PolicyFolder } from '../../kit/policy-folder.ts';
import { BARE_CONTEXT, policyOf, words } from '../../kit/policies.ts';

const RULE = { id: 'a', match: words('x'), action: 'block' };
const GOOD = policyOf([RULE]);
const OTHER = policyOf([{ ...RULE, action: 'flag' }]);
const BROKEN = policyOf([{ ...RULE, action: 'explode' }]);

describe('a folder of policies', () => {
  let folder: PolicyFolder;
  let stack: AsyncDisposableStack;
  let reports: string[];
  let watched: WatchedPolicies | undefined;
  const clock = createFakeClock();
  const bus = createEmbeddedBus({ onError: () => {} });
  beforeEach(() => {
    stack = new AsyncDisposableStack();
    folder = stack.use(policyFolder({ team: GOOD }));
    reports = [];
  });
  afterEach(() => stack.disposeAsync());

  async function open(path: string | null = folder.path): Promise<WatchedPolicies> {
    const ownReports = reports;
    const events = {
      policiesReplaced: ({ policies }: { policies: readonly string[] }) =>
        void ownReports.push(`replaced ${policies.length}`),
      policiesRejected: ({ reason }: { reason: string }) => void ownReports.push(reason),
    };
    watched = stack.use(
      await openPolicies({ folder: path, context: BARE_CONTEXT, clock, limits, bus, events }),
    );
    return watched;
  }

  /** Advances to the next check and waits for it. */
  async function check(): Promise<void> {
    clock.advance(500);
    await watched?.checked();
  }

  /** Runs checks until there are `count` reports. */
  async function checkUntilReported(count = 1): Promise<readonly string[]> {
    await expect
      .poll(async () => {
        await check();
        return reports.length;
      })
      .toBeGreaterThanOrEqual(count);
    return reports;
  }

  it('names policies after their files and has the shipped one as default', async () => {
    const { policies } = await open();
    expect(policies.named('team').rules).toHaveLength(1);
    expect(policies.named().label).toMatch(/^default@[0-9a-f]{8}$/);
    expect(policies.named('default')).toBe(policies.named());
    expect(() => policies.named('lost')).toThrow('does not exist');
  });

  it('may have a default of its own, in YAML or JSON, and ignores other files', async () => {
    writeFileSync(join(folder.path, 'default.json'), JSON.stringify(GOOD));
    writeFileSync(join(folder.path, 'README.md'), 'hello');
    writeFileSync(join(folder.path, '.hidden.yaml'), '[');
    const { policies } = await open();
    expect(policies.named().rules.map(({ id }) => id)).toEqual(['a']);
  });

  it('is optional', async () => {
    const { policies } = await open(null);
    expect(policies.labels).toHaveLength(1);
  });

  it.each([
    ['team.yaml', JSON.stringify(BROKEN), 'team.yaml: rules.0.action: must be one of'],
    ['team.yaml', 'a: [', 'team.yaml: is not YAML in line'],
    ['Team A.yaml', '{}', 'a policy name has only lowercase letters'],
    ['team.json', '{}', 'another file already defines the policy team'],
  ])('prevents the start with %s: %s', async (name, text, reason) => {
    writeFileSync(join(folder.path, name), text);
    await expect(open()).rejects.toThrow(reason);
  });

  it('prevents the start when it does not exist', async () => {
    await expect(open('/nowhere/at/all')).rejects.toThrow('is not a readable folder');
  });

  it('replaces policies when a file changes, appears or disappears', async () => {
    const { policies } = await open();
    const before = policies.named('team');
    folder.write('team', OTHER);
    folder.write('more', GOOD);
    await checkUntilReported();
    expect(policies.named('team').rules[0]?.action).toBe('flag');
    expect(policies.named('team').label).not.toBe(before.label);
    expect(policies.named('more').rules).toHaveLength(1);
    expect(before.rules[0]?.action).toBe('block');
    rmSync(join(folder.path, 'more.yaml'));
    await checkUntilReported(2);
    expect(() => policies.named('more')).toThrow('does not exist');
  });

  it('keeps the old policies when it becomes unreadable, and reports that once', async () => {
    const { policies } = await open();
    rmSync(folder.path, { recursive: true });
    for (let checks = 0; checks < 5; checks++) await check();
    expect(reports).toEqual([`${folder.path}: is not a readable folder`]);
    expect(policies.named('team').rules).toHaveLength(1);
  });

  it('keeps all old policies while one file is broken, and reports why once', async () => {
    const { policies } = await open();
    folder.write('more', GOOD);
    folder.write('team', BROKEN);
    expect((await checkUntilReported())[0]).toContain('team.yaml: rules.0.action: must be one of');
    for (let checks = 0; checks < 5; checks++) {
      await check();
    }
    expect(policies.named('team').rules[0]?.action).toBe('block');
    expect(() => policies.named('more')).toThrow('does not exist');
    folder.write('team', OTHER);
    await checkUntilReported(2);
    expect(reports).toHaveLength(2);
    expect(policies.named('team').rules[0]?.action).toBe('flag');
    expect(policies.named('more').rules).toHaveLength(1);
  });

  it('waits until a file is written completely', async () => {
    const { policies } = await open();
    const path = join(folder.path, 'team.yaml');
    const half = 'version: 1\nrules: []\n';
    for (let size = 1; size <= half.length; size++) {
      writeFileSync(path, half.slice(0, size));
      await check();
    }
    writeFileSync(path, `${half}# done`);
    await checkUntilReported();
    expect(policies.named('team').rules).toEqual([]);
    expect(reports).toEqual(['replaced 2']);
  });

  it('is checked immediately when another process has applied a change', async () => {
    const first = await open();
    const second = await open();
    folder.write('team', OTHER);
    bus.publish('policies');
    await expect.poll(() => reports.length).toBe(2);
    expect(first.policies.named('team').label).toBe(second.policies.named('team').label);
    expect(second.policies.named('team').rules[0]?.action).toBe('flag');
  });

  it('is compiled in small steps, after which bodies are searched for its words', () => {
    let kernel: ProcessKernel | undefined;
    buildDetection(null, (program) => (kernel = new ProcessKernel(program)));
    kernel?.prepare();
    const before = kernel?.program.keywords.length ?? 0;
    const list = Array.from({ length: 2_000 }, (_, at) => `word${at}`);
    const text = JSON.stringify(policyOf([{ ...RULE, match: words(...list) }]));
    const files = [{ name: 'team', path: 'team.yaml', text }];
    let steps = 0;
    for (const _ of compileSteps(files, BARE_CONTEXT, kernel)) {
      steps += 1;
      expect([before, before + list.length]).toContain(kernel?.program.keywords.length);
    }
    expect(steps).toBeGreaterThan(20);
    expect(kernel?.program.keywords.length).toBe(before + list.length);
  });
});

// The README says what the code says.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isPolicyLine, parseCommandLine } from '../../services/cli/command-line.ts';
import { readUpstreams } from '../../services/config/upstreams.ts';
import { buildDetection } from '../../shared/privacy/detection.ts';
import { runPolicyCommand } from '../../services/cli/policy-commands.ts';
import { createPolicyTrial } from '../../services/cli/policy-dry-run.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { BARE_KIT } from '../kit/policies.ts';
import { readme, withTables } from '../kit/readme-tables.ts';

describe('the README', () => {
  it('has the errors and settings of the code (npm run docs writes them)', () => {
    expect(readme()).toBe(withTables(readme()));
  });

  it('points only at files that are there', () => {
    const links = [...readme().matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(
      ([, path]) => path ?? '',
    );
    expect(links.length).toBeGreaterThan(20);
    const missing = links.filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url)));
    expect(missing).toEqual([]);
  });

  it('shows a policy that is usable, and cases that it passes', async () => {
    const blocks = [...readme().matchAll(/```yaml\n(.*?)```/gs)].map(([, block = '']) => block);
    const policy = blocks.find((block) => block.includes('\nrules:')) ?? '';
    const cases = blocks.find((block) => block.startsWith('cases:')) ?? '';
    const folder = mkdtempSync(join(tmpdir(), 'llmp-readme-'));
    writeFileSync(join(folder, 'strict.yaml'), policy);
    writeFileSync(join(folder, 'cases.yaml'), cases);
    const detection = buildDetection(null);
    const tools = { kit: BARE_KIT, tryPolicy: createPolicyTrial(detection, systemClock) };
    const lines: string[] = [];
    const output = { line: (text: string) => void lines.push(text), note: () => {} };
    const words = ['policy', 'test', join(folder, 'strict.yaml')];
    const line = parseCommandLine([...words, '--cases', join(folder, 'cases.yaml')]);
    if (!isPolicyLine(line)) throw new Error('the line is about a policy');
    expect(await runPolicyCommand(line, tools, output)).toBe(true);
    expect(lines.length).toBeGreaterThan(1);
    rmSync(folder, { recursive: true });
  });

  it('shows a file of upstreams that is usable', () => {
    const blocks = [...readme().matchAll(/```yaml\n(.*?)```/gs)].map(([, block = '']) => block);
    const text = blocks.find((block) => block.includes('\nupstreams:')) ?? '';
    expect(readUpstreams(text).upstreams.map(({ name }) => name)).toEqual(['anthropic', 'router']);
  });

  it('names only commands that package.json has', async () => {
    const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
    const named = [...readme().matchAll(/npm (?:run )?((?:test|check|bench|start)[:\w]*)/g)];
    const scripts = Object.keys(manifest.scripts);
    expect(
      named.map(([, script]) => script).filter((name) => !scripts.includes(name ?? '')),
    ).toEqual([]);
  });
});

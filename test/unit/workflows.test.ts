// The workflows of .github, as far as they can be checked without running them.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import manifest from '../../package.json' with { type: 'json' };

const FOLDER = new URL('../../.github/workflows/', import.meta.url);

const step = z.looseObject({ uses: z.string().optional(), run: z.string().optional() });
const job = z.looseObject({
  needs: z.union([z.string(), z.array(z.string())]).default([]),
  uses: z.string().optional(),
  steps: z.array(step).default([]),
  permissions: z.record(z.string(), z.string()).default({}),
});
const workflow = z.looseObject({
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(z.string(), job),
});

const workflows = readdirSync(FOLDER).map((name) => ({
  ...workflow.parse(parse(readFileSync(new URL(name, FOLDER), 'utf8'))),
  name,
}));
const jobsOf = (name: string) => workflows.find((each) => each.name === name)?.jobs ?? {};
const stepsOf = (jobs: z.output<typeof workflow>['jobs']) =>
  Object.values(jobs).flatMap(({ steps }) => steps);

describe.each(workflows)('the workflow $name', ({ permissions, jobs }) => {
  it('may only read, unless a job says so', () => {
    expect(permissions).toEqual({ contents: 'read' });
  });

  it('uses actions at a commit, or files of this repository', () => {
    const used = [...Object.values(jobs), ...stepsOf(jobs)].flatMap(({ uses }) => uses ?? []);
    expect(used.filter((name) => !/^\.\/|@[0-9a-f]{40}$/.test(name))).toEqual([]);
  });

  it('has scripts that Bash can read and package.json has', () => {
    const scripts = stepsOf(jobs).flatMap(({ run }) => run ?? []);
    for (const script of scripts) {
      expect(spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' }).stderr).toBe('');
      for (const [, name = ''] of script.matchAll(/npm run (\S+)/g)) {
        expect(manifest.scripts).toHaveProperty([name]);
      }
      // What the event says is text, not a part of the script.
      expect(script).not.toContain('${{');
    }
  });
});

describe('a release', () => {
  const jobs = jobsOf('release.yml');
  const before = (name: string): string[] =>
    [jobs[name]?.needs ?? []].flat().flatMap((each) => [each, ...before(each)]);

  it('publishes only what CI has passed', () => {
    expect(jobs['test']?.uses).toBe('./.github/workflows/ci.yml');
    for (const name of ['npm', 'image', 'multi-arch', 'announce']) {
      expect(before(name)).toEqual(expect.arrayContaining(['notes', 'test']));
    }
    expect(before('announce')).toEqual(expect.arrayContaining(['npm', 'image', 'multi-arch']));
  });

  it('says where the npm package comes from', () => {
    expect(jobs['npm']?.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
    expect(jobs['npm']?.steps.at(-1)?.run).toContain('npm publish --provenance');
    expect(manifest).not.toHaveProperty('private');
  });

  it('has an image for two architectures, with its bill of materials', () => {
    const matrix = z
      .object({ matrix: z.object({ include: z.array(z.object({ arch: z.string() })) }) })
      .parse(jobs['image']?.['strategy']);
    expect(matrix.matrix.include.map(({ arch }) => arch)).toEqual(['amd64', 'arm64']);
    expect(jobs['image']?.steps.at(-1)?.run).toMatch(/--provenance mode=max --sbom true/);
  });
});

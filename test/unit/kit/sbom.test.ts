// The bill of materials and the licences. That both are up to date is checked with the documentation.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { textOf } from '../../kit/readme-tables.ts';
import { lockedPackages, sbomOf, unexplained } from '../../kit/sbom.ts';

const LOCK = textOf('package-lock.json');
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const component = z.object({
  name: z.string(),
  version: z.string(),
  purl: z.string(),
  hashes: z.array(z.object({ alg: z.string(), content: z.string() })),
  licenses: z.array(z.unknown()).default([]),
});
const bom = z.object({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.literal('1.5'),
  components: z.array(component),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
});
const read = (text: string) => bom.parse(JSON.parse(text));

/** A lock file with these packages. */
function lockOf(packages: Record<string, object>): string {
  const all = Object.entries(packages).map(([path, fields]) => [
    `node_modules/${path}`,
    { version: '1.0.0', license: 'MIT', integrity: 'sha512-AAAA', ...fields },
  ]);
  return JSON.stringify({
    packages: { '': { name: 'llmp', version: '1.0.0' }, ...Object.fromEntries(all) },
  });
}

describe('the bill of materials', () => {
  it('has every package of package.json, and none of development alone', () => {
    const names = new Set(read(sbomOf(LOCK)).components.map(({ name }) => name));
    const { dependencies, devDependencies } = z
      .object({
        dependencies: z.record(z.string(), z.string()),
        devDependencies: z.record(z.string(), z.string()),
      })
      .parse(JSON.parse(textOf('package.json')));
    expect(Object.keys(dependencies).filter((name) => !names.has(name))).toEqual([]);
    expect(Object.keys(devDependencies).filter((name) => names.has(name))).toEqual([]);
  });

  it('has what npm has, with the same hashes', () => {
    const args = ['sbom', '--sbom-format=cyclonedx', '--package-lock-only', '--omit=dev'];
    const npm = read(execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8' }));
    const hashByUrl = new Map(
      read(sbomOf(LOCK)).components.map(({ purl, hashes }) => [purl, hashes[0]?.content]),
    );
    expect(npm.components.length).toBeGreaterThan(50);
    const differing = npm.components.filter(
      ({ purl, hashes }) => hashByUrl.get(purl) !== hashes[0]?.content,
    );
    expect(differing.map(({ purl }) => purl)).toEqual([]);
  });

  it('leads to every package from llmp', () => {
    const { components, dependencies } = read(sbomOf(LOCK));
    const byRef = new Map(dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
    const reached = new Set<string>();
    const reach = (ref: string): void => {
      if (reached.has(ref)) return;
      reached.add(ref);
      byRef.get(ref)?.forEach(reach);
    };
    reach(dependencies[0]?.ref ?? '');
    const missing = components.filter(({ name, version }) => !reached.has(`${name}@${version}`));
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  it('names no time, no serial number, no registry and a licence for each package', () => {
    const text = sbomOf(LOCK);
    expect(text).not.toMatch(/timestamp|serialNumber|https?:/);
    expect(read(text).components.filter(({ licenses }) => licenses.length !== 1)).toEqual([]);
  });

  it('finds the version that a package imports, as Node does', () => {
    const lock = lockOf({
      a: { version: '1.0.0', dependencies: { b: '1' } },
      b: { version: '1.0.0' },
      c: { version: '1.0.0', dependencies: { b: '2' } },
      'c/node_modules/b': { version: '2.0.0' },
    });
    expect(lockedPackages(lock).map(({ name, requires }) => [name, requires])).toEqual([
      ['llmp', []],
      ['a', ['b@1.0.0']],
      ['b', []],
      ['b', []],
      ['c', ['b@2.0.0']],
    ]);
  });
});

describe('the packages', () => {
  it('have an allowed licence and are released, or there is a reason', () => {
    expect(unexplained(lockedPackages(LOCK))).toEqual([]);
  });

  it.each([
    [{ license: 'GPL-3.0' }, 'a has the licence GPL-3.0'],
    [{ license: undefined }, 'a has the licence none'],
    [{ license: '(MIT OR GPL-3.0)' }, 'a has the licence (MIT OR GPL-3.0)'],
    [{ version: '1.0.0-25' }, 'a 1.0.0-25 is no release'],
    [{ license: 'SSPL-1.0', dev: true }, 'a has the licence SSPL-1.0'],
  ])('are refused otherwise: %j', (fields, message) => {
    expect(unexplained(lockedPackages(lockOf({ a: fields })))).toContain(message);
  });

  it('may not leave a reason behind', () => {
    expect(unexplained(lockedPackages(lockOf({ a: {} })))).toContain(
      'jszip needs no reason for its licence',
    );
  });
});

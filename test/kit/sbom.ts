// The packages of package-lock.json: the bill of materials of a running llmp (CycloneDX) and the licences of
// all packages. It has no time and no serial number, so that it changes only with the packages.
// `npm sbom` leaves out packages such as zod that a development dependency also asks for.

import * as z from 'zod';

const lockedPackage = z.object({
  version: z.string(),
  license: z.string().optional(),
  integrity: z.string().optional(),
  dev: z.boolean().default(false),
  optional: z.boolean().default(false),
  name: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
  peerDependencies: z.record(z.string(), z.string()).default({}),
});
const lockFile = z.object({
  packages: z.record(z.string(), z.looseObject({ link: z.boolean().default(false) })),
});

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly integrity: string;
  /** Whether only development needs it. */
  readonly isDev: boolean;
  readonly isOptional: boolean;
  /** `name@version` of the packages that it imports. */
  readonly requires: readonly string[];
}

const FOLDER = 'node_modules/';

/** In the order of their names and versions; the first entry is llmp itself. */
export function lockedPackages(lock: string): LockedPackage[] {
  const entries = Object.entries(lockFile.parse(JSON.parse(lock)).packages);
  // The other paths are folders of this repository, and links to them.
  const packages = Object.fromEntries(
    entries
      .filter(([path, { link }]) => path === '' || (path.startsWith(FOLDER) && !link))
      .map(([path, fields]) => [path, lockedPackage.parse(fields)]),
  );
  const nameAt = (path: string) =>
    packages[path]?.name ?? path.slice(path.lastIndexOf(FOLDER) + FOLDER.length);
  /** As Node does: in the folder of a package, then in those around it. */
  const resolve = (path: string, name: string): string | undefined => {
    for (let from = path; ;) {
      const found = `${from === '' ? '' : `${from}/`}${FOLDER}${name}`;
      if (packages[found]) return found;
      if (from === '') return undefined;
      from = from.slice(0, Math.max(0, from.lastIndexOf(`/${FOLDER}`)));
    }
  };
  const all = Object.entries(packages).map(([path, each]): LockedPackage => {
    const { dependencies, optionalDependencies, peerDependencies } = each;
    const names = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
    const required = names
      .map((name) => resolve(path, name))
      .filter((found) => found !== undefined);
    return {
      name: nameAt(path),
      version: each.version,
      license: each.license ?? 'none',
      integrity: each.integrity ?? '',
      isDev: each.dev,
      isOptional: each.optional,
      requires: required.map((found) => `${nameAt(found)}@${packages[found]?.version}`).toSorted(),
    };
  });
  const [own, ...others] = all;
  if (!own) throw new Error('the lock file has no package');
  const inOrder = Object.values(Object.fromEntries(others.map((each) => [refOf(each), each])));
  return [own, ...inOrder.toSorted((one, other) => (refOf(one) < refOf(other) ? -1 : 1))];
}

/** Allowed for every package. */
const LICENSES = new Set(['MIT', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC']);

/** Packages with another licence, and why they are used. */
const OTHER_LICENSES: Readonly<Record<string, string>> = {
  duck: 'its licence file is that of BSD-2-Clause',
  'fast-sha256': 'the Unlicense gives it to the public domain; only tests use it',
  jszip: 'used under MIT',
  lightningcss: 'MPL-2.0 covers changes to its own files; only the test runner uses it',
  pako: 'the Zlib licence asks only to name changed sources as such',
  tslib: '0BSD has no conditions',
  tweetnacl: 'the Unlicense gives it to the public domain',
};

/** Versions before a release, and why they are used. */
const PRERELEASES: Readonly<Record<string, string>> = {
  '@emnapi/core': 'required in this version by a tool of the test runner',
  '@emnapi/runtime': 'required in this version by a tool of the test runner',
  '@nats-io/services':
    'there is no release; it is by the authors of the NATS client, runs on its released core (see `overrides`), and the bus contract tests it',
  binaryen:
    'AssemblyScript, which compiles the scan kernel, names this build; it is no part of llmp',
};

/** Packages without an allowed licence or a release, and reasons that no package needs. */
export function unexplained(packages: readonly LockedPackage[]): string[] {
  const others = packages.filter(({ license }) => !LICENSES.has(license));
  const early = packages.filter(({ version }) => version.includes('-'));
  return [
    ...others
      .filter(({ name }) => !OTHER_LICENSES[familyOf(name)])
      .map(({ name, license }) => `${name} has the licence ${license}`),
    ...early
      .filter(({ name }) => !PRERELEASES[name])
      .map(({ name, version }) => `${name} ${version} is no release`),
    ...Object.keys(OTHER_LICENSES)
      .filter((name) => !others.some((each) => familyOf(each.name) === name))
      .map((name) => `${name} needs no reason for its licence`),
    ...Object.keys(PRERELEASES)
      .filter((name) => !early.some((each) => each.name === name))
      .map((name) => `${name} needs no reason for its version`),
  ];
}

/** The builds for single platforms have the licence of the package they belong to. */
function familyOf(name: string): string {
  return name.startsWith('lightningcss-') ? 'lightningcss' : name;
}

/** CycloneDX 1.5, one line for each package. */
export function sbomOf(lock: string): string {
  const [own, ...others] = lockedPackages(lock);
  const shipped = others.filter(({ isDev }) => !isDev);
  const refs = new Set(shipped.map(refOf));
  const lines = (items: readonly object[]) =>
    items.map((item) => `    ${JSON.stringify(item)}`).join(',\n');
  const dependencies = [...(own ? [own] : []), ...shipped].map((each) => ({
    ref: refOf(each),
    dependsOn: each.requires.filter((ref) => refs.has(ref)),
  }));
  return `{
  "bomFormat": "CycloneDX",
  "specVersion": "1.5",
  "version": 1,
  "metadata": ${JSON.stringify({ component: own && componentOf(own, 'application') })},
  "components": [
${lines(shipped.map((each) => componentOf(each, 'library')))}
  ],
  "dependencies": [
${lines(dependencies)}
  ]
}
`;
}

function componentOf(each: LockedPackage, type: 'application' | 'library') {
  const { name, version, license, integrity, isOptional } = each;
  const [algorithm, digest = ''] = integrity.split('-');
  if (type === 'library' && algorithm !== 'sha512') throw new Error(`${name} has no sha512`);
  const content = Buffer.from(digest, 'base64').toString('hex');
  return {
    type,
    'bom-ref': refOf(each),
    name,
    version,
    scope: isOptional ? 'optional' : 'required',
    ...(type === 'library' ? { hashes: [{ alg: 'SHA-512', content }] } : {}),
    licenses: [licenseOf(name, license)],
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
  };
}

function licenseOf(name: string, license: string) {
  if (license.startsWith('(')) return { expression: license.slice(1, -1) };
  // Its package.json says BSD, which no list of licences has.
  return { license: { id: name === 'duck' ? 'BSD-2-Clause' : license } };
}

function refOf({ name, version }: Pick<LockedPackage, 'name' | 'version'>): string {
  return `${name}@${version}`;
}

/** docs/licenses.md. */
export function licensesOf(lock: string): string {
  const [, ...packages] = lockedPackages(lock);
  const shipped = packages.filter(({ isDev }) => !isDev);
  const rows = shipped.map(
    ({ name, version, license }) => `| ${name} | ${version} | ${license} |\n`,
  );
  const reasons = (table: Readonly<Record<string, string>>) =>
    Object.entries(table)
      .map(([name, reason]) => `- \`${name}\`: ${reason}.\n`)
      .join('');
  const versions = Map.groupBy(packages, ({ name }) => name);
  const duplicates = [...versions].filter(([, each]) => each.length > 1);
  const several = duplicates.map(
    ([name, each]) => `- \`${name}\`: ${each.map(({ version }) => version).join(', ')}\n`,
  );
  return `# Licences

Written by \`npm run docs\` from \`package-lock.json\`. A test refuses a package whose licence is none of ${[...LICENSES].join(', ')}, and a version before a release, unless a reason is given here. The bill of materials in CycloneDX format is [\`deploy/sbom.cdx.json\`](../deploy/sbom.cdx.json), in the image \`/app/sbom.cdx.json\`; it lists the npm packages, not the Debian packages of the base image.

## Other licences

${reasons(OTHER_LICENSES)}
## Versions before a release

${reasons(PRERELEASES)}
## Packages in several versions

Their users ask for different ones.

${several.join('')}
## Packages of a running llmp

Those of other platforms are not installed. The text of each licence is in the package's folder in \`node_modules\`.

| Package | Version | Licence |
|---|---|---|
${rows.join('')}`;
}

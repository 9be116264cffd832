import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FORGE_KEYS } from '../../../../../../shared/privacy/detect/detectors/forge-keys.ts';
import { fakeKey } from '../../../../../kit/fake-key.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function checksum(body: string): string {
  let digits = '';
  for (let rest = crc32(body); digits.length < 6; rest = Math.floor(rest / 62)) {
    digits = BASE62.charAt(rest % 62) + digits;
  }
  return digits;
}

describe('FORGE_KEYS', () => {
  it.each([
    ['GITHUB_TOKEN', 'ghp_{w36}'],
    ['GITHUB_TOKEN', 'gho_{w36}'],
    ['GITHUB_TOKEN', 'ghu_{w36}'],
    ['GITHUB_TOKEN', 'ghr_{w76}'],
    ['GITHUB_TOKEN', 'ghs_{w36}'],
    ['GITHUB_TOKEN', 'github_pat_{w22}_{w59}'],
    ['GITLAB_TOKEN', 'glpat-{n20}'],
    ['GITLAB_TOKEN', 'glpat-{n27}.01.{l9}'],
    ['GITLAB_TOKEN', 'glpat-{w20}.01.{w9}'],
    ['ATLASSIAN_TOKEN', 'BBDC-{b44}'],
    ['DOCKER_TOKEN', 'SWMTKN-1-{l50}-{l25}'],
    ['DOCKER_TOKEN', 'SWMKEY-1-{b43}'],
    ['ARTIFACTORY_KEY', 'cmVmdGtu{w56}'],
    ['CLOJARS_TOKEN', 'CLOJARS_{h60}'],
    ['SOURCEGRAPH_TOKEN', 'sgp_{h40}'],
    ['SOURCEGRAPH_TOKEN', 'sgp_{h16}_{h40}'],
    ['SOURCEGRAPH_TOKEN', 'sgp_local_{h40}'],
    ['SOURCEGRAPH_TOKEN', 'slk_{h64}'],
    ['CODECOV_TOKEN', 'codecov_{w36}'],
    ['CRATES_TOKEN', 'cio{w32}'],
    ['JSR_TOKEN', 'jsrp_{w50}'],
    ['GITEA_TOKEN', 'gta_{h40}'],
    ['POSTMAN_KEY', 'PMAT-{L26}'],
    ['GITLAB_TOKEN', 'glrt-{n20}'],
    ['GITLAB_TOKEN', 'gldt-{n20}'],
    ['GITLAB_TOKEN', 'gloas-{h64}'],
    ['GITLAB_TOKEN', 'GR1348941{n20}'],
    ['ATLASSIAN_TOKEN', 'ATATT3xFfGF0{n180}={H8}'],
    ['ATLASSIAN_TOKEN', 'ATBB{w32}'],
    ['NPM_TOKEN', 'npm_{w36}'],
    ['PYPI_TOKEN', 'pypi-AgEIcHlwaS5vcmc{n120}'],
    ['RUBYGEMS_KEY', 'rubygems_{h48}'],
    ['NUGET_KEY', 'oy2{l43}'],
    ['DOCKER_TOKEN', 'dckr_pat_{n27}'],
    ['ARTIFACTORY_KEY', 'AKCp{w69}'],
    ['CIRCLECI_TOKEN', 'CCIPAT_{w22}_{h40}'],
    ['BUILDKITE_TOKEN', 'bkua_{h40}'],
    ['SONAR_TOKEN', 'squ_{h40}'],
    ['SENTRY_TOKEN', 'sntryu_{h64}'],
    ['SENTRY_TOKEN', 'sntrys_{b120}=_{b43}'],
    ['POSTMAN_KEY', 'PMAK-{h24}-{h34}'],
    ['LAUNCHDARKLY_KEY', 'sdk-{uuid}'],
  ])('finds a %s like %s', (entity, pattern) => {
    const key = fakeKey(pattern);
    for (const text of [key, `token: ${key}.`, `T="${key}"`, `T=\\n${key}\\n`, `u%3D${key}&x=1`]) {
      expect(secretsIn(FORGE_KEYS, text), text).toEqual([`${entity} ${key}`]);
    }
  });

  it.each([
    ['too short', fakeKey('ghp_{w35}')],
    ['part of a longer word', fakeKey('xghp_{w36}')],
    ['of another letter case', fakeKey('GHP_{w36}')],
    ['filler', `ghp_${'x'.repeat(36)}`],
    ['a placeholder', `github_pat_${'your_token_here_'.repeat(5)}`],
    ['a name', 'npm_config_registry_and_cache_directory'],
  ])('finds nothing that is %s', (_, text) => {
    expect(secretsIn(FORGE_KEYS, text)).toEqual([]);
  });

  it('finds a token of low entropy only with a valid checksum', () => {
    const body = 'abcdefghijklmnopqrstuvwxyzabcd';
    const token = `ghp_${body}${checksum(body)}`;
    expect(secretsIn(FORGE_KEYS, token)).toEqual([`GITHUB_TOKEN ${token}`]);
    expect(secretsIn(FORGE_KEYS, `ghp_${body}efghij`)).toEqual([]);
  });

  it('finds an installation token that is a JWT after the prefix', () => {
    const parts = [fakeKey('eyJ{n60}'), fakeKey('eyJ{n300}', 2), fakeKey('{n86}', 3)];
    const token = `ghs_12345_${parts.join('.')}`;
    expect(secretsIn(FORGE_KEYS, `TOKEN=${token}`)).toEqual([`GITHUB_TOKEN ${token}`]);
  });

  it('finds a token after the prefix of an instance', () => {
    const token = fakeKey('glpat-{n20}');
    expect(secretsIn(FORGE_KEYS, `ACME-${token}`)).toEqual([`GITLAB_TOKEN ${token}`]);
  });

  it('finds the last of a chain of prefixes', () => {
    const token = fakeKey('ghp_{w36}');
    expect(secretsIn(FORGE_KEYS, `${'ghp_'.repeat(50)}${token}`)).toEqual([
      `GITHUB_TOKEN ${token}`,
    ]);
  });
});

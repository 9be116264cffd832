// Keys to source code and to what is built from it: forges, package registries, build services.
// A new provider is a row. GitHub and npm publish that the last six digits are a CRC-32 in base62.

import { crc32 } from 'node:zlib';
import { prefixedKeys } from '../prefixed-key.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECKSUM_LENGTH = 6;

export const FORGE_KEYS = prefixedKeys([
  {
    entity: 'GITHUB_TOKEN',
    prefixes: ['ghp_', 'gho_', 'ghu_', 'ghr_'],
    form: /gh[opru]_[A-Za-z0-9_]{36,255}/,
    verify: hasChecksum,
  },
  {
    // Of some 520 units since 2026, when it became a JWT behind the prefix.
    // https://github.blog/changelog/2026-05-15-github-app-installation-tokens-per-request-override-header/
    entity: 'GITHUB_TOKEN',
    prefixes: ['ghs_'],
    form: /ghs_[A-Za-z0-9._-]{35,2000}[A-Za-z0-9_-]/,
    verify: hasChecksum,
  },
  {
    entity: 'GITHUB_TOKEN',
    prefixes: ['github_pat_'],
    form: /github_pat_[A-Za-z0-9_]{60,255}/,
  },
  {
    entity: 'GITLAB_TOKEN',
    prefixes: [
      'glpat-',
      'glrt-',
      'glrtr-',
      'glcbt-',
      'glptt-',
      'glft-',
      'glimt-',
      'glagent-',
      'gldt-',
      'gloas-',
      'glsoat-',
      'glffct-',
      'glwt-',
    ],
    // Routable ones go on with `.01.` and a checksum.
    form: /gl[a-z]{1,5}-[A-Za-z0-9_-]{20,300}(?:\.[0-9a-z]{2}\.[0-9a-z]{9}|\.[0-9a-z]{9})?/,
  },
  { entity: 'GITLAB_TOKEN', prefixes: ['GR1348941'], form: /GR1348941[A-Za-z0-9_-]{20,50}/ },
  {
    entity: 'ATLASSIAN_TOKEN',
    prefixes: ['ATATT3', 'ATCTT3', 'ATSTT3'],
    form: /AT[ACS]TT3[A-Za-z0-9_=-]{60,300}/,
  },
  { entity: 'ATLASSIAN_TOKEN', prefixes: ['ATBB'], form: /ATBB[A-Za-z0-9]{32}/ },
  { entity: 'NPM_TOKEN', prefixes: ['npm_'], form: /npm_[A-Za-z0-9]{36}/, verify: hasChecksum },
  {
    // The macaroon begins with the name of the host: pypi or its test instance.
    entity: 'PYPI_TOKEN',
    prefixes: ['pypi-'],
    form: /pypi-AgE[A-Za-z0-9_-]{50,500}/,
  },
  { entity: 'RUBYGEMS_KEY', prefixes: ['rubygems_'], form: /rubygems_[0-9a-f]{48}/ },
  { entity: 'NUGET_KEY', prefixes: ['oy2'], form: /oy2[a-z0-9]{43}/ },
  {
    entity: 'DOCKER_TOKEN',
    prefixes: ['dckr_pat_', 'dckr_oat_'],
    form: /dckr_[po]at_[A-Za-z0-9_-]{27,40}/,
  },
  { entity: 'ARTIFACTORY_KEY', prefixes: ['AKCp'], form: /AKCp[A-Za-z0-9]{60,80}/ },
  {
    entity: 'CIRCLECI_TOKEN',
    prefixes: ['CCIPAT_', 'CCIPRJ_'],
    form: /CCIP(?:AT|RJ)_[A-Za-z0-9]{20,30}_[0-9a-f]{40}/,
  },
  { entity: 'BUILDKITE_TOKEN', prefixes: ['bkua_'], form: /bkua_[0-9a-f]{40}/ },
  {
    entity: 'SONAR_TOKEN',
    prefixes: ['squ_', 'sqp_', 'sqa_'],
    form: /sq[aup]_[0-9a-f]{40}/,
  },
  { entity: 'SENTRY_TOKEN', prefixes: ['sntryu_'], form: /sntryu_[0-9a-f]{64}/ },
  { entity: 'SENTRY_TOKEN', prefixes: ['sntrys_'], form: /sntrys_[A-Za-z0-9+/=_-]{60,500}/ },
  { entity: 'POSTMAN_KEY', prefixes: ['PMAK-'], form: /PMAK-[0-9a-f]{24}-[0-9a-f]{34}/ },
  {
    entity: 'LAUNCHDARKLY_KEY',
    prefixes: ['sdk-', 'api-'],
    form: /(?:sdk|api)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/,
  },
]);

/** https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/ */
function hasChecksum(key: string): boolean {
  const body = key.slice(key.indexOf('_') + 1);
  let rest = crc32(body.slice(0, -CHECKSUM_LENGTH));
  let digits = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place++) {
    digits = BASE62.charAt(rest % BASE62.length) + digits;
    rest = Math.floor(rest / BASE62.length);
  }
  return body.endsWith(digits);
}

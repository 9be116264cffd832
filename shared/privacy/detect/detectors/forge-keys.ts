// Keys of forges, package registries and build services. To add a provider, add an entry. GitHub
// and npm document that the last six digits are a CRC-32 in base62.

import { crc32 } from 'node:zlib';
import { prefixedKeys } from '../prefixed-key.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECKSUM_LENGTH = 6;

export const FORGE_KEYS = prefixedKeys([
  {
    entity: 'GITHUB_TOKEN',
    prefixes: ['ghp_', 'gho_', 'ghu_', 'ghr_'],
    pattern: /gh[opru]_[A-Za-z0-9_]{36,255}/,
    verify: hasChecksum,
  },
  {
    // About 520 characters since 2026: a JWT after the prefix.
    // https://github.blog/changelog/2026-05-15-github-app-installation-tokens-per-request-override-header/
    entity: 'GITHUB_TOKEN',
    prefixes: ['ghs_'],
    pattern: /ghs_[A-Za-z0-9._-]{35,2000}[A-Za-z0-9_-]/,
    verify: hasChecksum,
  },
  {
    entity: 'GITHUB_TOKEN',
    prefixes: ['github_pat_'],
    pattern: /github_pat_[A-Za-z0-9_]{60,255}/,
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
    // Routable tokens continue with `.01.` and a checksum.
    pattern:
      /gl[a-z]{1,5}-[A-Za-z0-9_-]{20,300}(?:\.[0-9a-z]{2}\.[0-9A-Za-z]{9}|\.[0-9A-Za-z]{9})?/,
  },
  {
    entity: 'GITLAB_TOKEN',
    prefixes: ['_gitlab_session='],
    pattern: /_gitlab_session=(?<key>[0-9a-z]{32})/,
  },
  { entity: 'GITLAB_TOKEN', prefixes: ['GR1348941'], pattern: /GR1348941[A-Za-z0-9_-]{20,50}/ },
  {
    entity: 'ATLASSIAN_TOKEN',
    prefixes: ['ATATT3', 'ATCTT3', 'ATSTT3'],
    pattern: /AT[ACS]TT3[A-Za-z0-9_=-]{60,300}/,
  },
  { entity: 'ATLASSIAN_TOKEN', prefixes: ['BBDC-'], pattern: /BBDC-[A-Za-z0-9+/_-]{44}/ },
  { entity: 'ATLASSIAN_TOKEN', prefixes: ['ATBB'], pattern: /ATBB[A-Za-z0-9]{32}/ },
  { entity: 'NPM_TOKEN', prefixes: ['npm_'], pattern: /npm_[A-Za-z0-9]{36}/, verify: hasChecksum },
  {
    // The macaroon begins with the host name: pypi or its test instance.
    entity: 'PYPI_TOKEN',
    prefixes: ['pypi-'],
    pattern: /pypi-AgE[A-Za-z0-9_-]{50,500}/,
  },
  { entity: 'RUBYGEMS_KEY', prefixes: ['rubygems_'], pattern: /rubygems_[0-9a-f]{48}/ },
  { entity: 'NUGET_KEY', prefixes: ['oy2'], pattern: /oy2[a-z0-9]{43}/ },
  {
    entity: 'DOCKER_TOKEN',
    prefixes: ['dckr_pat_', 'dckr_oat_'],
    pattern: /dckr_[po]at_[A-Za-z0-9_-]{27,40}/,
  },
  {
    entity: 'DOCKER_TOKEN',
    prefixes: ['SWMTKN-1-'],
    pattern: /SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}/,
  },
  { entity: 'DOCKER_TOKEN', prefixes: ['SWMKEY-1-'], pattern: /SWMKEY-1-[A-Za-z0-9+/]{43}/ },
  // Base64 of `reftkn:`.
  { entity: 'ARTIFACTORY_KEY', prefixes: ['cmVmdGtu'], pattern: /cmVmdGtu[A-Za-z0-9]{56}/ },
  { entity: 'CLOJARS_TOKEN', prefixes: ['CLOJARS_'], pattern: /CLOJARS_[0-9a-z]{60}/i },
  {
    entity: 'SOURCEGRAPH_TOKEN',
    prefixes: ['sgp_', 'slk_', 'sgd_', 'sgs_'],
    pattern: /(?:sgp|slk|sgd|sgs)_(?:(?:[0-9a-fA-F]{16}|local)_)?(?:[0-9a-fA-F]{40}|[0-9a-f]{64})/,
    verify: () => false,
  },
  { entity: 'CODECOV_TOKEN', prefixes: ['codecov_'], pattern: /codecov_[A-Za-z0-9-]{32,40}/ },
  { entity: 'CRATES_TOKEN', prefixes: ['cio'], pattern: /cio[A-Za-z0-9]{32}/, verify: () => false },
  {
    entity: 'DENO_TOKEN',
    prefixes: ['ddp_', 'ddo_', 'ddw_'],
    pattern: /dd[pow]_[A-Za-z0-9]{36}/,
  },
  {
    entity: 'JSR_TOKEN',
    prefixes: ['jsrp_', 'jsrd_', 'jsrt_'],
    pattern: /jsr[pdt]_[A-Za-z0-9]{43,60}/,
  },
  { entity: 'GITEA_TOKEN', prefixes: ['gta_'], pattern: /gta_[0-9a-f]{40}/ },
  { entity: 'ARTIFACTORY_KEY', prefixes: ['AKCp'], pattern: /AKCp[A-Za-z0-9]{60,80}/ },
  {
    entity: 'CIRCLECI_TOKEN',
    prefixes: ['CCIPAT_', 'CCIPRJ_'],
    pattern: /CCIP(?:AT|RJ)_[A-Za-z0-9]{20,30}_[0-9a-f]{40}/,
  },
  {
    entity: 'BUILDKITE_TOKEN',
    prefixes: ['bkua_', 'bkaj_'],
    pattern: /bk(?:ua|aj)_[0-9a-zA-Z]{40}/,
  },
  {
    entity: 'SONAR_TOKEN',
    prefixes: ['squ_', 'sqp_', 'sqa_'],
    pattern: /sq[aup]_[0-9a-f]{40}/,
  },
  { entity: 'SENTRY_TOKEN', prefixes: ['sntryu_'], pattern: /sntryu_[0-9a-f]{64}/ },
  { entity: 'SENTRY_TOKEN', prefixes: ['sntrys_'], pattern: /sntrys_[A-Za-z0-9+/=_-]{60,500}/ },
  { entity: 'POSTMAN_KEY', prefixes: ['PMAT-'], pattern: /PMAT-[0-9A-Z]{26}/ },
  { entity: 'POSTMAN_KEY', prefixes: ['PMAK-'], pattern: /PMAK-[0-9a-f]{24}-[0-9a-f]{34}/ },
  {
    entity: 'LAUNCHDARKLY_KEY',
    prefixes: ['sdk-', 'api-'],
    pattern: /(?:sdk|api)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/,
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

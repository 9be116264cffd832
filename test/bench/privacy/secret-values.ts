// Secrets for the labelled corpus: correct form and check digits (GitHub, npm), never issued. Assembled at
// run time, see test/kit/fake-key.ts.

import { crc32 } from 'node:zlib';
import { fakeKey } from '../../kit/fake-key.ts';
import { pick, type Chance } from '../../kit/seeded.ts';
import type { Maker } from './maker.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function key(chance: Chance, pattern: string): string {
  return fakeKey(pattern, chance(2 ** 31));
}

/** The prefix, thirty random characters and a CRC-32 as six base62 digits. */
function withCrc(chance: Chance, prefix: string): string {
  const body = key(chance, '{w30}');
  let rest = crc32(body);
  let digits = '';
  for (; digits.length < 6; rest = Math.floor(rest / 62))
    digits = BASE62.charAt(rest % 62) + digits;
  return prefix + body + digits;
}

function jwt(chance: Chance): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: String(chance(1e9)), name: 'A. Lee', iat: 1_700_000_000 + chance(1e6) };
  return `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}.${key(chance, '{n43}')}`;
}

function pem(chance: Chance): string {
  const lines = Array.from({ length: 6 }, () => key(chance, '{b64}'));
  const [begin, end] = ['BEGIN', 'END'].map((word) => `-----${word} PRIVATE KEY-----`);
  return [begin, ...lines, `${key(chance, '{w22}')}==`, end].join('\n');
}

const WORDS = 'Harbour Winter copper Tiger lantern Rocket'.split(' ');

/** A typical human password: word, sign, digits. */
function password(chance: Chance): string {
  return `${pick(chance, WORDS)}${pick(chance, Array.from('!#$*_-'))}${100 + chance(9900)}`;
}

const prefixed = (entity: string, name: string, pattern: string): Maker => ({
  entity,
  name,
  make: (chance) => key(chance, pattern),
});

export const SECRETS: readonly Maker[] = [
  prefixed('AWS_ACCESS_KEY', 'access key', 'AKIA{L16}'),
  prefixed('AWS_SECRET_KEY', 'aws secret access key', '{b40}'),
  { entity: 'GITHUB_TOKEN', name: 'token', make: (chance) => withCrc(chance, 'ghp_') },
  { entity: 'NPM_TOKEN', name: 'token', make: (chance) => withCrc(chance, 'npm_') },
  prefixed('GITLAB_TOKEN', 'token', 'glpat-{w20}'),
  prefixed('SLACK_TOKEN', 'token', 'xoxb-{d12}-{d12}-{w24}'),
  prefixed('STRIPE_KEY', 'stripe', 'sk_live_{w24}'),
  prefixed('OPENAI_KEY', 'key', 'sk-proj-{n48}'),
  prefixed('ANTHROPIC_KEY', 'key', 'sk-ant-api03-{n93}AA'),
  prefixed('GCP_API_KEY', 'key', 'AIza{n35}'),
  prefixed('SENDGRID_KEY', 'key', 'SG.{n22}.{n43}'),
  prefixed('HUGGING_FACE_TOKEN', 'token', 'hf_{w34}'),
  { entity: 'JSON_WEB_TOKEN', name: 'session', make: jwt },
  { entity: 'PRIVATE_KEY', name: 'key', make: pem },
  {
    entity: 'URL_CREDENTIALS',
    name: 'database url',
    make: (chance) =>
      `${pick(chance, ['postgres', 'mysql', 'redis', 'amqp', 'https'])}://«app:${key(chance, '{w16}')}»@db.internal:5432/main`,
  },
  {
    entity: 'BASIC_AUTH_HEADER',
    name: 'authorization',
    make: (chance) => `Basic «${Buffer.from(`svc:${key(chance, '{w14}')}`).toString('base64')}»`,
  },
  {
    entity: 'BEARER_TOKEN',
    name: 'authorization',
    make: (chance) => `Bearer «${key(chance, '{w40}')}»`,
  },
  prefixed('GENERIC_SECRET', 'client secret', '{w32}'),
  { entity: 'GENERIC_SECRET', form: 'password', name: 'password', make: password },
];

// Credentials in HTTP headers and in commands: Basic and Bearer, curl logins.

import { beginsAt } from '../boundary.ts';
import type { Detector, Range } from '../detector.ts';
import { looksRandom } from '../entropy.ts';
import { isPlaceholderSecret, isTemplate } from '../placeholder-secret.ts';
import { isSecretValue } from '../secret-value.ts';

const shared = { secret: true, label: 'SECRET' } as const;

/** RFC 7617: base64 of `user:password`. */
const BASIC = /basic[ \t]{1,4}(?<value>[A-Za-z0-9+/]{6,400}={0,2})(?![A-Za-z0-9+/=])/iy;
/** RFC 6750, and vendor schemes. */
const BEARER =
  /(?:bearer|token|apikey|api-key|api-token|ssws|ntlm|negotiate)[ \t:=]{1,4}(?<value>[A-Za-z0-9._~+/-]{16,400}={0,2})/iy;
const HEADER = /authorization['"\]]{0,3}[ \t]{0,4}[:=,][ \t]{0,4}['"`]?/iy;
const RAW = /(?<value>[A-Za-z0-9._~+/-]{20,400}={0,2})(?=['"`\s\\,;]|$)/y;
const CURL_USER =
  /(?:-u|-a|--auth|--user|--proxy-user)[ \t=]{0,2}(?:(?<quote>["'])(?<value>[^"':]{0,64}:[^"'\r\n]{4,128}|[^"'\s:]{8,128}:)(?=\k<quote>)|(?<value>[^\s"':]{0,64}:(?!\/\/)[^\s"']{4,128}|[^\s"':]{1,64}:'[^'\n]{4,128}'|[^\s"':]{1,64}:"[^"\n]{4,128}"|[^\s"':]{8,128}:(?=\s)))/y;
const CURL_DISTANCE_MAX = 256;

export const basicHeader: Detector = {
  ...shared,
  entity: 'BASIC_AUTH_HEADER',
  tier: 'A',
  triggers: [{ kind: 'word', words: ['basic '] }],
  find: (text, start) => {
    if (!beginsAt(text, start)) return undefined;
    const found = valueAt(BASIC, text, start);
    return found && isLogin(text.slice(found.start, found.end)) ? found : undefined;
  },
};

export const bearerHeader: Detector = {
  ...shared,
  entity: 'BEARER_TOKEN',
  tier: 'A',
  triggers: [{ kind: 'word', words: ['bearer ', 'ssws '] }],
  find: (text, start) => (beginsAt(text, start) ? secretAt(BEARER, text, start) : undefined),
};

/** `Authorization: <token>` without a scheme, or with a custom one. */
export const authorizationHeader: Detector = {
  ...shared,
  entity: 'BEARER_TOKEN',
  tier: 'A',
  triggers: [{ kind: 'word', words: ['authorization'] }],
  find: (text, start) => {
    HEADER.lastIndex = start;
    if (!HEADER.test(text)) return undefined;
    const from = HEADER.lastIndex;
    return secretAt(BEARER, text, from) ?? secretAt(RAW, text, from);
  },
};

/** `curl -u user:password`; other commands use the option for other things. */
export const curlUser: Detector = {
  ...shared,
  entity: 'BASIC_AUTH_HEADER',
  tier: 'A',
  triggers: [
    { kind: 'word', words: [' -u', ' --user', ' --proxy-user', ' -a ', ' --auth ', ' --auth='] },
  ],
  find: (text, start) => {
    const found = valueAt(CURL_USER, text, start + 1);
    if (!found) return undefined;
    if (!/(?:^|[\s|;&($`'"])(?:curl|wget|https?|xh)(?:\s|$)/.test(commandBefore(text, start)))
      return undefined;
    const [user = '', password = ''] = text.slice(found.start, found.end).split(':');
    // The key of an API in place of the user.
    if (password === '')
      return isKey(user) ? { start: found.start, end: found.end - 1 } : undefined;
    return isTemplate(password) || isPlaceholderSecret(password) || isTemplate(user)
      ? undefined
      : found;
  },
};

function isKey(user: string): boolean {
  return isSecretValue(user, { kind: 'password', word: 'password', notation: 'loose' });
}

/** Returns the command line up to `end`, joining lines continued by a backslash. */
function commandBefore(text: string, end: number): string {
  const before = text.slice(Math.max(0, end - CURL_DISTANCE_MAX), end).replaceAll(/\\\r?\n/g, ' ');
  return before.slice(before.lastIndexOf('\n') + 1);
}

function secretAt(form: RegExp, text: string, start: number): Range | undefined {
  const found = valueAt(form, text, start);
  if (!found) return undefined;
  const value = text.slice(found.start, found.end);
  return looksRandom(value) && !isTemplate(value) && !isPlaceholderSecret(value)
    ? found
    : undefined;
}

function valueAt(form: RegExp, text: string, start: number): Range | undefined {
  form.lastIndex = start;
  const value = form.exec(text)?.groups?.['value'];
  if (value === undefined) return undefined;
  return { start: form.lastIndex - value.length, end: form.lastIndex };
}

function isLogin(value: string): boolean {
  const login = Buffer.from(value, 'base64').toString('utf8');
  if (!/^[^:\p{C}\uFFFD]*:[^\p{C}\uFFFD]+$/u.test(login)) return false;
  const password = login.slice(login.indexOf(':') + 1);
  return !isTemplate(password) && !isPlaceholderSecret(password);
}

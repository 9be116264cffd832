// Passwords that their place in a line identifies: connection strings of `key=value` pairs, password files
// of PostgreSQL (`.pgpass`), netrc files and /etc/shadow.

import {
  ASTERISK,
  BACKSLASH,
  codeAt,
  COLON,
  isBlank,
  isDigit,
  isLetter,
  UNDERSCORE,
} from '../characters.ts';
import type { Detector, Range } from '../detector.ts';
import { isLoginPassword } from './url-credentials.ts';
import { LOGIN_PASSWORD } from './login-password.ts';

/** Characters inspected on each side. */
const REACH = 300;

const NAME_BEFORE = /(?:^|[\s"'`;(\]]|\\[nrt])$/;
/** `=` and a value in single quotes with escapes, or up to a blank, a quote or a semicolon. */
const PAIR_VALUE =
  /[ \t]{0,4}=[ \t]{0,4}(?:'(?<quoted>(?:[^'\\\n]|\\.|''){1,128})'|(?<bare>(?:(?!\\[nr][a-z_]{1,20}[ \t]{0,4}=)[^\s"'`;,()]){1,128}))/y;
/** Another pair of a connection string, with a blank or a semicolon around it. */
const OTHER_PAIR =
  /(?:^|[\s"'`;]|\\[nrt])(?:host|hostaddr|port|dbname|database|user|uid|user id|username|sslmode|connect_timeout|application_name|server|data source|initial catalog)[ \t]{0,4}=[ \t]{0,4}(?:'[^'\n]{0,128}'|[^\s"'`;,()]{1,128})(?=[\s"'`;]|\\|$)/i;

/** `host=db user=app password=…` of libpq, and `Server=db;Uid=app;Pwd=…;` of ADO. */
export const connectionString: Detector = {
  ...LOGIN_PASSWORD,
  triggers: [{ kind: 'word', words: ['password', 'pwd'] }],
  find(text, start, end): Range | undefined {
    if (!NAME_BEFORE.test(text.slice(Math.max(0, start - 2), start))) return undefined;
    PAIR_VALUE.lastIndex = end;
    const groups = PAIR_VALUE.exec(text)?.groups;
    if (!groups) return undefined;
    const valueEnd = PAIR_VALUE.lastIndex - (groups['quoted'] === undefined ? 0 : 1);
    const value = groups['quoted'] ?? groups['bare'] ?? '';
    // A comma or bracket after the value means source code.
    if (/[,()]/.test(text[PAIR_VALUE.lastIndex] ?? '') || !isLoginPassword(value)) return undefined;
    const [before, after] = lineAround(text, start, PAIR_VALUE.lastIndex);
    if (!OTHER_PAIR.test(before) && !OTHER_PAIR.test(after)) return undefined;
    return { start: valueEnd - value.length, end: valueEnd };
  },
};

/** Host, port, database, user and password; a colon in a part has a backslash. */
const PGPASS =
  /^(?:.*[\s"'`>+])?(?:[\w.*-]|\\:){1,253}:(?:\d{4,5}|\*):(?:[A-Za-z_*](?:[^:\\\s]|\\.){0,63}):(?:[A-Za-z_*](?:[^:\\\s]|\\.){0,63}):$/;
const PGPASS_PASSWORD = /(?:[^\s:"'`\\]|\\[\\:]){4,256}(?=["'`]?(?:\s|\\[nr]|$))/y;

/** `db.internal:5432:shop:app:…`, with `*` for any host, port, database or user. */
export const pgpassLine: Detector = {
  ...LOGIN_PASSWORD,
  triggers: [{ kind: 'char', chars: ':', before: /[^\s\\:]/, after: /[^\s:"'`]/ }],
  find(text, start, end): Range | undefined {
    if (!endsUser(text, start)) return undefined;
    PGPASS_PASSWORD.lastIndex = end;
    if (!PGPASS_PASSWORD.test(text)) return undefined;
    const password = { start: end, end: PGPASS_PASSWORD.lastIndex };
    const [line] = lineAround(text, end, end);
    if (!PGPASS.test(line) || !isLoginPassword(text.slice(password.start, password.end))) {
      return undefined;
    }
    // Groups of an IPv6 address.
    return /^[0-9a-f:]*$/i.test(line) ? undefined : password;
  },
};

/** Whether a port, a database and a user may end at `end`; rejects nearly all colons. */
function endsUser(text: string, end: number): boolean {
  const user = nameStart(text, end);
  if (user === undefined) return false;
  if (user === ESCAPED) return true;
  const database = nameStart(text, user - 1);
  if (database === undefined) return false;
  if (database === ESCAPED) return true;
  const port = codeAt(text, database - 2);
  return port === ASTERISK || isDigit(port);
}

const NAME_LENGTH_MAX = 64;
/** A character with a backslash may be any. */
const ESCAPED = -1;

/** Returns where the name of a user or a database starts that ends at `end` and follows a colon. */
function nameStart(text: string, end: number): number | undefined {
  const limit = Math.max(0, end - NAME_LENGTH_MAX - 1);
  for (let at = end - 1; at >= limit; at--) {
    const code = text.charCodeAt(at);
    // Most are letters, in small.
    if (code > BACKSLASH) continue;
    if (code === COLON)
      return at + 1 < end && mayBeginName(codeAt(text, at + 1)) ? at + 1 : undefined;
    if (code === BACKSLASH) return ESCAPED;
    if (isBlank(code)) return undefined;
  }
  return undefined;
}

function mayBeginName(code: number): boolean {
  return isLetter(code) || code === ASTERISK || code === UNDERSCORE;
}

const NETRC_GAP = String.raw`(?:\s|\\[nrt]){1,16}`;
const NETRC_BEFORE = new RegExp(
  `(?:^|[\\s"'\`]|\\\\[nrt])(?:machine${NETRC_GAP}[^\\s\\\\]{1,253}|default)` +
    `(?<login>(?:${NETRC_GAP}(?:login|account)${NETRC_GAP}[^\\s\\\\]{1,128}){0,2})${NETRC_GAP}$`,
);
const NETRC_PASSWORD = new RegExp(
  `${NETRC_GAP}(?:"(?<quoted>[^"\\n]{1,256})"|(?<bare>[^\\s\\\\"]{1,256}))(?<login>${NETRC_GAP}login\\s)?`,
  'y',
);

/** `machine api.corp.io login jo password …`, on one line or on several. */
export const netrcPassword: Detector = {
  ...LOGIN_PASSWORD,
  triggers: [{ kind: 'word', words: ['password', 'passwd'] }],
  find(text, start, end): Range | undefined {
    NETRC_PASSWORD.lastIndex = end;
    const after = NETRC_PASSWORD.exec(text)?.groups;
    if (!after) return undefined;
    const before = NETRC_BEFORE.exec(text.slice(Math.max(0, start - 2 * REACH), start))?.groups;
    // `the machine x password` may be prose; a login is not.
    if (!before || !(before['login'] || after['login'])) return undefined;
    const value = after['quoted'] ?? after['bare'] ?? '';
    const valueStart = text.indexOf(value, end + (after['quoted'] === undefined ? 1 : 2));
    if (!isLoginPassword(value)) return undefined;
    return { start: valueStart, end: valueStart + value.length };
  },
};

const SHADOW =
  /(?:^|[\s"'`]|\\[nr])[a-z_][\w.-]{0,31}\$?:(?<hash>!?[^:\s*!x][^:\s]{7,255}):\d{0,6}:\d{0,6}$/;

/** `root:…:19000:0:99999:7:::`, whatever the scheme of the hash. */
export const shadowLine: Detector = {
  ...LOGIN_PASSWORD,
  entity: 'PASSWORD_HASH',
  triggers: [{ kind: 'word', words: [':99999:'] }],
  find(text, start): Range | undefined {
    const from = Math.max(0, start - REACH);
    const groups = SHADOW.exec(text.slice(from, start))?.groups;
    if (!groups) return undefined;
    const hashStart = text.lastIndexOf(`:${groups['hash']}:`, start) + 1;
    return { start: hashStart, end: hashStart + (groups['hash'] ?? '').length };
  },
};

/** The rest of the line on both sides, as far as inspected. */
function lineAround(text: string, start: number, end: number): [before: string, after: string] {
  const before = text.slice(Math.max(0, start - REACH), start);
  const after = text.slice(end, end + REACH);
  return [before.slice(before.lastIndexOf('\n') + 1), after.split('\n', 1)[0] ?? ''];
}

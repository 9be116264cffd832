// Passwords in calls that log in: `smtp.login("jo", "…")`, `new NetworkCredential("jo", "…")`,
// `auth=("jo", "…")`, `CURLOPT_USERPWD, "jo:…"`.

import type { Detector, Range } from '../detector.ts';
import { isSecretValue } from '../secret-value.ts';
import { isLoginPassword } from './url-credentials.ts';

/** The name of the user, or another argument: a string or a variable. */
const ARGUMENT = String.raw`(?:\\?["'\x60][^"'\x60\n\\]{0,160}\\?["'\x60]|[A-Za-z_$@][\w$.@:>-]{0,60}(?:\[[^\]\n]{0,40}\])?)`;
/** The first two or three arguments; the last one in quotes is the password. */
const ARGUMENTS = new RegExp(
  String.raw`\s{0,16}(?:${ARGUMENT}\s{0,4},\s{0,16}){1,2}[bruN]?\\?["'\x60](?<value>[^"'\x60\s\\]{4,128})\\?["'\x60]\s{0,16}(?:,\s{0,16}(?:${ARGUMENT})?\s{0,4})?\)`,
  'y',
);
const USER_AND_PASSWORD =
  /["'\])]{0,3}\s{0,4}(?:,|=>?|:)\s{0,4}\\?["'](?<user>[^"':\s]{0,64}):(?<value>[^"'\s\\]{4,128})\\?["']/y;

export const loginCall: Detector = {
  entity: 'LOGIN_PASSWORD',
  label: 'SECRET',
  tier: 'A',
  secret: true,
  triggers: [
    {
      kind: 'word',
      words: [
        'login(',
        'logon(',
        'log_in(',
        'signin(',
        'sign_in(',
        'authenticate(',
        'networkcredential(',
        'passwordcredentials(',
        'passwordcredential(',
        'httpbasicauth(',
        'httpdigestauth(',
        'basicauth(',
        'basic_auth(',
        'setbasicauth(',
        'auth=(',
        '.auth(',
        'plainauth(',
        'getconnection(',
        'imap_open(',
        'ftp_login(',
        'mysqli_connect(',
        'mysqli(',
        'pymysql.connect(',
        'mysql.connect(',
        'mysql_connect(',
        'auth = (',
        'new pdo(',
      ],
    },
  ],
  find(text, _start, end): Range | undefined {
    const found = valueAt(ARGUMENTS, text, end);
    if (!found) return undefined;
    const value = text.slice(found.start, found.end);
    const isPassword = isSecretValue(value, {
      kind: 'password',
      word: 'password',
      notation: 'quoted',
    });
    return isPassword ? found : undefined;
  },
};

/** `user:password` in one string. */
export const userPassword: Detector = {
  entity: 'LOGIN_PASSWORD',
  label: 'SECRET',
  tier: 'A',
  secret: true,
  triggers: [
    {
      kind: 'word',
      words: ['userpwd', 'userpass', 'user_pass', 'basic_auth', 'basicauth', 'http_auth'],
    },
  ],
  find(text, _start, end): Range | undefined {
    const found = valueAt(USER_AND_PASSWORD, text, end);
    return found && isLoginPassword(text.slice(found.start, found.end)) ? found : undefined;
  },
};

function valueAt(pattern: RegExp, text: string, from: number): Range | undefined {
  const indexed = new RegExp(pattern.source, 'dy');
  indexed.lastIndex = from;
  const range = indexed.exec(text)?.indices?.groups?.['value'];
  return range && { start: range[0], end: range[1] };
}

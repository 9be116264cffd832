// Passwords in calls that log in: `smtp.login("jo", "…")`, `new NetworkCredential("jo", "…")`,
// `auth=("jo", "…")`, `CURLOPT_USERPWD, "jo:…"`.

import type { Detector, Range } from '../detector.ts';
import type { SecretName } from '../secret-names.ts';
import { isSecretValue } from '../secret-value.ts';
import { isLoginPassword } from './url-credentials.ts';
import { LOGIN_PASSWORD } from './login-password.ts';

/** The name of the user, or another argument: a string or a variable. */
const ARGUMENT = String.raw`(?:\\?["'\x60][^"'\x60\n\\]{0,160}\\?["'\x60]|[A-Za-z_$@][\w$.@:>-]{0,60}(?:\[[^\]\n]{0,40}\])?|\d{1,5})`;
/** Up to three arguments, and the password in quotes. */
const ARGUMENTS = new RegExp(
  String.raw`\s{0,16}(?:${ARGUMENT}\s{0,4},\s{0,16}){1,3}?(?:Some\()?[bruN]?\\?["'\x60](?<value>[^"'\x60\s\\]{4,128})\\?["'\x60]\)?\s{0,16}(?:,\s{0,16}(?:${ARGUMENT})?\s{0,4})?[){]`,
  'y',
);
const USER_AND_PASSWORD =
  /["'\])]{0,3}\s{0,4}(?:,|=>?|:)\s{0,4}\\?["'](?<user>[^"':\s]{0,64}):(?<value>[^"'\s\\]{4,128})\\?["']/y;
/** The same in parts: `'jo' . ':' . '…'`. */
const JOINED =
  /["'\])]{0,3}\s{0,4}(?:,|=>?|:)\s{0,4}(?:["'][^"'\n]{1,64}["']|[\w$.>-]{1,40})\s{0,2}[.+&]\s{0,2}["']:["']\s{0,2}[.+&]\s{0,2}["'](?<value>[^"'\s\\]{4,128})["']/y;

export const loginCall: Detector = {
  ...LOGIN_PASSWORD,
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
        'emailandpassword(',
        'simple_bind_s(',
        'simple_bind(',
        'ldap.bind(',
        'client.bind(',
        'conn.bind(',
        'create_user(',
        'createuser(',
        'create_superuser(',
        'sequelize(',
        ' ftp(',
        'ftp_tls(',
        'ssh.connect(',
        'client.connect(',
        'sftp.connect(',
        'authenticationtoken(',
      ],
    },
  ],
  find: (text, _start, end) => argumentAt(ARGUMENTS, text, end, 'password'),
};

/** The only argument, or the first one of a function that hashes or checks a password. */
const FIRST =
  /\s{0,4}[bruN]?\\?["'](?<value>[^"'`\s\\]{4,128})\\?["']\s{0,4}(?:[,)\]]|\.encode\()/y;

/** `bcrypt.hash("…", 10)`, `redis.auth("…")`, `Fernet(b"…")`. */
export const firstArgument: Detector = {
  ...LOGIN_PASSWORD,
  triggers: [
    {
      kind: 'word',
      words: [
        'bcrypt.hash(',
        'bcrypt.hashsync(',
        'bcrypt.compare(',
        'bcrypt.comparesync(',
        'argon2.hash(',
        'scryptsync(',
        'hashpw(',
        'password_hash(',
        'password_verify(',
        'hash_password(',
        'generate_password_hash(',
        'make_password(',
        'check_password(',
        'passwordencoder.encode(',
        'passwordencoder().encode(',
        'client.auth(',
        'redis.auth(',
        'r.auth(',
        'conn.auth(',
        'jedis.auth(',
        'fernet(',
        'hmac.new(',
        'ethers.wallet(',
        'new wallet(',
        'privatekeytoaccount(',
        'fromprivatekey(',
        'accounts: [',
      ],
    },
  ],
  find: (text, _start, end) => argumentAt(FIRST, text, end, 'password'),
};

/** The key after the payload or the algorithm. */
const SIGNING_KEY =
  /\s{0,8}(?:\{[^{}\n]{0,160}\}|["'][\w-]{1,24}["']|[A-Za-z_$][\w$.()[\]]{0,60}),\s{0,8}[bruN]?["'`](?<value>[^"'`\s\\]{8,512})["'`]\s{0,4}[,)]/y;

/** `jwt.sign(payload, "…")`, `createHmac("sha256", "…")`. */
export const signingKey: Detector = {
  ...LOGIN_PASSWORD,
  triggers: [
    {
      kind: 'word',
      words: [
        'jwt.sign(',
        'jwt.verify(',
        'jwt.encode(',
        'jwt.decode(',
        'createhmac(',
        'hash_hmac(',
      ],
    },
  ],
  find: (text, _start, end) => argumentAt(SIGNING_KEY, text, end, 'secret'),
};

/** `user:password` in one string. */
export const userPassword: Detector = {
  ...LOGIN_PASSWORD,
  triggers: [
    {
      kind: 'word',
      words: ['userpwd', 'userpass', 'user_pass', 'basic_auth', 'basicauth', 'http_auth'],
    },
  ],
  find(text, _start, end): Range | undefined {
    const found = valueAt(USER_AND_PASSWORD, text, end) ?? valueAt(JOINED, text, end);
    return found && isLoginPassword(text.slice(found.start, found.end)) ? found : undefined;
  },
};

function argumentAt(pattern: RegExp, text: string, from: number, kind: SecretName['kind']) {
  const found = valueAt(pattern, text, from);
  if (!found) return undefined;
  const value = text.slice(found.start, found.end);
  return isSecretValue(value, { kind, word: kind, notation: 'quoted' }) ? found : undefined;
}

function valueAt(pattern: RegExp, text: string, from: number): Range | undefined {
  const indexed = new RegExp(pattern.source, 'dy');
  indexed.lastIndex = from;
  const range = indexed.exec(text)?.indices?.groups?.['value'];
  return range && { start: range[0], end: range[1] };
}

// Names of secrets in settings, source code and prose, in the languages our users write.

import { isEscape, isLetter, isLower, isUpper, isWord, DOT, MINUS, codeAt } from './characters.ts';

export interface SecretName {
  readonly start: number;
  readonly end: number;
  /** The keyword in it, in lower case. */
  readonly word: string;
  /**
   * - `password`: people choose the value, so it may be short and contain words.
   * - `secret`: the value is mostly generated.
   * - `weak`: the name usually means something else; only a random value counts.
   */
  readonly kind: 'password' | 'secret' | 'weak';
}

const NAME_PART_LENGTH_MAX = 40;

const words = (text: string): string[] => text.split(',').map((word) => word.trim());

/** Found also inside a longer word: `dbpassword`. */
const PASSWORDS = words(
  'password,passwd,passphrase,passcode,pwd,pswd,paasword,pasword,pssword,psword,pswrd,psswd,psswrd,paswd,paswrd,passwort,kennwort,identified by,dbpass,mysqlpass,pgpass,userpass,rootpass,adminpass,smtppass,mailpass,ftppass,storepass,keypass,' +
    'sshpass,smbpass,ldappass,sqlpass,wifipass,loginpass,requirepass,masterauth,dbpw,userpw,rootpw,adminpw,' +
    'pre-shared-key,pre_shared_key,presharedkey,pre-shared key,keymaterial,unlock code,unlock_code',
);

/** Found only as a word of its own or a part of an identifier: `dbPass`, `MY_PW`, but not `bypass`. */
const SEPARATE_PASSWORDS = words(
  'pass,pw,psw,psk,passw,pass word,pass phrase,senha,palavra-passe,contraseña,contrasena,clave,mot de passe,motdepasse,' +
    "mot_de_passe,mdp,parola,parola d’ordine,parola d'ordine,wachtwoord,hasło,haslo,пароль,пароля,паролем,パスワード,暗証番号," +
    'kodeord,kodeordet,adgangskoden,lösenordet,passordet,kennworts,contrasenya,contrasinal,pasahitza,parolă,parolanız,' +
    'şifreniz,şifrem,лозинка,парола,паролата,пароли,lozinka,geslo,slaptažodis,parool,salasõna,lykilorð,fjalëkalimi,' +
    'salasanasi,salasanani,jelszava,jelszavam,jelszavad,הסיסמה,رمز المرور,باسورد,الباسورد,' +
    'wagwoord,cyfrinair,kata laluan,kontrasenyas,nenosiri,գաղտնաբառ,პაროლი,құпиясөз,رمز عبور,گذرواژه,پاس ورڈ,' +
    'পাসওয়ার্ড,கடவுச்சொல்,పాస్‌వర్డ్,ರಹಸ್ಯಪದ,κωδικός πρόσβασης,' +
    '密码,密碼,口令,비밀번호,비번,패스워드,암호,şifre,şifresi,sifre,lösenord,adgangskode,passord,salasana,heslo,' +
    'jelszó,كلمة المرور,كلمة السر,סיסמה,mật khẩu,kata sandi,पासवर्ड,κωδικός,รหัสผ่าน',
);

const KEY_OWNERS =
  'api access private encryption signing master account auth secret license activation app application session ' +
  'hmac jwt aes subscription consumer shared write fernet functions product licence';
const SECRETS = [
  'secret',
  ...KEY_OWNERS.split(' ').flatMap((owner) =>
    ['_', '', '-', ' '].map((gap) => `${owner}${gap}key`),
  ),
  'authentication key',
  ...words(
    'activation code,lizenzschlüssel,clé de licence,clave de licencia,api-schlüssel,zugangsschlüssel,wlan-schlüssel,netzwerkschlüssel,geheimer schlüssel,clé api,clé d’api,' +
      "clé d'api,clé secrète,clé wifi,clave api,clave secreta,chave api,chave de api,chave secreta,chiave api," +
      'chiave segreta,api-sleutel,klucz api,api-nyckel,api anahtarı,ключ api,api-ключ,api ключ,секретный ключ,' +
      '密钥,秘钥,密鑰,金鑰,シークレットキー,apiキー,api キー,비밀 키,api 키,مفتاح api',
  ),
];

const WEAK = words('token,auth,bearer,credential,connection_string,connectionstring,creds');

const KIND_BY_WORD = new Map<string, SecretName['kind']>([
  ...[...PASSWORDS, ...SEPARATE_PASSWORDS].map((word) => [word, 'password'] as const),
  ...SECRETS.map((word) => [word, 'secret'] as const),
  ...WEAK.map((word) => [word, 'weak'] as const),
]);

/** The most certain first. */
const KINDS: readonly SecretName['kind'][] = ['password', 'secret', 'weak'];

const WORDS_BY_FIRST = new Map<string, string[]>();
for (const word of KIND_BY_WORD.keys())
  WORDS_BY_FIRST.set(word.charAt(0), [...(WORDS_BY_FIRST.get(word.charAt(0)) ?? []), word]);

const SEPARATE = new Set(SEPARATE_PASSWORDS);

/** Scripts without spaces between words, or with endings, begin here. */
const UNSPACED_SCRIPTS = 0x2e80;

/** Whether a word stands for no secret before small letters: `pass`, but not `passed`. */
export function isApart(word: string): boolean {
  return SEPARATE.has(word) && word.charCodeAt(0) < UNSPACED_SCRIPTS;
}

/** Keywords that trigger a search for a name. */
export const SECRET_NAME_WORDS: readonly string[] = [...KIND_BY_WORD.keys()];

/** Suffixes that do not change the meaning of a name, in lower case without separators. */
const NEUTRAL_SUFFIX = new RegExp(
  `^(?:${
    'key|keybase|base|value|val|string|str|text|raw|prod|production|dev|live|test|staging|' +
    'confirmation|confirm|again|repeat|verify|plain|cleartext|old|new|current|default|admin|root|user|db|api|app|client|v?[0-9]{1,3}'
  })$`,
);

/** Suffixes of upper-case settings that do change the meaning; all others are allowed. */
const OTHER_SUFFIX = new RegExp(
  `(?:${
    'TYPE|NAME|URL|URI|PATH|FILE|DIR|LENGTH|LEN|SIZE|COUNT|LIMIT|TTL|EXPIRY|EXPIRES|EXPIRATION|' +
    'ID|ARN|REF|HEADER|PREFIX|SUFFIX|FIELD|REGEX|PATTERN|FORMAT|POLICY|HINT|VERSION|ALGORITHM|' +
    'ALG|ENDPOINT|ISSUER|AUDIENCE|SCOPE|HOST|METHOD|PROVIDER|MODE|ENABLED|REQUIRED|MIN|MAX|S'
  })$`,
);

/** Public values in spite of their name. */
const PUBLIC_PREFIX = /(?:public|pub|csrf|xsrf|authenticity)[_.-]?$/i;

/** Returns the complete name around the keyword at `[start, end)` if it names a secret. */
export function secretNameAt(text: string, start: number, end: number): SecretName | undefined {
  const word = text.slice(start, end).toLowerCase();
  const kind = KIND_BY_WORD.get(word);
  if (kind === undefined) return undefined;
  if (SEPARATE.has(word) && !standsApart(text, start, end)) return undefined;
  const nameEnd = endOfName(text, end, kind);
  if (nameEnd === undefined) return undefined;
  const nameStart = startOfName(text, start);
  // `AWS::IAM::AccessKey` names a type.
  if (text.startsWith('::', nameStart - 2)) return undefined;
  if (nameStart < start && PUBLIC_PREFIX.test(text.slice(nameStart, start))) return undefined;
  if (text[end] === '=' && isEndOfBase64(text.slice(nameStart, end))) return undefined;
  return { start: nameStart, end: nameEnd, word, kind };
}

/** `…iPLY0pw==` ends a hash. */
function isEndOfBase64(name: string): boolean {
  return /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9]{16,}$/.test(name);
}

/** Whether a complete name, such as the heading of a column, names a secret. */
export function kindOfName(name: string): SecretName['kind'] | undefined {
  const lower = name.toLowerCase();
  const kinds = new Set<SecretName['kind']>();
  for (let at = 0; at < name.length; at++) {
    for (const word of WORDS_BY_FIRST.get(lower.charAt(at)) ?? []) {
      const found = lower.startsWith(word, at) && secretNameAt(name, at, at + word.length);
      if (found && found.end === name.length) kinds.add(found.kind);
    }
  }
  return KINDS.find((kind) => kinds.has(kind));
}

function startOfName(text: string, from: number): number {
  let start = from;
  const limit = Math.max(0, from - NAME_PART_LENGTH_MAX);
  while (start > limit && isNameChar(codeAt(text, start - 1)) && !isEscape(text, start - 1))
    start--;
  return start;
}

/** Returns the end of the name, or undefined if its suffix changes the meaning. */
function endOfName(text: string, from: number, kind: SecretName['kind']): number | undefined {
  let end = from;
  const limit = from + NAME_PART_LENGTH_MAX;
  while (end < limit && isNameChar(codeAt(text, end))) end++;
  if (end === from) return end;
  const suffix = text.slice(from, end);
  // `${KEY-x}` has a default, and `password.equals(` is a call.
  if (suffix.startsWith('-') && isInShellParameter(text, from)) return from;
  switch (meaningOf(suffix)) {
    case 'call':
      return from;
    case 'neutral':
      return end;
    case 'plural':
      if (kind === 'password' || (kind === 'weak' && codeAt(text, from - 1) !== 0x6e)) return end;
      return undefined;
    case 'other':
      return undefined;
  }
}

type Meaning = 'call' | 'neutral' | 'plural' | 'other';

/** Most texts repeat a few short suffixes; a longer slice would keep its text in memory. */
const MEANINGS_MAX = 1_000;
const REMEMBERED_LENGTH_MAX = 12;
const meanings = new Map<string, Meaning>();

function meaningOf(suffix: string): Meaning {
  if (suffix.length > REMEMBERED_LENGTH_MAX) return readMeaning(suffix);
  const known = meanings.get(suffix);
  if (known !== undefined) return known;
  if (meanings.size >= MEANINGS_MAX) meanings.clear();
  const meaning = readMeaning(suffix);
  meanings.set(suffix, meaning);
  return meaning;
}

function readMeaning(suffix: string): Meaning {
  if (/^\.(?:equals(?:IgnoreCase)?|Equals|eq|compareTo)$/.test(suffix)) return 'call';
  const plain = suffix.toLowerCase().replaceAll(/[_.-]/g, '');
  if (NEUTRAL_SUFFIX.test(plain)) return 'neutral';
  if (/^_[A-Z0-9_]+$/.test(suffix) && !OTHER_SUFFIX.test(suffix)) return 'neutral';
  return plain === 's' ? 'plural' : 'other';
}

function isInShellParameter(text: string, from: number): boolean {
  return /\$\{\w{1,60}$/.test(text.slice(Math.max(0, from - 62), from));
}

function isNameChar(code: number): boolean {
  return isWord(code) || code === MINUS || code === DOT;
}

/** Whether no letter belongs to the same word: `dbPass` and `db_pass`, but not `compass` or `passed`. */
function standsApart(text: string, start: number, end: number): boolean {
  const first = codeAt(text, start);
  const before = codeAt(text, start - 1);
  const after = codeAt(text, end);
  const last = codeAt(text, end - 1);
  if (first >= UNSPACED_SCRIPTS) return true;
  const isInside = isBinding(before) && !isEscape(text, start - 1);
  if (isInside && !(isUpper(first) && isLower(before))) return false;
  if (!isBinding(after)) return true;
  return isUpper(after) && isLower(last);
}

function isBinding(code: number): boolean {
  return isLetter(code) || (code >= 0xc0 && code < 0x2000);
}

// Passwords beside their user without a word for a password: `credentials: admin / …`, `login: jo:…`, and lists of
// mail addresses with passwords, as they are leaked.

import { COLON, DOUBLE_QUOTE, isBlank, SINGLE_QUOTE, SLASH, codeAt } from '../characters.ts';
import type { Detector, Range } from '../detector.ts';
import { isJumble, looksGenerated, looksRandom } from '../entropy.ts';
import { isLoginPassword } from './url-credentials.ts';
import { LOGIN_PASSWORD } from './login-password.ts';

const USER_AND_PASSWORD =
  /s?(?:[ \t]{1,2}(?:data|details|info))?(?:[ \t]{1,2}(?:for|to|on|of|für|zum|zur|pour|para|per)[ \t]{1,2}(?:[\w.-]{1,24}[ \t]{1,2}){0,2}[\w.-]{1,24})?(?:[ \t]{0,2}[:=：]|[ \t]{1,2}(?:are|is|with|as|sind|mit|sont|son|sono)[ \t:])\s{0,4}["'`]?[\w.@+-]{2,64}["'`]?(?:[ \t]{0,2}[:/|][ \t]{0,2}|[ \t]{1,2}(?:and|und|et|y|e)[ \t]{1,2})["'`]?(?<value>(?!\/\/)[^\s"'`<>|]{6,64}?)["'`]?[.,;)]{0,2}(?=\s|\\n|$)/dy;

/** `credentials: admin / x`, `log in with admin:x`. */
export const loginPair: Detector = {
  ...LOGIN_PASSWORD,
  triggers: [
    {
      kind: 'word',
      words: [
        'credential',
        'creds',
        'login',
        'log in',
        'log-in',
        'logon',
        'zugangsdaten',
        'anmeldedaten',
        'identifiants',
        'credenciales',
        'credenziali',
        'credenciais',
        'inloggegevens',
        'dane logowania',
      ],
    },
  ],
  find(text, _start, end): Range | undefined {
    USER_AND_PASSWORD.lastIndex = end;
    const value = USER_AND_PASSWORD.exec(text)?.indices?.groups?.['value'];
    // The scope of a signature: `Credential=AKIA…/20121226/us-east-1/sqs`.
    return value && text.slice(...value).includes('/') ? undefined : checked(text, value);
  },
};

/** A line that begins with a mail address. */
const ADDRESS_BEFORE = /(?:^|[\n\r]|\\n)[ \t]{0,4}(?:[\w-]{1,24}[:,;|\t] ?)?["']?[\w.+-]{1,64}$/;
const ADDRESS_AFTER =
  /[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}["']?(?:[:;|\t]|[ \t]{1,2}[/|:-][ \t]{1,2})["']?(?<value>[^\s"'\\:;|<>]{6,64})["']?(?=[ \t]{0,4}(?:[:;|\r\n]|\\n|$))/dy;

/** `admin:x@10.0.0.4`, without the scheme of a URL. */
const USER_BEFORE =
  /(?:^|[\s"'`(])(?!(?:mailto|e-?mail|mail|cc|bcc|to|from|by|uid|javascript|urn|data|id|msgid|message-id):)[A-Za-z][\w.-]{1,31}:(?<value>[^\s:@/"'`]{6,64})$/i;
const HOST_AFTER =
  /^(?:\d{1,3}(?:\.\d{1,3}){3}|localhost|[\w-]{1,63}(?:\.[\w-]{2,63}){1,4})(?![\w@])/;

/** `ann@corp-mail.org:x`, one in a line. */
export const leakedLogin: Detector = {
  ...LOGIN_PASSWORD,
  triggers: [{ kind: 'char', chars: '@', before: /[^\s:@/"'`]/, after: /[\w-]/ }],
  find(text, start, end): Range | undefined {
    const password = followsColon(text, start)
      ? USER_BEFORE.exec(text.slice(Math.max(0, start - 112), start))?.groups?.['value']
      : undefined;
    if (
      password !== undefined &&
      !/^\d{6}/.test(password) &&
      HOST_AFTER.test(text.slice(end, end + 64))
    ) {
      return checked(text, [start - password.length, start]);
    }
    ADDRESS_AFTER.lastIndex = end;
    const value = ADDRESS_AFTER.exec(text)?.indices?.groups?.['value'];
    if (!value || !ADDRESS_BEFORE.test(text.slice(Math.max(0, start - 96), start)))
      return undefined;
    // A repository and its file, as in `git@host:team/app`.
    if (/[/]|\.[a-z]{1,4}$/.test(text.slice(...value))) return undefined;
    const isInList = /[:;|\t]$/.test(text.slice(value[0] - 1, value[0]));
    return isInList && LISTED.test(text.slice(...value))
      ? rangeOf(text, value)
      : checked(text, value);
  },
};

const VALUE_LENGTH_MIN = 6;
const VALUE_LENGTH_MAX = 64;

/** Whether what may be a password stands between a colon and `end`; a cheap test. */
function followsColon(text: string, end: number): boolean {
  let start = end;
  const limit = Math.max(1, end - VALUE_LENGTH_MAX);
  for (; start >= limit; start--) {
    const code = codeAt(text, start - 1);
    if (code === COLON) return end - start >= VALUE_LENGTH_MIN;
    if (isBlank(code) || code === SLASH) return false;
    if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) return false;
  }
  return false;
}

/** Letters and a digit; `.` and `/` are those of hosts and files, brackets and commas those of code. */
const LISTED = /^(?=.*[A-Za-z]{2})(?=.*\d)[^./,`{}[\]‘’“”。，、…]{7,64}$/;

function rangeOf(text: string, [start, end]: [number, number]): Range | undefined {
  return isLoginPassword(text.slice(start, end)) ? { start, end } : undefined;
}

function checked(text: string, range: [start: number, end: number] | undefined): Range | undefined {
  if (!range) return undefined;
  const value = text.slice(...range);
  const isChosen =
    /[A-Za-z]/.test(value) &&
    /\d/.test(value) &&
    /[!#$%^&*~?@]/.test(value) &&
    !/[()[\]{}=]/.test(value);
  if (/(?:%[0-9a-f]{2}){3}/i.test(value)) return undefined;
  const isSure = isChosen || isJumble(value) || looksGenerated(value) || looksRandom(value);
  return isSure ? rangeOf(text, range) : undefined;
}

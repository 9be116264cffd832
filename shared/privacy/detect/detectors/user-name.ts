// Names of users' accounts: in paths of home directories, after labels, in commands, listings and logs. Names
// that machines and images have (`root`, `ubuntu`, `runner`) stay.

import { isBlank, isLower, isUpper, MINUS, SPACE, TAB, UNDERSCORE, codeAt } from '../characters.ts';
import type { Detector, Range } from '../detector.ts';
import { userNameColumn } from '../personal/columns.ts';
import {
  AFTER_LABEL,
  beginsWord,
  endsValue,
  fieldAt,
  lineFrom,
  spellings,
} from '../personal/labelled-field.ts';
import { isDatabaseOf, isOfService, isProperty } from '../personal/other-fields.ts';
import {
  FILES,
  isAccountName,
  isBareAccountName,
  isPersonalAccount,
  isUserName,
  USER_NAME,
} from '../personal/user-name-form.ts';

export const USERNAME = {
  entity: 'USERNAME',
  label: 'USER',
  tier: 'A',
  topic: 'user_names',
  // `max` and `service` are words; `kvogelsang84` and `anna.koch` are none.
  isDistinctive: (value: string): boolean =>
    /^\p{L}{4,}\d{1,4}$|^\p{L}{2,}\.\p{L}{2,}\d*$/u.test(value),
  resembles: (value: string): boolean => /^[a-z]{2,20}(?:\.[a-z]{2,20})?$/.test(value),
} as const;

const AT = new RegExp(USER_NAME, 'uy');

/** A name that ends where the path, the word or the argument does. */
function nameAt(text: string, from: number, accepts: (name: string) => boolean): Range | undefined {
  AT.lastIndex = from;
  const match = AT.exec(text)?.[0];
  if (match === undefined) return undefined;
  // The full stop of a sentence, and the extension of a file.
  const name = match.replace(/[.-]+$/, '');
  return accepts(name) ? { start: from, end: from + name.length } : undefined;
}

export const homeDirectory: Detector = {
  ...USERNAME,
  triggers: [
    {
      kind: 'word',
      words: (
        '/home/,/users/,\\users\\,\\\\users\\\\,/documents and settings/,\\documents and settings\\,' +
        '-home-,-users-,%2fhome%2f,%2fusers%2f,/var/mail/,/var/spool/mail/,/run/media/,\\\\home\\\\,\\home\\'
      ).split(','),
    },
  ],
  find(text, start, end): Range | undefined {
    const lead = text.slice(start, end);
    // `/users/17` is a route of an interface.
    if (/users/.test(lead) && !/^[-\\]|%2f/i.test(lead)) return undefined;
    if (!isRoot(text, start, lead)) return undefined;
    const isDashed = lead.startsWith('-');
    const name = isDashed
      ? /^[a-z][a-z\d_.]{1,31}(?=-)/i.exec(text.slice(end, end + 33))?.[0]
      : undefined;
    if (isDashed)
      return name !== undefined && isUserName(name)
        ? { start: end, end: end + name.length }
        : undefined;
    const range = nameAt(text, end, isUserName);
    if (!range) return undefined;
    const isWindows =
      /[Uu]sers[\\/]/.test(lead) && /[A-Za-z]:$/.test(text.slice(Math.max(0, start - 2), start));
    const more = isWindows
      ? /^(?: \p{Lu}[\p{L}.]{0,20}){1,2}(?=[\\/])/u.exec(text.slice(range.end, range.end + 44))
      : null;
    if (more) return { start: range.start, end: range.end + more[0].length };
    const isDirectory = /^(?:[\\/]|%2f|%5c)/i.test(text.slice(range.end, range.end + 3));
    return isDirectory || !FILES.test(text.slice(range.start, range.end)) ? range : undefined;
  },
};

/** Whether a path begins here: not inside a URL, a relative path or a package. */
function isRoot(text: string, start: number, lead: string): boolean {
  const before = text.slice(Math.max(0, start - 24), start);
  if (lead.startsWith('-')) return /(?:^|[/\\\s"'`])$|\/(?:[a-z]--?)?[A-Z]?$/.test(before);
  if (lead.startsWith('\\')) return /(?:[A-Za-z]:|\\[\w$.-]{1,15}|\\mnt\\[a-z])$/.test(before);
  if (/(?:href|src|to|route|path|url|action|router\.\w{1,9})\s?[=(:]\s?["'`{]{1,2}$/i.test(before))
    return false;
  if (/(?:file|vscode-file|vscode-remote|sftp|smb):\/{1,2}[\w.%+@:-]{0,20}$/i.test(before))
    return true;
  if (
    /(?:^|[\s"'`=:,;([{<>|&@~]|\\[nrt]|%3[aAdD]|%22|%20|\/mnt\/[a-z]|\/[a-z]|[A-Za-z]:|\/(?:export|System\/Volumes\/Data|host|var|data|nfs|usr|net|mnt|srv|wsl\+[\w.-]{1,12}|Volumes\/[\w ]{1,14}))$/.test(
      before,
    )
  ) {
    return !/(?:GET|POST|PUT|DELETE|PATCH|HEAD) $/.test(before);
  }
  return false;
}

const LABELS = spellings(
  'user,username,user name,login,login name,logname,account name,screen name,uname,benutzer,benutzername,anmeldename,nutzername,' +
    "utilisateur,nom d'utilisateur,identifiant,usuario,nombre de usuario,utente,nome utente,usuário,nome de usuário,gebruiker,gebruikersnaam," +
    'benutzerkennung,kennung,benutzer-id,benutzer id,samaccountname,pseudo,apodo,login-name,' +
    'ユーザーid,사용자 이름,שם משתמש,tên đăng nhập,nama pengguna,uživatelské jméno,felhasználónév,användarnamn,brugernavn,brukernavn,käyttäjätunnus,nume utilizator,όνομα χρήστη,' +
    'użytkownik,nazwa użytkownika,пользователь,имя пользователя,логин,kullanıcı,kullanıcı adı,ユーザー名,ユーザー,ユーザid,用户名,用户,账号,帐号,사용자,사용자명,아이디,اسم المستخدم',
);

/** Labels of numbers and teams too: the name must have the form of a person's account. */
const UNSURE = spellings(
  'user id,owner,created by,updated by,modified by,assignee,reviewer,reporter,author,actor,sub,uid,account,requested by,approved by,submitted by,maintainer,handle,nickname,nick,github,gitlab,telegram,instagram,twitter,slack,skype,discord,mastodon',
);
const UNSURE_LABELS: ReadonlySet<string> = new Set(UNSURE);

export const labelledUserName: Detector = {
  ...USERNAME,
  triggers: [{ kind: 'word', words: [...LABELS, ...UNSURE], startsPart: true, after: AFTER_LABEL }],
  column: userNameColumn,
  find(text, start, end): Range | undefined {
    // `db_user` and `dbUser` are labels too; `superuser` is none.
    const before = start === 0 ? SPACE : codeAt(text, start - 1);
    const isPart = before === UNDERSCORE || (isLower(before) && isUpper(codeAt(text, start)));
    if (!isPart && before !== MINUS && !beginsWord(text, start)) return undefined;
    if (isOfService(text, start)) return undefined;
    const field = fieldAt(text, start, end);
    const accepts = UNSURE_LABELS.has(text.slice(start, end).toLowerCase())
      ? isPersonalAccount
      : isAccountName;
    if (!field) return underKeyword(text, start, end);
    const mark = text[field.start] === '@' ? 1 : 0;
    if (field.end !== undefined) {
      const value = text.slice(field.start + mark, field.end);
      return accepts(value) ? { start: field.start + mark, end: field.end } : undefined;
    }
    // `DB_USER: orders_app` is a setting, and `KRANICH\\mweber` a user of Windows.
    const isSure = /^[A-Z_]+$/.test(text.slice(start, end)) && before === UNDERSCORE;
    const domain = /^[A-Z][\w-]{1,15}\\{1,2}(?![nrt])/.exec(
      text.slice(field.start, field.start + 18),
    );
    const from = field.start + mark + (domain?.[0].length ?? 0);
    const range = nameAt(
      text,
      from,
      (name) =>
        accepts(name) &&
        (isSure ||
          (mark > 0 && !/\.\w+$/.test(name)) ||
          (isBareAccountName(name) && (accepts === isAccountName || /\d$/.test(name)))),
    );
    if (!range || (!endsValue(text, range.end) && !/[ &]/.test(text[range.end] ?? '')))
      return undefined;
    if (isDatabaseOf(text, range) || isProperty(text, start)) return undefined;
    return isSetting(text, start, end, from, range) ? range : undefined;
  },
};

/** Unquoted after `=` or `:`: a setting, a query or a log, and not an expression or a type. */
function isSetting(text: string, start: number, end: number, from: number, range: Range): boolean {
  const operator = text.slice(end, from).trim();
  const rest = lineFrom(text, range.end, 60);
  if (operator.startsWith('=')) {
    if (operator !== text.slice(end, from)) return beginsLineOfSettings(text, start) && rest === '';
    const before = text[start - 1] ?? '\n';
    return (
      /[\s&"'`\\]/.test(text[range.end] ?? '\n') &&
      /[\s?&"'`[({,\\\w]/.test(before) &&
      !/^ [+*/?.=&|-]/.test(rest)
    );
  }
  // In a line of its own: `login: anna, …` may be code.
  return (
    /[:：]/.test(operator) &&
    rest === '' &&
    !';{'.includes(text[range.end] ?? ' ') &&
    beginsLineOfSettings(text, start)
  );
}

/** Only blanks, a list's mark or other words of the label precede it in its line. */
function beginsLineOfSettings(text: string, start: number): boolean {
  return /(?:^|[\r\n]|\\n)[ \t>*#-]{0,40}(?:[\p{L}._-]{1,20} ?){0,2}$/u.test(
    text.slice(Math.max(0, start - 64), start),
  );
}

/** `User anna` in the configuration of SSH, and `for user anna` in logs. */
function underKeyword(text: string, start: number, end: number): Range | undefined {
  const first = codeAt(text, end);
  if ((first !== SPACE && first !== TAB) || !isBlank(codeAt(text, start - 1))) return undefined;
  const gap = /^[ \t]{1,8}(?=\S)\\{0,3}["']?/.exec(text.slice(end, end + 14))?.[0].length;
  if (gap === undefined) return undefined;
  const before = text.slice(Math.max(0, start - 24), start);
  const isConfiguration =
    /(?:^|\n|\\n)[ \t]{1,8}$/.test(before) && text.slice(start, end) === 'User';
  const isLog = /\b(?:for|invalid|as|by|illegal|of) $/.test(before);
  if (!isConfiguration && !isLog) return undefined;
  const range = nameAt(text, end + gap, isAccountName);
  if (!range) return undefined;
  const after = text.slice(range.end, range.end + 12);
  // The end of a string: `'… for account update'`.
  if (/^\\{0,3}["']/.test(after) && !/["']/.test(text[range.start - 1] ?? '')) return undefined;
  const ends = isConfiguration
    ? /^[ \t]*(?:$|[\r\n]|\\n)/
    : /^(?: from [\d:a-f]|\(uid=| by \(uid|\\{0,3}["'](?:$|[\s.,;]))/;
  return ends.test(after) ? range : undefined;
}

const COMMANDS: readonly (readonly [word: string, before: RegExp])[] = [
  [
    ' -u ',
    /\b(?:docker|podman|helm|psql|mysql|mysqldump|mongo|redis-cli|sudo|oc|az|smbclient|rdesktop|xfreerdp|chronyc)\b[^\n|;&]{0,60}$/,
  ],
  [' -U ', /\b(?:psql|pg_dump|pg_restore|createdb|smbclient|rsync)\b[^\n|;&]{0,60}$/],
  [' --user ', /\b(?:docker|podman|mysql|sudo|curl|helm)\b[^\n|;&]{0,60}$/],
  [' --username ', /\b\w{2,20}\b[^\n|;&]{0,60}$/],
  [' password for ', /\b(?:Accepted|Failed)$/],
  [' publickey for ', /\bAccepted$/],
  [' session opened for user ', /:$/],
  [' session closed for user ', /:$/],
  ['chown ', /(?:^|[\s;&|])$/],
  ['uid=', /(?:^|[\s"'`])$/],
];
const BY_WORD = new Map(COMMANDS);

/** `docker login -u anna`, `Accepted password for anna from …`, `uid=1000(anna)`, `ssh anna@host`. */
export const commandUser: Detector = {
  ...USERNAME,
  triggers: [{ kind: 'word', words: [...BY_WORD.keys(), 'ssh ', 'scp '] }],
  find(text, start, end): Range | undefined {
    const word = text.slice(start, end);
    const before = text.slice(Math.max(0, start - 80), start);
    if (word === 'ssh ' || word === 'scp ') return remoteUser(text, before, end);
    if (!BY_WORD.get(word)?.test(before)) return undefined;
    if (word === 'uid=') {
      const open = /^\d{1,10}\(/.exec(text.slice(end, end + 12))?.[0].length;
      return open === undefined ? undefined : nameAt(text, end + open, isUserName);
    }
    const lead =
      /^(?:-R )?["']?(?:invalid user )?/.exec(text.slice(end, end + 16))?.[0].length ?? 0;
    const range = nameAt(text, end + lead, isAccountName);
    return range && (word !== 'chown ' || text[range.end] === ':') ? range : undefined;
  },
};

function remoteUser(text: string, before: string, end: number): Range | undefined {
  if (!/(?:^|[\s;&|`$(])$/.test(before)) return undefined;
  const line = lineFrom(text, end, 120);
  const match = /(?:^|\s)([a-z][\w.-]{1,31})@[\w.-]{1,80}(?=[\s:]|$)/.exec(line);
  if (!match?.[1] || !isAccountName(match[1])) return undefined;
  const start = end + match.index + match[0].indexOf(match[1]);
  return { start, end: start + match[1].length };
}

const MONTHS = 'jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec'.split(',');

/** The user in an access log: `203.0.113.7 - anna [12/Nov/2026:…`. */
export const accessLogUser: Detector = {
  ...USERNAME,
  triggers: [{ kind: 'word', words: MONTHS.map((month) => `/${month}/`) }],
  find(text, start): Range | undefined {
    const before = text.slice(Math.max(0, start - 50), start);
    const match = /[\d.:a-fA-F]{3,45} \S{1,20} (\S{2,33}) \[\d{1,2}$/.exec(before);
    if (!match?.[1] || !isUserName(match[1])) return undefined;
    const end = start - before.length + match.index + match[0].lastIndexOf(' [');
    return { start: end - match[1].length, end };
  },
};

/** The owner in a listing: `-rw-r--r-- 1 anna staff 812 Nov 12 09:14 x.ts`. */
export const listedOwner: Detector = {
  ...USERNAME,
  triggers: [{ kind: 'word', words: ['rwxr', 'rw-r', 'rwx-', 'rw--'] }],
  find(text, start): Range | undefined {
    if (!/(?:^|[\s"'`]|\\n)[-dlbcps]$/.test(text.slice(Math.max(0, start - 3), start)))
      return undefined;
    const owner = /^[-rwxsStT]{9}[.+@]? +\d+ (\S{2,32}) +\S{1,32} +\d/.exec(
      text.slice(start, start + 120),
    );
    if (!owner?.[1] || !isUserName(owner[1])) return undefined;
    const from = start + owner[0].indexOf(` ${owner[1]} `) + 1;
    return { start: from, end: from + owner[1].length };
  },
};

/** The prompt of a shell: `anna@laptop:~/work$`. */
export const promptUser: Detector = {
  ...USERNAME,
  triggers: [{ kind: 'word', words: [':~/', ':~$', ':~#', ':~ '] }],
  find(text, start): Range | undefined {
    const before = text.slice(Math.max(0, start - 80), start);
    const match = /(?:^|[\r\n]|\\n|[["'`)] ?)([a-z][\w.-]{1,31})@[\w.-]{1,40}$/.exec(before);
    if (!match?.[1] || !isUserName(match[1])) return undefined;
    const from = start - before.length + match.index + match[0].indexOf(`${match[1]}@`);
    return { start: from, end: from + match[1].length };
  },
};

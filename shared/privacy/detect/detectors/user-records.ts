// Names of users' accounts in the records of systems: `/etc/passwd`, `ps`, `who`, `sudo`, databases, SSH keys, remote
// paths, listings, domains of Windows, profiles.

import { DOT, isWord, MINUS, codeAt } from '../characters.ts';
import type { Detector, Range } from '../detector.ts';
import type { Neighbours } from '../neighbours.ts';
import { lineAt } from '../personal/labelled-field.ts';
import { isAccountName, isPersonalAccount, isUserName } from '../personal/user-name-form.ts';
import { USERNAME } from './user-name.ts';

const NAME = String.raw`[a-zA-Z][\w.-]{1,31}`;

interface Place {
  readonly words: readonly string[];
  /** What is beside the words. */
  readonly neighbours?: Neighbours;
  /** Ends where the trigger starts; its first group is the name. */
  readonly before?: RegExp;
  /** Characters before the name, tested first: where most `@` have none of them, the name is of a mailbox. */
  readonly signs?: RegExp;
  /** Begins where the trigger ends. */
  readonly after?: RegExp;
  readonly accepts: (name: string) => boolean;
  /** The next name after one that ends here. */
  readonly next?: RegExp;
}

const LINE_LENGTH_MAX = 160;
const NAME_LENGTH_MAX = 32;

function place({ words, neighbours, before, signs, after, accepts, next }: Place): Detector {
  return {
    ...USERNAME,
    triggers: [{ kind: 'word', words, ...neighbours }],
    ...(next ? { next: (text: string, end: number) => following(text, end, next, accepts) } : {}),
    find(text, start, end) {
      if (signs && !signs.test(text[nameStart(text, start) - 1] ?? '\n')) return undefined;
      if (before) {
        const { line, start: from } = lineAt(text, start, LINE_LENGTH_MAX);
        const match = before.exec(line);
        if (!match?.[1]) return undefined;
        const rest = after ? after.test(text.slice(end, end + LINE_LENGTH_MAX)) : true;
        return rest && accepts(match[1])
          ? rangeOf(from + match.index + match[0].indexOf(match[1]), match[1])
          : undefined;
      }
      const match = after?.exec(text.slice(end, end + LINE_LENGTH_MAX));
      const name = match?.slice(1).find((group) => group !== undefined);
      return match && name !== undefined && accepts(name)
        ? rangeOf(end + match[0].lastIndexOf(name), name)
        : undefined;
    },
  };
}

function following(
  text: string,
  end: number,
  next: RegExp,
  accepts: (name: string) => boolean,
): Range | undefined {
  const match = next.exec(text.slice(end, end + 48));
  return match?.[1] && accepts(match[1])
    ? rangeOf(end + match[0].lastIndexOf(match[1]), match[1])
    : undefined;
}

/** Returns where the name before `end` starts. */
function nameStart(text: string, end: number): number {
  let start = end;
  while (end - start < NAME_LENGTH_MAX && isNameCode(codeAt(text, start - 1))) start--;
  return start;
}

function isNameCode(code: number): boolean {
  return isWord(code) || code === DOT || code === MINUS;
}

function rangeOf(start: number, name: string): Range {
  return { start, end: start + name.length };
}

const NEXT_OF_LIST = new RegExp(String.raw`^,(${NAME})(?=[,\s\\"']|$)`);
/** What follows the name of a user in SQL, rather than in a sentence. */
const STATEMENT_GOES_ON = String.raw`(?:;|[ \t]{0,4}(?:$|\r?\n|\\[rn])|[ \t]{1,4}(?:with|identified|password|login|for|set|rename|createdb|createrole|superuser|no|in|inherit|valid|default|account|quota|connection|replication|require|without|from)\b)`;
const LINE_START = '(?:^|["\'`]|\\\\n)';

export const USER_RECORDS: readonly Detector[] = [
  // `akoch:x:1000:1000:…` in /etc/passwd, and the members of a group.
  place({
    words: [':x:', ':*:'],
    before: new RegExp(`${LINE_START}(${NAME})$`),
    after: /^\d{4,10}:\d{1,10}:[^:\n]*:\//,
    accepts: isUserName,
  }),
  place({
    words: [':x:', ':*:'],
    after: new RegExp(String.raw`^\d{1,10}:(${NAME})(?=[,\s\\"']|$)`),
    accepts: isUserName,
    next: NEXT_OF_LIST,
  }),
  // The lines of `ps aux`, `ps -ef`, `who` and `last`.
  place({
    words: [' pts/', ' tty', ' ?  '],
    before: new RegExp(
      String.raw`${LINE_START}(${NAME})\+? +(?:\d+ +\d{1,3}\.\d +\d{1,3}\.\d +\d+ +\d+|\d+ +\d+ +\d{1,3} +[\d:A-Z][\w:]*|)$`,
    ),
    accepts: isUserName,
  }),
  place({
    words: [' all=(', '\tall=('],
    before: new RegExp(`${LINE_START}(${NAME})$`),
    accepts: isUserName,
  }),
  place({
    words: [' : tty='],
    before: new RegExp(String.raw`sudo(?:\[\d+\])?: {1,12}(${NAME})$`),
    accepts: isUserName,
  }),
  place({ words: ['(uid='], before: new RegExp(String.raw` by (${NAME})$`), accepts: isUserName }),
  // `gid=1000(akoch) groups=1000(akoch),27(sudo)`.
  place({
    words: ['gid=', 'groups='],
    after: new RegExp(String.raw`^\d{1,10}\((${NAME})\)`),
    accepts: isUserName,
  }),
  // The group in `ls -l` that has its user's name.
  place({
    words: ['rwxr', 'rw-r', 'rwx-', 'rw--'],
    after: new RegExp(
      String.raw`^[-rwxsStT]{4,6}[.+@]? +(?:\d+ +)?(?:[\w.-]{2,32} +)?(${NAME})(?:\/[\w.-]+)? +\d`,
    ),
    accepts: isUserName,
  }),
  // Databases: `'akoch'@'localhost'`, `role "akoch" does not exist`, `CREATE USER akoch`.
  place({
    words: ["'@'", '`@`', '"@"'],
    before: new RegExp(`["'\`](${NAME})$`),
    accepts: isUserName,
  }),
  place({
    words: [' role "', ' role \\"'],
    after: new RegExp(String.raw`^(${NAME})\\?"`),
    accepts: isAccountName,
  }),
  place({
    words: ['create user ', 'create role ', 'alter user ', 'alter role ', 'drop user '],
    after: new RegExp(
      String.raw`^(?:if (?:not )?exists )?(?:\\?["'](${NAME})\\?["'](?!@)|(?=${NAME}${STATEMENT_GOES_ON})(${NAME}))`,
      'i',
    ),
    accepts: isAccountName,
  }),
  // Commands about accounts.
  place({
    words: [
      'useradd ',
      'adduser ',
      'userdel ',
      'deluser ',
      'usermod ',
      'passwd ',
      'su - ',
      'chage ',
      'loginctl ',
      'allowusers ',
      'crontab -u ',
      'gpasswd -a ',
      'ssh -l ',
      'chown -r ',
      'chown ',
    ],
    after: new RegExp(
      String.raw`^(?:-{1,2}[\w-]+(?:[ =][\w,/]+)?? ){0,4}(${NAME})(?=[\s:;&|"'\\]|$)`,
    ),
    accepts: isPersonalAccount,
  }),
  place({
    words: ['chown '],
    after: new RegExp(String.raw`^(?:-R )?[\w.-]{2,32}:(${NAME})(?= )`),
    accepts: isAccountName,
  }),
  place({
    words: ['su - ', 'crontab -u ', 'ssh -l '],
    after: new RegExp(String.raw`^(${NAME})(?=[\s;&|"'\\]|$)`),
    accepts: isAccountName,
  }),
  // The comment of a public key.
  place({
    words: ['ssh-ed25519 aaaa', 'ssh-rsa aaaa', 'nistp256 aaaa'],
    after: new RegExp(String.raw`^[\w+/=]{40,150} (${NAME})@[\w.-]{1,60}(?=\s|["'\\]|$)`),
    accepts: isUserName,
  }),
  place({
    words: ['ssh-keygen '],
    after: new RegExp(String.raw`^[^\n|;&]{0,60}-C ["']?(${NAME})@[\w.-]{1,60}`),
    accepts: isUserName,
  }),
  // `ssh://akoch@host/x`, `akoch@host:/srv`, and prompts: `[akoch@laptop work]$`, `akoch@laptop ~ %`.
  place({
    words: ['@'],
    neighbours: { before: /[\w.-]/, after: /[\w-]/ },
    signs: /\//,
    before: new RegExp(String.raw`\b(?:ssh|git\+ssh|sftp|https?|rsync|svn\+ssh)://(${NAME})$`),
    after: /^[\w-]+(?:\.[\w-]+)*(?::\d+)?(?:[/\s"']|$)/,
    accepts: isAccountName,
  }),
  place({
    words: ['@'],
    neighbours: { before: /[\w.-]/, after: /[a-z]/i },
    signs: /[\s"'=]/,
    before: new RegExp(String.raw`(?:^|[\s"'=])(${NAME})$`),
    // `graphql@git://…`, `braces@npm:~3.0.2`: a package and its source.
    after:
      /^(?!(?:npm|file|workspace|patch|link|portal|exec|(?:git\+)?(?:git|https?|ssh|file)):)[a-z][\w-]*(?:\.[\w-]+)*:(?:\/|~|\.\/)/i,
    accepts: isAccountName,
  }),
  place({
    words: [']$ ', ']# ', ' ~ % ', ' ~]$', ' % '],
    before: new RegExp(String.raw`(?:^|\[|\) )(${NAME})@[\w.-]{1,40}(?: [\w.~/-]{1,40})?$`),
    accepts: isUserName,
  }),
  place({
    words: ['linkedin.com/in/', 'xing.com/profile/'],
    after: /^([\p{L}][\p{L}\p{M}\d%_-]{2,60})/u,
    accepts: isUserName,
  }),
];

/** `*.ts @akoch84 @anna.koch`: the owners of files, in CODEOWNERS. */
export const codeOwner: Detector = {
  ...USERNAME,
  triggers: [{ kind: 'word', words: [' @', '\t@'], after: /[\w.-]/ }],
  next: (text, end) => following(text, end, /^[ \t]+@([\w.-]{2,39})(?![\w/@])/, isUserName),
  find(text, start, end) {
    const { line } = lineAt(text, start, LINE_LENGTH_MAX);
    const path = /^(?<path>\*|(?:\/(?![*/])|[\w.-]+\/|\*\.\w)[^\s"'`()@;*]*\*{0,2})[ \t]*$/.exec(
      line,
    )?.groups?.['path'];
    if (path === undefined) return undefined;
    const rest = /^([\w.-]{2,39})(?![\w/@(])(?:[ \t]+@[\w./-]+)*[ \t]*(?:$|[\r\n#]|\\n)/.exec(
      text.slice(end, end + LINE_LENGTH_MAX),
    );
    const accepts = path === '*' ? isPersonalAccount : isUserName;
    return rest?.[1] && accepts(rest[1]) ? rangeOf(end, rest[1]) : undefined;
  },
};

/** `KRANICH\\akoch84`: a user of a Windows domain, by the form of the name. */
export const domainUser: Detector = {
  ...USERNAME,
  triggers: [{ kind: 'word', words: [' s-1-5-21-'] }],
  find(text, start) {
    const { line, start: from } = lineAt(text, start, LINE_LENGTH_MAX);
    const match = /(?:^|\s)[\w.-]{2,20}\\{1,2}([\w.-]{2,32}) *$/.exec(line);
    return match?.[1] && isUserName(match[1])
      ? rangeOf(from + match.index + match[0].lastIndexOf(match[1]), match[1])
      : undefined;
  },
};

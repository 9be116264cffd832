// Passwords in command lines and SQL statements, where the command gives an option its meaning:
// `sshpass -p …`, `mysql -p…`, `docker login -p …`, `ConvertTo-SecureString …`, `IDENTIFIED BY …`.

import { isEscape } from '../characters.ts';
import type { Detector, Range } from '../detector.ts';
import { isLoginPassword } from './url-credentials.ts';

/** Characters of a command that are inspected. */
const REACH = 320;

/** A value in quotes, escaped or not, or up to a blank or an operator of the shell. */
const VALUE = String.raw`(?:\\?'(?<single>[^'\\\n]{4,128})\\?'|\\?"(?<double>[^"\\\n]{4,128})\\?"|(?<bare>[^\s'"\x60|;&<>()\\,]{4,128}))`;
/** Between an option and its value; also in a list of arguments in JSON. */
const GAP = String.raw`(?:["']\s{0,4},\s{0,8}(?=["'])|[ \t=]{1,4})`;
const option = (names: string, gap = GAP): RegExp =>
  new RegExp(String.raw`(?:^|[\s"'\[,])(?:${names})${gap}${VALUE}`);

/** SQL: a user and the plugin that authenticates it. */
const IDENTIFIED = ['identified by', 'identified with', 'identified via', 'identified using'];
const PLUGIN = String.raw`(?:[ \t]{1,4}['"\x60]?(?!by\b|as\b|using\b)[a-z_][\w-]{1,40}['"\x60]?[ \t]{1,4}(?:by|as|using))?(?:[ \t]{1,4}(?:password|values))?`;

interface Command {
  /** Words of the command, in lower case. */
  readonly words: readonly string[];
  /** Searched in the rest of the command. */
  readonly pattern: RegExp;
  /** Must match what precedes the words in the command. */
  readonly before?: RegExp;
}

const COMMANDS: readonly Command[] = [
  { words: ['sshpass'], pattern: option('-p', `(?:${GAP})?`) },
  {
    words: [
      'mysql',
      'mysqldump',
      'mysqladmin',
      'mysqlimport',
      'mysqlcheck',
      'mariadb',
      'mariadb-dump',
    ],
    pattern: option('-p', ''),
  },
  {
    words: [' login '],
    pattern: option('-p|-P|--password-value'),
    before:
      /\b(?:docker|podman|nerdctl|buildah|skopeo|crane|oras|helm registry|az(?: acr)?|oc|cf|ibmcloud|rancher|argocd)$/,
  },
  { words: ['redis-cli'], pattern: option('-a|--pass') },
  {
    words: ['mongo ', 'mongosh', 'mongodump', 'mongorestore', 'mongoexport', 'mongoimport'],
    pattern: option('-p'),
  },
  {
    words: ['ldapsearch', 'ldapadd', 'ldapmodify', 'ldapdelete', 'ldapwhoami', 'ldappasswd'],
    pattern: option('-w|-s'),
  },
  {
    words: ['sqlcmd', 'bcp ', 'mosquitto_pub', 'mosquitto_sub', 'zip ', 'unzip ', 'plink'],
    pattern: option('-P|-pw'),
  },
  { words: ['7z ', '7za ', 'rar ', 'unrar '], pattern: option('-p|-hp', '') },
  { words: ['xfreerdp', 'rdesktop'], pattern: option(String.raw`/p:|-p[ \t]`, '') },
  {
    words: ['openssl'],
    pattern: new RegExp(
      String.raw`[ \t"']-?pass(?:in|out)?["']?[ \t,]{1,4}["']?pass:${VALUE}|[ \t]-(?:k|K)[ \t]{1,4}${VALUE.replaceAll('?<', '?<k')}`,
    ),
  },
  {
    words: ['keytool', 'jarsigner', 'apksigner'],
    pattern: option('-storepass|-keypass|-srcstorepass|-deststorepass'),
  },
  {
    words: ['smbclient', 'rpcclient', 'smbmap', 'wmic'],
    pattern: new RegExp(String.raw`-U[ \t]{0,4}["']?[^\s"'%]{1,64}%${VALUE}`),
  },
  {
    words: ['htpasswd'],
    pattern: new RegExp(
      String.raw`^[ \t]{1,4}-\w{0,6}b\w{0,6}[ \t]{1,4}[^\s]{1,128}[ \t]{1,4}[^\s]{1,64}[ \t]{1,4}${VALUE}`,
    ),
  },
  {
    words: ['net user', 'net use'],
    pattern: new RegExp(
      String.raw`^[ \t]{1,4}(?:[^\s]{1,80}[ \t]{1,4}){0,2}(?=[^\s/]{0,127}\d)${VALUE}[ \t]{1,4}/(?:add|user|active|expires)`,
    ),
  },
  {
    words: ['net use'],
    pattern: new RegExp(String.raw`[ \t]/user:[^\s]{1,64}[ \t]{1,4}${VALUE}`),
  },
  {
    // Oracle: user, password and database.
    words: ['sqlplus', 'sqlldr', 'expdp', 'impdp'],
    pattern: /[ \t][\w$#]{1,30}\/(?<bare>[^\s'"@/]{4,64})(?=@|\s|$)/,
  },
  {
    words: ['securestring'],
    pattern: new RegExp(
      String.raw`^(?:[ \t]{1,4}-(?:string|asplaintext|force)){0,3}[ \t]{1,4}${VALUE}`,
      'i',
    ),
  },
  {
    words: IDENTIFIED,
    pattern: new RegExp(String.raw`^${PLUGIN}[ \t]{1,4}(?=\\?['"])${VALUE}`, 'i'),
  },
  {
    words: IDENTIFIED,
    pattern: new RegExp(String.raw`^${PLUGIN}[ \t]{1,4}(?=[^\s'"]{0,127}\d)${VALUE}`, 'i'),
    before: /\b(?:create|alter|grant)\b/i,
  },
  {
    words: ['with password', 'login password', 'encrypted password', 'set password'],
    pattern: new RegExp(
      String.raw`^(?:[ \t]{1,4}for[ \t]{1,4}[^\s=]{1,80})?[ \t]{0,4}=?[ \t]{0,4}(?:password\()?[nN]?(?=['"]|[^\s'"]{0,127}\d)${VALUE}`,
      'i',
    ),
    before: /\b(?:user|role|login|database|alter|create|group|server)\b/i,
  },
];

/** One detector for each, because each has its own words. */
export const COMMAND_PASSWORDS: readonly Detector[] = COMMANDS.map(({ words, pattern, before }) => {
  const indexed = new RegExp(pattern.source, `${pattern.flags}d`);
  return {
    entity: 'LOGIN_PASSWORD',
    label: 'SECRET',
    tier: 'A',
    secret: true,
    triggers: [{ kind: 'word', words }],
    find(text, start, end): Range | undefined {
      if (
        /[A-Za-z0-9_]/.test(text[start - 1] ?? '') &&
        !isEscape(text, start - 1) &&
        words[0] !== 'securestring' &&
        !words[0]?.startsWith(' ')
      )
        return undefined;
      if (before && !before.test(lineBefore(text, start))) return undefined;
      const groups = indexed.exec(commandAfter(text, end))?.indices?.groups;
      const range = groups && Object.values(groups).find((each) => each !== undefined);
      if (!range) return undefined;
      const found = { start: end + range[0], end: end + range[1] };
      return isPassword(text.slice(found.start, found.end)) ? found : undefined;
    },
  };
});

const PIPED = new RegExp(
  String.raw`(?:echo|printf)[ \t]{1,4}(?:-\w{1,2}[ \t]{1,4})?${VALUE}[ \t]{0,4}\|[ \t]{0,4}[^|\n]{0,120}$`,
  'd',
);

/** `echo x | docker login --password-stdin`, `echo x | sudo -S`. */
export const pipedPassword: Detector = {
  entity: 'LOGIN_PASSWORD',
  label: 'SECRET',
  tier: 'A',
  secret: true,
  triggers: [
    { kind: 'word', words: ['--password-stdin', 'sudo -s', 'passwd --stdin', 'chpasswd'] },
  ],
  find(text, start): Range | undefined {
    const from = Math.max(0, start - REACH);
    const groups = PIPED.exec(text.slice(from, start))?.indices?.groups;
    const range = groups && Object.values(groups).find((each) => each !== undefined);
    if (!range) return undefined;
    const found = { start: from + range[0], end: from + range[1] };
    const value = text.slice(found.start, found.end);
    // `chpasswd` reads the user before the password.
    const colon = /^[a-z_][\w-]{0,31}:/.exec(value)?.[0].length ?? 0;
    return isPassword(value.slice(colon)) ? { ...found, start: found.start + colon } : undefined;
  },
};

function isPassword(value: string): boolean {
  return (
    isLoginPassword(value) &&
    /[A-Za-z]/.test(value) &&
    !/^(?:-|\/|\.{0,2}\/|PASSWORD$|RANDOM$)/.test(value)
  );
}

/** The rest of the command; a backslash continues the line. */
function commandAfter(text: string, end: number): string {
  const after = text.slice(end, end + REACH);
  const length = after.search(/(?<!\\)\r?\n|(?<!\\)\\n|&&|\|\|| \| /);
  return length < 0 ? after : after.slice(0, length);
}

function lineBefore(text: string, start: number): string {
  const before = text.slice(Math.max(0, start - 120), start);
  const escape = before.lastIndexOf('\\n');
  return before.slice(Math.max(before.lastIndexOf('\n') + 1, escape < 0 ? 0 : escape + 2));
}

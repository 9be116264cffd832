// Passwords in command lines and SQL statements, where the command gives an option its meaning:
// `sshpass -p …`, `mysql -p…`, `docker login -p …`, `ConvertTo-SecureString …`, `IDENTIFIED BY …`.

import { isEscape } from '../characters.ts';
import type { Detector, Range } from '../detector.ts';
import { isJumble } from '../entropy.ts';
import { COMMANDS, REACH, VALUE } from './login-commands.ts';
import { isLoginPassword } from './url-credentials.ts';
import { LOGIN_PASSWORD } from './login-password.ts';

/** One detector for each, because each has its own words. */
export const COMMAND_PASSWORDS: readonly Detector[] = COMMANDS.map(({ words, pattern, before }) => {
  const indexed = new RegExp(pattern.source, `${pattern.flags}d`);
  return {
    ...LOGIN_PASSWORD,
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
      // `mysql-persistent-storage` and `mysql-pod.yaml` are names.
      if (/[a-z]-?$/i.test(text.slice(start, end)) && /^-\w/.test(text.slice(end, end + 2)))
        return undefined;
      const groups = indexed.exec(commandAfter(text, end))?.indices?.groups;
      const range = groups && Object.values(groups).find((each) => each !== undefined);
      if (!range) return undefined;
      const found = { start: end + range[0], end: end + range[1] };
      return isPassword(text.slice(found.start, found.end)) ? found : undefined;
    },
  };
});

/** The same password twice, on lines of its own. */
const TWICE = String.raw`["'](?<twice>[^"'\\\n]{4,64}\\n[^"'\\\n]{4,64})(?:\\n)?["']`;
const PIPED = new RegExp(
  String.raw`(?:echo|printf)[ \t]{1,4}(?:-\w{1,2}[ \t]{1,4})?(?:${VALUE}|${TWICE})[ \t]{0,4}\|[ \t]{0,4}[^|\n]{0,120}$`,
  'd',
);

/** `echo x | docker login --password-stdin`, `echo x | sudo -S`. */
export const pipedPassword: Detector = {
  ...LOGIN_PASSWORD,
  triggers: [
    {
      kind: 'word',
      words: [
        '--password-stdin',
        'sudo -s',
        'passwd --stdin',
        'chpasswd',
        '| passwd',
        '| sudo passwd',
        '| smbpasswd',
        '| cryptsetup',
        '| kinit',
        '--passphrase-fd',
      ],
    },
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

const HERE_STRING = new RegExp(String.raw`[ \t]{0,4}${VALUE}`, 'dy');
const READS_PASSWORD =
  /(?:--password-stdin|cryptsetup|kinit|passwd|sudo -S|luks\w*|--passphrase-fd|gpg)(?:[ \t][^\n]{0,120})?$/;

/** `docker login --password-stdin <<< x`. */
export const hereString: Detector = {
  ...LOGIN_PASSWORD,
  triggers: [{ kind: 'word', words: ['<<<'] }],
  find(text, start, end): Range | undefined {
    if (!READS_PASSWORD.test(lineBefore(text, start))) return undefined;
    return passwordAt(HERE_STRING, text, end);
  },
};

const SENT = /[ \t]{0,2}\\?["'](?<value>[^"'\\\n]{4,128})(?:\\{1,2}[rn])?\\?["']/dy;
const PROMPT = /(?:assword|assphrase|asswort)[^\n]{0,60}(?:\n[^\n]{0,40})?$/;

/** What a script of expect sends after the prompt for a password. */
export const sentPassword: Detector = {
  ...hereString,
  triggers: [{ kind: 'word', words: ['send', 'send --', 'sendline(', 'send_line('] }],
  find(text, start, end): Range | undefined {
    if (!PROMPT.test(text.slice(Math.max(0, start - 120), start))) return undefined;
    return passwordAt(SENT, text, end);
  },
};

function passwordAt(pattern: RegExp, text: string, from: number): Range | undefined {
  pattern.lastIndex = from;
  const groups = pattern.exec(text)?.indices?.groups;
  const range = groups && Object.values(groups).find((each) => each !== undefined);
  if (!range) return undefined;
  const found = { start: range[0], end: range[1] };
  return isPassword(text.slice(found.start, found.end)) ? found : undefined;
}

function isPassword(value: string): boolean {
  return (
    isLoginPassword(value) &&
    /[A-Za-z]/.test(value) &&
    (!/^(?:-|\.{0,2}\/|PASSWORD$|RANDOM$)/.test(value) ||
      (/^\/[^/.]*$/.test(value) && isJumble(value)))
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

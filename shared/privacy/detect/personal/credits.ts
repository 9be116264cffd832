// Who wrote a program is public, and part of its licence: names in comments, in notices of copyright, in
// manifests of packages, and in the sections of manuals for authors.

const REACH = 512;
const LINE_LENGTH_MAX = 200;

/** The mark of a comment; lists and headings of Markdown look alike. */
const COMMENT = /^[ \t]*(?:#(?!#)|[%;]|\/[/*]|--|dnl\b|REM\b|<!--|['.]\\")|^[ \t]{1,8}\*[ \t]/;
const NOTICE =
  /copyright|©|\(c\)|SPDX|@author|__(?:author|credits|maintainer)s?__|Last-Translator|Language-Team/i;
/** `=head1 AUTHOR`, `.SH AUTHORS`. */
const SECTION = /(?:^|\n)(?:=head1|\.S[Hh]) "?(?:AUTHORS?|MAINTAINERS?|CREDITS)\b[^]*$/;
const NEXT_SECTION = /\n(?:=head1|\.S[Hh]) /;

/** What only the manifest of a package has, in JSON or TOML. */
const MANIFEST =
  /["'](?:licen[cs]es?|repository|homepage|(?:dev|peer)?[dD]ependencies|keywords|engines|bugs|exports|publishConfig|autoload|githubUsername)["'][ \t]*:|(?:^|\n)[ \t]*(?:licen[cs]e|edition|rust-version|requires-python|repository)[ \t]*=/;
/** A list of authors, or one of them, that is still open. */
const AUTHORS =
  /\b(?:authors?|contributors|maintainers?)["']?[ \t]*[:=][ \t]*(?:["'][^"'\n]*$|\{[^}]*$|\[[^\]]*$)/i;

/** Whether a name at `start` beside the word for an author, or before a mail address, says who wrote a program. */
export function isCredit(text: string, start: number): boolean {
  // `author: Brian Coca (@bcoca)`, as in the documentation of plugins.
  if (/^[^\n(]{2,60} \((?:@\w|!)/.test(text.slice(start, start + LINE_LENGTH_MAX))) return true;
  const line = lineBefore(text, start);
  if (COMMENT.test(line) || NOTICE.test(line)) return true;
  const before = text.slice(Math.max(0, start - REACH), start);
  if (isInBlock(before)) return true;
  const section = SECTION.exec(before)?.[0];
  if (section !== undefined && !NEXT_SECTION.test(section.slice(2))) return true;
  return isInManifest(text, start);
}

/** Whether the name at `start` is in the list of authors in the manifest of a package. */
export function isInManifest(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - REACH), start);
  return AUTHORS.test(before) && MANIFEST.test(before + text.slice(start, start + REACH));
}

/** Whether a comment in `/*` is open. */
function isInBlock(before: string): boolean {
  const open = before.lastIndexOf('/*');
  return open >= 0 && before.indexOf('*/', open) < 0 && /(?:^|\s)$/.test(before.slice(0, open));
}

function lineBefore(text: string, start: number): string {
  const before = text.slice(Math.max(0, start - LINE_LENGTH_MAX), start);
  return before.slice(before.lastIndexOf('\n') + 1);
}

// What a URL looks like, in binary text.

/** Browsers read what follows as a host, whatever number of slashes comes first. */
export const SPECIAL = /(?:https?|wss?|ftp)$/;
/** These have a recipient in place of a host. */
export const RECIPIENT = /^(?:mailto|tel|sms|callto)$/;
/** These run or show what they hold. */
export const CONTENT = /^(?:javascript|vbscript|data)$/;
export const SCHEME = /[a-z][a-z\d+.-]+$/;
export const FUZZY_HOST =
  /^(?:[^.@]+\.)+(?:[a-z\u0080-\u00ff-]{2,}|xn--[a-z\d-]+)$|^(?:\d{1,3}\.){3}\d{1,3}$/;
/** White space that is not ASCII is a part of names here. */
export const WWW = /(?:^|[^a-z\d.-])www\./;
export const SPACE = /[\t\n\f\r ]/;
export const WORD = /[\w.\u0080-\u00ff-]/;
/** What ends a URL, by what stands directly before it. */
export const CLOSERS: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '`': '`',
  '<': '>',
  '>': '<',
  '(': ')',
  '[': '(',
};

// The part of a URL that names the host: user, password, host and port, with values among them.

import { decodedText } from '../../../shared/json/binary-text.ts';

export interface Authority {
  /** Without the password. */
  readonly user: string;
  readonly host: string;
  /** Whether the host is all from one value. */
  readonly isValue: boolean;
  /** Whether all readers see the same host in it. */
  readonly isSure: boolean;
  /** Whether it is a name without a dot: without a scheme, rather a comment or a path. */
  readonly isLooseName: boolean;
}

/** Around a value; no characters of binary text. */
const VALUE = '\u0100';
const VALUE_END = '\u0101';
const VALUES = /\u0100[^\u0101]*\u0101/g;
const MARKS = /[\u0100\u0101]/g;
const LAST_VALUE = /\u0100([^\u0100\u0101]*)\u0101(?::\d*)?$/;
const USER = /^[\w.~%!$&*+,;=:\u0100-]*$/;
const LOOSE_NAME = /^(?:[A-Za-z_][\w-]*)?(?::[^@.]*)?$/;

/** A value, to be read as a part of an authority. */
export function marked(value: string): string {
  return VALUE + value + VALUE_END;
}

export function authorityOf(text: string): Authority {
  const short = text.replace(VALUES, VALUE);
  const at = short.lastIndexOf('@');
  const user = short.slice(0, Math.max(0, at));
  // A value may end the host, or be one.
  const [whole = ''] = text.replace(MARKS, '').split(/[/?#\\]/);
  const host = decodedText(whole.slice(whole.lastIndexOf('@') + 1));
  const [end, last] = LAST_VALUE.exec(text) ?? [];
  const before = end === undefined ? '' : text.slice(0, -end.length).replace(VALUES, '');
  const isAlone = end !== undefined && text.slice(0, -end.length).endsWith('@');
  return {
    user: user.replace(/:.*/s, ''),
    host,
    isValue: isAlone || end === text || (last ?? '').includes('@'),
    isSure: USER.test(user) && (isAlone || !before.includes('.') || !(last ?? '').includes('@')),
    isLooseName: !whole.includes('@') && LOOSE_NAME.test(host),
  };
}

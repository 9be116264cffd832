// Addresses on the web by their host, read as a browser reads them: whoever hides the host behind user
// names, backslashes, escapes or other forms of digits and letters still names it.

import * as z from 'zod';
import type { Range } from '../../detect/detector.ts';
import { compileGlobs, globs } from '../glob.ts';
import type { TextMatcher } from '../matcher.ts';

const LEAD_UNITS = 16;
const UNITS_MAX = 2_048;

export const urlSchema = z
  .strictObject({
    type: z.literal('url'),
    /** Hosts; `*.example.com` means all below example.com, and not itself. */
    allow: globs.exactOptional(),
    deny: globs.exactOptional(),
  })
  .refine(({ allow, deny }) => (allow === undefined) !== (deny === undefined), {
    error: 'must have either allow or deny',
  });

/** A match is an address whose host is denied, or is not among those allowed. */
export function compileUrl({ allow, deny = [] }: z.output<typeof urlSchema>): TextMatcher {
  const isAllowed = allow && compileGlobs(allow.map(hostGlob));
  const isDenied = compileGlobs(deny.map(hostGlob));
  return {
    kind: 'text',
    before: LEAD_UNITS,
    after: UNITS_MAX + 1,
    find: ({ text }) =>
      addresses(text).filter(({ start, end }) => {
        // What no browser can read has no host, and is nowhere on a list.
        const host = hostOf(text.slice(start, end)) ?? '';
        return isAllowed ? !isAllowed(host) : isDenied(host);
      }),
  };
}

const SCHEME =
  /(?:https?|ftp|wss?)(?:[:：]|%3a)[/\\／＼]|(?:https?|ftp|wss?):(?=[\w[])|www[.．。]/giu;
/** What an address ends before. */
const END = /[\s<>"'`|^{}\p{Cc}]/u;
/** Closes a sentence or a bracket, and is none of the address. */
const CLOSING = /[.,;:!?)\]}*_~>，。；：！？）」』】]+$/u;

function addresses(text: string): Range[] {
  const found: Range[] = [];
  let at = 0;
  for (const { index } of text.matchAll(SCHEME)) {
    if (index < at || isInsideWord(text, index)) continue;
    const part = text.slice(index, index + UNITS_MAX);
    const end = part.search(END);
    const address = (end < 0 ? part : part.slice(0, end)).replace(CLOSING, '');
    at = index + Math.max(1, address.length);
    found.push({ start: index, end: at });
  }
  return found;
}

function isInsideWord(text: string, index: number): boolean {
  return /[\p{L}\p{N}]/u.test(text[index - 1] ?? '');
}

/** The host as it is asked for in the end: small letters, punycode, no dot behind it. */
function hostOf(address: string): string | undefined {
  const full = address.normalize('NFKC').replace(/%3a/i, ':');
  const url = URL.parse(/^www\./i.test(full) ? `http://${full}` : full);
  return url?.hostname.replace(/\.$/, '') || undefined;
}

/** A glob of hosts in the same form; what stands between stars is a part of a name. */
function hostGlob(glob: string): string {
  const url = URL.parse(`http://${glob.replaceAll('*', 'xstarx').replaceAll('?', 'xonex')}`);
  const host = url?.hostname.replace(/\.$/, '');
  if (host === undefined || host === '') return glob;
  return host.replaceAll('xstarx', '*').replaceAll('xonex', '?');
}

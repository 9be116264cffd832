// Names with wildcards: `*` matches any run of characters and `?` any character, in any letter
// case. Backtracks only to the last `*`.

import * as z from 'zod';

export const globs = z
  .array(
    z
      .string({ error: 'must be text' })
      .trim()
      .min(1, { error: 'must not be empty' })
      .max(200, { error: 'must have at most 200 characters' }),
    { error: 'must be a list' },
  )
  .min(1, { error: 'must not be empty; leave it out' })
  .max(1_000, { error: 'must have at most 1000 entries' });

/** Compiles a glob that matches whole names, in O(glob × name) at worst. */
export function compileGlob(glob: string): (name: string) => boolean {
  const pattern = glob.toLowerCase();
  const [, end = ''] = /\*([^*?]*)$/.exec(pattern) ?? [];
  return (name) => {
    const lower = name.toLowerCase();
    // Rejects most names early.
    return lower.endsWith(end) && matches(pattern, lower);
  };
}

/** Compiles globs to a test whether any of them matches. */
export function compileGlobs(list: readonly string[]): (name: string) => boolean {
  const compiled = list.map((glob) => compileGlob(glob));
  return (name) => compiled.some((test) => test(name));
}

function matches(glob: string, name: string): boolean {
  let at = 0;
  let inGlob = 0;
  // Position of the last star, and the end of what it has matched.
  let star = -1;
  let matchedTo = 0;
  while (at < name.length) {
    const expected = glob[inGlob];
    if (expected === '*') {
      star = inGlob++;
      matchedTo = at;
    } else if (expected === '?' || expected === name[at]) {
      at += 1;
      inGlob += 1;
    } else if (star >= 0) {
      at = ++matchedTo;
      inGlob = star + 1;
    } else return false;
  }
  while (glob[inGlob] === '*') inGlob += 1;
  return inGlob === glob.length;
}

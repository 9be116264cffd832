// Names with wildcards, as rules write them: `*` stands for any run of characters, `?` for one, all
// else for itself, in any message case. Matched without backtracking into more than the last `*`.

import * as z from 'zod';

/** A list of globs. */
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

/** A test of whole names; takes time proportional to the lengths of both multiplied, at worst. */
export function compileGlob(glob: string): (name: string) => boolean {
  const pattern = glob.toLowerCase();
  return (name) => fits(pattern, name.toLowerCase());
}

/** One test for several globs. */
export function compileGlobs(list: readonly string[]): (name: string) => boolean {
  const compiled = list.map((glob) => compileGlob(glob));
  return (name) => compiled.some((test) => test(name));
}

function fits(glob: string, name: string): boolean {
  let at = 0;
  let inGlob = 0;
  // Where the last star stood, and up to where it has taken the name.
  let star = -1;
  let taken = 0;
  while (at < name.length) {
    const wanted = glob[inGlob];
    if (wanted === '*') {
      star = inGlob++;
      taken = at;
    } else if (wanted === '?' || wanted === name[at]) {
      at += 1;
      inGlob += 1;
    } else if (star >= 0) {
      at = ++taken;
      inGlob = star + 1;
    } else return false;
  }
  while (glob[inGlob] === '*') inGlob += 1;
  return inGlob === glob.length;
}

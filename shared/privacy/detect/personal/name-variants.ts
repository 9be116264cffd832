// Other spellings of a full name that a text may use: `Koch, Anna` for `Anna Koch`, without titles and middle
// names, and in capitals.

import { hasKnownName, withoutTitles, wordsOf } from './person-name.ts';

const SHORT_MAX = 5;
const CJK = /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}ー\u3000 ・·]+$/u;

/** The spellings other than `name`; none for a single word. */
export function nameVariants(name: string): string[] {
  if (CJK.test(name)) return cjkVariants(name);
  const bare = withoutTitles(name);
  const [last = '', first] = bare.split(/,\s*/);
  const words = first === undefined ? bare.split(/\s+/) : [...first.split(/\s+/), last];
  if (words.length < 2 || words.length > SHORT_MAX) return [];
  const given = words.slice(0, -1).join(' ');
  const family = words.at(-1) ?? '';
  const plain = [`${given} ${family}`, `${family}, ${given}`];
  if (words.length === 3) plain.push(`${words[0]} ${family}`);
  const variants = plain.flatMap((each) => [each, titleCase(each), each.toUpperCase()]);
  return [...new Set(variants)].filter((variant) => variant !== name);
}

/** `佐藤 美咲` and `佐藤美咲`. */
function cjkVariants(name: string): string[] {
  const joined = name.replaceAll(/[\u3000 ]/g, '');
  return joined === name ? [] : [joined];
}

function titleCase(name: string): string {
  return /\p{Ll}{2}/u.test(name)
    ? name
    : name.replaceAll(/\p{L}[\p{L}\p{M}]*/gu, (word) => word[0] + word.slice(1).toLowerCase());
}

/** Whether a name is one of a person even where no label says so: several words, or a Chinese or Korean name in full. */
export function isDistinctiveName(name: string): boolean {
  if (wordsOf(name).length > 1) return true;
  return CJK.test(name) && name.length > 2 && name.length <= SHORT_MAX
    ? hasKnownName(name)
    : isTwoSigns(name);
}

/** `王伟`: a surname of one sign, and a given name. */
function isTwoSigns(name: string): boolean {
  return name.length === 2 && CJK.test(name) && hasKnownName(name.slice(0, 1));
}

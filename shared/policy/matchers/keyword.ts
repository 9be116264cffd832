// Words and phrases, disguised or not: see folded-text.ts for what counts as the same.

import * as z from 'zod';
import {
  MatcherError,
  type MatcherKit,
  type TextMatcher,
  type WordList,
  type WordOptions,
} from '../matcher.ts';

/** Units in front of a word that tell whether it begins there. */
export const BOUNDARY_UNITS = 16;

const ownWords = z
  .array(
    z
      .string({ error: 'must be text' })
      .trim()
      .min(1, { error: 'must not be empty' })
      .max(200, { error: 'must have at most 200 characters' }),
    { error: 'must be a list of words, or name one: { list: NAME }' },
  )
  .min(1, { error: 'must not be empty' })
  .max(10_000, { error: 'must have at most 10000 words' });

/** Words, or the name of one of the policy's lists. */
export const wordsSchema = z.union([ownWords, z.strictObject({ list: z.string() })], {
  error: 'must be a list of words, or name one: { list: NAME }',
});

export const keywordSchema = z.strictObject({
  type: z.literal('keyword'),
  words: wordsSchema,
  /** Only where no message or digit goes on on either side. */
  whole_word: z.boolean({ error: 'must be true or false' }).default(true),
  ignore_case: z.boolean({ error: 'must be true or false' }).default(true),
});

export function compileKeyword(
  { words, whole_word: wholeWord, ignore_case: ignoreCase }: z.output<typeof keywordSchema>,
  kit: MatcherKit,
): TextMatcher {
  const list = addWords(words, 'words', { wholeWord, ignoreCase }, kit);
  return {
    kind: 'text',
    before: BOUNDARY_UNITS,
    after: list.unitsMax + BOUNDARY_UNITS,
    find: (view) => view.occurrences(list).map((range) => view.normalized.original(range)),
  };
}

/** Adds the words meant to the lexicon; throws MatcherFault that names the field. */
export function addWords(
  words: z.output<typeof wordsSchema>,
  field: string,
  options: WordOptions,
  kit: MatcherKit,
): WordList {
  try {
    return kit.words(wordsOf(words, field, kit), options);
  } catch (thrown) {
    if (!(thrown instanceof MatcherError) || thrown.path.length > 0) throw thrown;
    throw new MatcherError(thrown.message, [field]);
  }
}

/** The words meant; throws MatcherFault at `field` when a list is named that there is not. */
function wordsOf(
  words: z.output<typeof wordsSchema>,
  field: string,
  { lists }: Pick<MatcherKit, 'lists'>,
): readonly string[] {
  if (!('list' in words)) return words;
  const named = Object.hasOwn(lists, words.list) ? lists[words.list] : undefined;
  if (!named) throw new MatcherError('is not the name of a list of this policy', [field, 'list']);
  return named;
}

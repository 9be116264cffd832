// Finds words and phrases; normalized-text.ts defines which spellings are equal.

import * as z from 'zod';
import type { Evidence } from '../evidence.ts';
import {
  MatcherError,
  type MatcherContext,
  type TextMatcher,
  type WordList,
  type WordOptions,
} from '../matcher.ts';

/** Characters before a word that decide whether it begins there. */
export const BOUNDARY_CHARS = 16;

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

/** Words, or the name of a list of the policy. */
export const wordsSchema = z.union([ownWords, z.strictObject({ list: z.string() })], {
  error: 'must be a list of words, or name one: { list: NAME }',
});

const schema = z.strictObject({
  type: z.literal('keyword'),
  words: wordsSchema,
  /** Requires that no letter or digit continues the word. */
  whole_word: z.boolean({ error: 'must be true or false' }).default(true),
  ignore_case: z.boolean({ error: 'must be true or false' }).default(true),
});

export const keywordMatcher = { schema, compile };

function compile(
  { words, whole_word: wholeWord, ignore_case: ignoreCase }: z.output<typeof schema>,
  context: MatcherContext,
): TextMatcher {
  const { list, evidence } = addWords(words, 'words', { wholeWord, ignoreCase }, context);
  return {
    kind: 'text',
    before: BOUNDARY_CHARS,
    after: list.lengthMax + BOUNDARY_CHARS,
    evidence: context.evidence(evidence),
    find: (view) => view.occurrences(list).map((range) => view.normalized.original(range)),
  };
}

/**
 * Adds the words to the lexicon, and says how a text shows that it may have one.
 * @throws MatcherError that names the field
 */
export function addWords(
  words: z.output<typeof wordsSchema>,
  field: string,
  options: WordOptions,
  context: MatcherContext,
): { list: WordList; evidence: Evidence } {
  try {
    const resolved = wordsOf(words, field, context);
    const list = context.words(resolved, options);
    return { list, evidence: { words: resolved, wholeWord: options.wholeWord } };
  } catch (error) {
    if (!(error instanceof MatcherError) || error.path.length > 0) throw error;
    throw new MatcherError(error.message, [field]);
  }
}

/**
 * Resolves the words.
 * @throws MatcherError at `field` if the policy has no such list
 */
function wordsOf(
  words: z.output<typeof wordsSchema>,
  field: string,
  { lists }: Pick<MatcherContext, 'lists'>,
): readonly string[] {
  if (!('list' in words)) return words;
  const list = Object.hasOwn(lists, words.list) ? lists[words.list] : undefined;
  if (!list) throw new MatcherError('is not the name of a list of this policy', [field, 'list']);
  return list;
}

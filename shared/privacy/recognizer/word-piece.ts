// The WordPiece tokenizer of BERT models, from a `tokenizer.json`. Unlike the usual ones for JavaScript it
// keeps where in the text each token stands.

import * as z from 'zod';
import type { Range } from '../detect/detector.ts';

export interface Token extends Range {
  readonly id: number;
  /** Whether a word begins with it. */
  readonly isFirst: boolean;
}

export interface WordPiece {
  readonly beginId: number;
  readonly endId: number;
  tokens(text: string): Token[];
}

const file = z.object({
  model: z.object({
    type: z.literal('WordPiece'),
    unk_token: z.string().default('[UNK]'),
    continuing_subword_prefix: z.string().default('##'),
    max_input_chars_per_word: z.int().positive().default(100),
    vocab: z.record(z.string(), z.int().nonnegative()),
  }),
  normalizer: z
    .object({
      type: z.literal('BertNormalizer'),
      clean_text: z.boolean().default(true),
      handle_chinese_chars: z.boolean().default(true),
      strip_accents: z.boolean().nullable().default(null),
      lowercase: z.boolean().default(false),
    })
    .nullable()
    .default(null),
  pre_tokenizer: z.object({ type: z.literal('BertPreTokenizer') }),
});

const CONTROL = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\ufffd]/u;
const SPACE = /\s/;
const PUNCTUATION = /[\p{P}!-/:-@[-`{-~]/u;
const CHINESE =
  /[\u{4e00}-\u{9fff}\u{3400}-\u{4dbf}\u{20000}-\u{2a6df}\u{2a700}-\u{2ceaf}\u{f900}-\u{faff}\u{2f800}-\u{2fa1f}]/u;
const ACCENTS = /\p{Mn}/gu;

/** A character of a word as the model reads it, and where it stands. */
interface WordChar extends Range {
  readonly text: string;
}

/** @throws when the tokenizer is of another kind */
export function readWordPiece(json: string): WordPiece {
  const parsed = file.safeParse(JSON.parse(json));
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
    throw new Error(`tokenizer.json is not WordPiece as of BERT: ${fields}`);
  }
  const { model, normalizer } = parsed.data;
  const ids = new Map(Object.entries(model.vocab));
  const idOf = (token: string): number => {
    const id = ids.get(token);
    if (id === undefined) throw new Error(`tokenizer.json has no token ${token}`);
    return id;
  };
  const unknownId = idOf(model.unk_token);
  const { continuing_subword_prefix: prefix, max_input_chars_per_word: charsMax } = model;
  const stripsAccents = normalizer?.strip_accents ?? normalizer?.lowercase ?? false;

  const normalized = (character: string): string => {
    const cased = normalizer?.lowercase ? character.toLowerCase() : character;
    return stripsAccents ? cased.normalize('NFD').replace(ACCENTS, '') : cased;
  };

  /** Words and signs; each sign and each Chinese character is a word. */
  function* words(text: string): Generator<WordChar[], void> {
    let word: WordChar[] = [];
    let at = 0;
    for (const character of text) {
      const start = at;
      at += character.length;
      const isSpace = SPACE.test(character);
      if (normalizer?.clean_text && !isSpace && CONTROL.test(character)) continue;
      const isAlone =
        PUNCTUATION.test(character) ||
        (normalizer?.handle_chinese_chars && CHINESE.test(character));
      if (isSpace || isAlone) {
        if (word.length > 0) yield word;
        word = [];
      }
      if (isAlone) yield [{ text: normalized(character), start, end: at }];
      else if (!isSpace) {
        const parts = normalized(character);
        for (const part of parts) word.push({ text: part, start, end: at });
        // A stripped accent belongs to the letter before it.
        const last = word.pop();
        if (last) word.push({ ...last, end: at });
      }
    }
    if (word.length > 0) yield word;
  }

  /** The longest known piece from `from` on. */
  function pieceAt(
    word: readonly WordChar[],
    from: number,
  ): { id: number; to: number } | undefined {
    let text =
      (from > 0 ? prefix : '') +
      word
        .slice(from)
        .map((char) => char.text)
        .join('');
    for (let to = word.length; to > from; to -= 1) {
      const id = ids.get(text);
      if (id !== undefined) return { id, to };
      text = text.slice(0, -(word[to - 1]?.text.length ?? 0));
    }
    return undefined;
  }

  function pieces(word: readonly WordChar[]): Token[] {
    const range = { start: word[0]?.start ?? 0, end: word.at(-1)?.end ?? 0 };
    const unknown = [{ id: unknownId, ...range, isFirst: true }];
    if (word.length > charsMax) return unknown;
    const found: Token[] = [];
    for (let from = 0; from < word.length;) {
      const piece = pieceAt(word, from);
      if (!piece) return unknown;
      const [start, end] = [word[from]?.start ?? 0, word[piece.to - 1]?.end ?? 0];
      found.push({ id: piece.id, start, end, isFirst: from === 0 });
      from = piece.to;
    }
    return found;
  }

  return {
    beginId: idOf('[CLS]'),
    endId: idOf('[SEP]'),
    tokens(text) {
      const found: Token[] = [];
      for (const word of words(text)) for (const token of pieces(word)) found.push(token);
      return found;
    },
  };
}

// Splits long text at sentence ends, otherwise between words, otherwise between graphemes. Works window by
// window, so one line of 5 MB costs no more than many short ones.

/** Unicode's English rules fit most languages and do not depend on the machine. */
const sentenceSegmenter = new Intl.Segmenter('en', { granularity: 'sentence' });
const graphemeSegmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** Longer than any emoji; stacked accents are cut. */
const GRAPHEME_UNITS_MAX = 64;

/** Chunks that concatenate to the text: sentences, or parts of at most `unitsMax`. */
export function* sentencesOf(text: string, unitsMax: number): Generator<string> {
  const windowUnits = 2 * unitsMax;
  let start = 0;
  while (start < text.length) {
    const window = text.slice(start, start + windowUnits);
    const isLast = start + windowUnits >= text.length;
    const sentences = segments(window);
    if (!isLast && sentences.length === 1) {
      // The window may end inside a word: the text after the last cut is read again.
      const chunks = [...wordsOf(window, unitsMax)].slice(0, -1);
      yield* chunks;
      start += chunks.reduce((units, chunk) => units + chunk.length, 0);
      continue;
    }
    // The last sentence may be cut by the window; the next window starts with it.
    const whole = isLast ? sentences : sentences.slice(0, -1);
    for (const sentence of whole) {
      if (sentence.length <= unitsMax) yield sentence;
      else yield* wordsOf(sentence, unitsMax);
      start += sentence.length;
    }
  }
}

/** The last sentence of a text, or its last words, in at most `unitsMax`; empty if none fit. */
export function lastSentence(text: string, unitsMax: number): string {
  const end = text.slice(-2 * unitsMax);
  const sentences = segments(end);
  const sentence = sentences.at(-1)?.trim() ?? '';
  // The tail may begin inside its only sentence.
  const isWhole = sentences.length > 1 || end.length === text.length;
  if (isWhole && sentence.length <= unitsMax) return sentence;
  const words = sentence.slice(-unitsMax);
  const space = words.search(/\s/);
  return space < 0 ? '' : words.slice(space).trim();
}

/** A line end inside a paragraph does not end a sentence. */
function segments(text: string): string[] {
  const flat = text.replaceAll('\n', ' ');
  return Array.from(sentenceSegmenter.segment(flat), ({ index, segment }) =>
    text.slice(index, index + segment.length),
  );
}

function* wordsOf(text: string, unitsMax: number): Generator<string> {
  let start = 0;
  while (text.length - start > unitsMax) {
    const end =
      start + cutBefore(text.slice(start, start + unitsMax + GRAPHEME_UNITS_MAX), unitsMax);
    yield text.slice(start, end);
    start = end;
  }
  yield text.slice(start);
}

/** The best position to cut a text at or before `unitsMax`. */
function cutBefore(text: string, unitsMax: number): number {
  for (let at = unitsMax; at > unitsMax / 2; at--) if (/\s/.test(text[at - 1] ?? '')) return at;
  const from = Math.max(0, unitsMax - GRAPHEME_UNITS_MAX);
  const around = text.slice(from);
  const grapheme = graphemeSegmenter.segment(around).containing(unitsMax - from);
  if (grapheme && grapheme.index > 0) return from + grapheme.index;
  const isPair = /[\ud800-\udbff]/.test(text[unitsMax - 1] ?? '');
  return isPair && unitsMax > 1 ? unitsMax - 1 : unitsMax;
}

// Splits long text at sentence ends, otherwise between words, otherwise between graphemes. Works window by
// window, so one line of 5 MB costs no more than many short ones.

/** Unicode's English rules fit most languages and do not depend on the machine. */
const sentenceSegmenter = new Intl.Segmenter('en', { granularity: 'sentence' });
const graphemeSegmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** Longer than any emoji; stacked accents are cut. */
const GRAPHEME_LENGTH_MAX = 64;

/** Chunks that concatenate to the text: sentences, or parts of at most `lengthMax`. */
export function* sentencesOf(text: string, lengthMax: number): Generator<string> {
  const windowLength = 2 * lengthMax;
  let start = 0;
  while (start < text.length) {
    const window = text.slice(start, start + windowLength);
    const isLast = start + windowLength >= text.length;
    const sentences = segments(window);
    if (!isLast && sentences.length === 1) {
      // The window may end inside a word: the text after the last cut is read again.
      const chunks = [...wordsOf(window, lengthMax)].slice(0, -1);
      yield* chunks;
      start += chunks.reduce((length, chunk) => length + chunk.length, 0);
      continue;
    }
    // The last sentence may be cut by the window; the next window starts with it.
    const complete = isLast ? sentences : sentences.slice(0, -1);
    for (const sentence of complete) {
      if (sentence.length <= lengthMax) yield sentence;
      else yield* wordsOf(sentence, lengthMax);
      start += sentence.length;
    }
  }
}

/** The last sentence of a text, or its last words, in at most `lengthMax`; empty if none fit. */
export function lastSentence(text: string, lengthMax: number): string {
  const end = text.slice(-2 * lengthMax);
  const sentences = segments(end);
  const sentence = sentences.at(-1)?.trim() ?? '';
  // The tail may begin inside its only sentence.
  const isComplete = sentences.length > 1 || end.length === text.length;
  if (isComplete && sentence.length <= lengthMax) return sentence;
  const words = sentence.slice(-lengthMax);
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

function* wordsOf(text: string, lengthMax: number): Generator<string> {
  let start = 0;
  while (text.length - start > lengthMax) {
    const end =
      start + cutBefore(text.slice(start, start + lengthMax + GRAPHEME_LENGTH_MAX), lengthMax);
    yield text.slice(start, end);
    start = end;
  }
  yield text.slice(start);
}

/** The best position to cut a text at or before `lengthMax`. */
function cutBefore(text: string, lengthMax: number): number {
  for (let at = lengthMax; at > lengthMax / 2; at--) if (/\s/.test(text[at - 1] ?? '')) return at;
  const from = Math.max(0, lengthMax - GRAPHEME_LENGTH_MAX);
  const around = text.slice(from);
  const grapheme = graphemeSegmenter.segment(around).containing(lengthMax - from);
  if (grapheme && grapheme.index > 0) return from + grapheme.index;
  const isPair = /[\ud800-\udbff]/.test(text[lengthMax - 1] ?? '');
  return isPair && lengthMax > 1 ? lengthMax - 1 : lengthMax;
}

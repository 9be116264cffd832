// Converts PDF lines to Markdown: paragraphs by spacing, headings by font size, hyphenated words joined.

import type { Line } from './pdf-lines.ts';

/** Larger text is a heading; a smaller difference is emphasis. */
const HEADING_RATIO = 1.15;
const HEADING_LENGTH_MAX = 160;
const DEPTH_MAX = 4;
/** Line distance in font sizes; ordinary text has 1.1 to 1.6. */
const PARAGRAPH_GAP = 1.75;
const BULLET = /^([•◦▪‣●○■–-]|\(?(\d{1,3}|[a-z])[.)])\s/u;

export function paragraphsOf(pages: readonly Line[][]): string {
  const body = bodySize(pages);
  const depthOf = headingDepths(pages, body);
  const blocks: { text: string; depth: number }[] = [];
  let previous: Line | undefined;

  for (const page of pages) {
    let isTop = true;
    for (const line of page) {
      const depth = depthOf(line);
      const last = blocks.at(-1);
      if (last && previous && last.depth === depth && continues(last.text, previous, line, isTop)) {
        last.text = joined(last.text, line.text);
      } else {
        blocks.push({ text: line.text, depth });
      }
      previous = line;
      isTop = false;
    }
  }
  return blocks
    .map(({ text, depth }) => {
      const isHeading = depth > 0 && text.length <= HEADING_LENGTH_MAX;
      return isHeading ? `${'#'.repeat(depth)} ${text}` : text.replace(/^[•◦▪‣●○■]\s*/u, '- ');
    })
    .join('\n\n');
}

function continues(last: string, previous: Line, line: Line, isTop: boolean): boolean {
  if (BULLET.test(line.text)) return false;
  // At a page or column break the paragraph continues if its sentence is unfinished.
  if (isTop || line.y > previous.y) return !/[.!?:;。！？]["'”’)\]]*$/u.test(last);
  return previous.y - line.y <= PARAGRAPH_GAP * Math.max(line.size, previous.size);
}

function joined(text: string, next: string): string {
  const isHyphenated = /\p{L}[-\u00ad\u2010]$/u.test(text) && /^\p{Ll}/u.test(next);
  if (isHyphenated) return text.slice(0, -1) + next;
  const isWide = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]$/u.test(text);
  return isWide ? text + next : `${text} ${next}`;
}

/** The most common font size, by characters. */
function bodySize(pages: readonly Line[][]): number {
  const lengthBySize = new Map<number, number>();
  for (const { size, text } of pages.flat()) {
    const step = halfPoints(size);
    lengthBySize.set(step, (lengthBySize.get(step) ?? 0) + text.length);
  }
  let [body, longest] = [0, 0];
  for (const [size, length] of lengthBySize) if (length > longest) [body, longest] = [size, length];
  return body;
}

/** Heading depth by size, 1 for the largest; 0 for body text. */
function headingDepths(pages: readonly Line[][], body: number): (line: Line) => number {
  const isLarge = (line: Line) =>
    halfPoints(line.size) >= body * HEADING_RATIO && line.text.length <= HEADING_LENGTH_MAX;
  const sizes = [
    ...new Set(
      pages
        .flat()
        .filter(isLarge)
        .map(({ size }) => halfPoints(size)),
    ),
  ];
  sizes.sort((one, other) => other - one);
  return (line) =>
    isLarge(line) ? Math.min(sizes.indexOf(halfPoints(line.size)) + 1, DEPTH_MAX) : 0;
}

function halfPoints(size: number): number {
  return Math.round(size * 2) / 2;
}

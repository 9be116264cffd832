// Groups the text items of a PDF page into lines.

/** A text item from PDF.js; the last two values of `transform` are x and y. */
export interface TextItem {
  readonly str: string;
  readonly transform: readonly number[];
  readonly height: number;
  readonly hasEOL: boolean;
}

export interface Line {
  readonly text: string;
  /** Largest font size, in points. */
  readonly size: number;
  /** From the left and bottom of the page, in points. */
  readonly x: number;
  readonly y: number;
}

/** Smaller text is unreadable and meant for machines. */
const SIZE_MIN = 2;

export function linesOf(textItems: readonly TextItem[]): Line[] {
  const lines: Line[] = [];
  let items: TextItem[] = [];
  const finishLine = () => {
    const text = items
      .map(({ str }) => str)
      .join('')
      .replace(/\s+/g, ' ')
      .trim();
    const first = items.find(({ str }) => str.trim() !== '');
    if (first && text !== '') {
      const size = items.reduce((largest, item) => Math.max(largest, sizeOf(item)), 0);
      lines.push({ text, size, x: first.transform[4] ?? 0, y: first.transform[5] ?? 0 });
    }
    items = [];
  };
  for (const textItem of textItems) {
    if (textItem.str !== '' && (textItem.str.trim() === '' || sizeOf(textItem) >= SIZE_MIN)) {
      items.push(textItem);
    }
    if (textItem.hasEOL) finishLine();
  }
  finishLine();
  return lines;
}

function sizeOf({ str, height, transform }: TextItem): number {
  if (str.trim() === '') return 0;
  return height > 0 ? height : Math.hypot(transform[2] ?? 0, transform[3] ?? 0);
}

/**
 * Removes lines that repeat at the top or bottom of most pages, such as running titles and page numbers;
 * they would interrupt sentences that continue on the next page.
 */
export function withoutRunningLines(pages: readonly Line[][]): Line[][] {
  const pagesByEdge = new Map<string, number>();
  for (const page of pages) {
    for (const key of new Set(edges(page))) {
      pagesByEdge.set(key, (pagesByEdge.get(key) ?? 0) + 1);
    }
  }
  const isRunning = (key: string | undefined) =>
    key !== undefined && (pagesByEdge.get(key) ?? 0) >= Math.max(3, pages.length / 2);
  return pages.map((page) => {
    const [top, bottom] = edges(page);
    return page.slice(
      isRunning(top) ? 1 : 0,
      page.length > 1 && isRunning(bottom) ? page.length - 1 : page.length,
    );
  });
}

/** The first and last line with their positions; digits are masked because page numbers change. */
function edges(page: readonly Line[]): string[] {
  return [page.at(0), page.at(-1)].map((line) =>
    line ? `${Math.round(line.y)} ${line.text.replace(/\d+/g, '#')}` : '',
  );
}

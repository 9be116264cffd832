// Lists as a person reads them, in aligned columns, and as programs do, separated by tabs.

export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string;
  /** For the table, where it differs. */
  readonly short?: (row: Row) => string;
  /** Shown in the table even if no row has a value. */
  readonly isKept?: true;
  /** A word of a state, which the table colours. */
  readonly isState?: true;
}

export const NOTHING = '-';

const GAP = '  ';

/** @param paint how a word of a state looks */
export function tableLines<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  paint: { readonly head: (text: string) => string; readonly state: (text: string) => string },
): string[] {
  const shown = columns
    .map((column) => ({
      column,
      cells: rows.map((row) => plain((column.short ?? column.of)(row))),
    }))
    .filter(({ column, cells }) => column.isKept || cells.some((cell) => cell !== NOTHING));
  const widths = shown.map(({ column, cells }) =>
    cells.reduce((max, cell) => Math.max(max, widthOf(cell)), widthOf(column.title)),
  );
  const line = (cellOf: (at: number) => [text: string, painted: string]) =>
    shown
      .map((_, at) => {
        const [text, painted] = cellOf(at);
        const isLast = at === shown.length - 1;
        return painted + (isLast ? '' : ' '.repeat((widths[at] ?? 0) - widthOf(text)));
      })
      .join(GAP)
      .trimEnd();
  const head = line((at) => {
    const title = (shown[at]?.column.title ?? '').toUpperCase();
    return [title, paint.head(title)];
  });
  const body = rows.map((_, row) =>
    line((at) => {
      const cell = shown[at]?.cells[row] ?? '';
      return [cell, shown[at]?.column.isState ? paint.state(cell) : cell];
    }),
  );
  return [head, ...body];
}

export function tabbed(cells: readonly string[]): string {
  return cells.map(plain).join('\t');
}

/** Names may hold anything; control characters would move the cursor or end the cell. */
function plain(cell: string): string {
  return cell.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ');
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\uff01-\uff60]/u;
const ZERO = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Columns of a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const char of text) width += ZERO.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
  return width;
}

// Tables of a page to those of Markdown, so that a passage keeps what belongs to a row together.

import type { PageElement } from './page-element.ts';

/**
 * A table of data has rows of more than one cell and no table inside; others only place text. Each
 * row is looked at once.
 */
export function tableRules() {
  const columnsByRow = new WeakMap<PageElement, number>();
  const headed = new WeakSet<PageElement>();

  const columns = (row: PageElement): number => {
    const known = columnsByRow.get(row);
    if (known !== undefined) return known;
    const cells = Array.from(row.childNodes).filter(isCell).length;
    const count = cells > 1 && row.getElementsByTagName('table').length === 0 ? cells : 0;
    columnsByRow.set(row, count);
    return count;
  };
  return {
    cell: (content: string, { parentNode: row }: PageElement): string => {
      if (!row || columns(row) === 0) return `\n\n${content.trim()}\n\n`;
      return ` ${oneLine(content).replaceAll('|', '\\|')} |`;
    },
    /** The first row of a table is taken for its head, as Markdown has no table without. */
    row: (content: string, row: PageElement): string => {
      if (columns(row) === 0) return `\n\n${content.trim()}\n\n`;
      const table = tableOf(row);
      const isFirst = !headed.has(table);
      headed.add(table);
      return `|${content}\n${isFirst ? `|${' --- |'.repeat(columns(row))}\n` : ''}`;
    },
  };
}

function tableOf(row: PageElement): PageElement {
  const parent = row.parentNode ?? row;
  return parent.nodeName === 'TABLE' ? parent : (parent.parentNode ?? parent);
}

function isCell({ nodeName }: PageElement): boolean {
  return nodeName === 'TD' || nodeName === 'TH';
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

// Converts HTML tables to Markdown tables, which keep each row together in a passage.

import type { PageElement } from './page-element.ts';

/** Data tables have rows of several cells and no nested table; other tables only lay out text. */
export function tableRules() {
  const columnsByRow = new WeakMap<PageElement, number>();
  const withHeader = new WeakSet<PageElement>();

  const columns = (row: PageElement): number => {
    const cached = columnsByRow.get(row);
    if (cached !== undefined) return cached;
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
    /** The first row becomes the header, because Markdown tables need one. */
    row: (content: string, row: PageElement): string => {
      if (columns(row) === 0) return `\n\n${content.trim()}\n\n`;
      const table = tableOf(row);
      const isFirst = !withHeader.has(table);
      withHeader.add(table);
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

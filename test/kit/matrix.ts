// Prints a table of observed client behavior after the tests.

/** Collects cells by row and column; a cell with different values shows each of them. */
export function createMatrix(title: string) {
  const cells = new Map<string, Map<string, Set<string>>>();
  const columns = new Set<string>();
  return {
    add(row: string, column: string, value: string): void {
      columns.add(column);
      const cellByColumn = cells.get(row) ?? new Map<string, Set<string>>();
      cells.set(row, cellByColumn);
      cellByColumn.set(column, (cellByColumn.get(column) ?? new Set()).add(value));
    },
    print(): void {
      const rows = [...cells].map(([row, cellByColumn]) => [
        row,
        ...[...columns].map((column) => [...(cellByColumn.get(column) ?? [])].join(' / ')),
      ]);
      process.stdout.write(`${[title, ...aligned([['', ...columns], ...rows])].join('\n')}\n`);
    },
  };
}

/** Cells padded to the width of their column. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((row) => (row[at] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join(' │ ')
      .trimEnd(),
  );
}

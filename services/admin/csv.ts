// CSV for spreadsheets and scripts (RFC 4180).

/** Columns of a ledger entry. */
export const ENTRY_COLUMNS = [
  'id at key team route model stream status outcome error_code attempts took_ms first_byte_ms stages',
  'input_tokens cache_write_tokens cache_read_tokens output_tokens estimated cost_usd scrubbed',
  'policy policy_hits cache usage_source unknown_calls',
].flatMap((row) => row.split(' '));

/** Columns of a sum, after those it is grouped by. */
export const USAGE_COLUMNS = [
  'requests failed_requests input_tokens cache_write_tokens cache_read_tokens output_tokens',
  'cost_usd unpriced_requests scrubbed',
].flatMap((row) => row.split(' '));

/** One line with its line ending; missing fields are empty. */
export function csvLine(row: object, columns: readonly string[]): string {
  const cellBy = new Map<string, unknown>(Object.entries(row));
  return `${columns.map((column) => cellOf(cellBy.get(column))).join(',')}\r\n`;
}

export function csvHead(columns: readonly string[]): string {
  return `${columns.join(',')}\r\n`;
}

function cellOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : withoutFormula(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Quotes text that a spreadsheet would run as a formula: team names are free text. */
function withoutFormula(value: unknown): string {
  const text = String(value);
  return typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

// The data of one SSE event as JSON text, and the event with other data (WHATWG HTML, 9.2.6). Lines
// that are not data, and how lines end, stay as they are.

export interface EventData {
  /** The `data` fields joined by LF. */
  readonly json: string;
  /** What the event's lines end in. */
  readonly lineEnd: string;
  /** The event with `json` in one data line. */
  readonly withJson: (json: string) => string;
}

const LINE = /([^\r\n]*)(\r\n|\n|\r)/g;
/** The first line of a stream may begin with a byte order mark. */
const DATA = /^(?:\u00ef\u00bb\u00bf)?data(?:: ?|$)/;

/** An event as upstreams write nearly all of theirs: perhaps a name, then one line of data. */
const PLAIN = /^((?:event:[^\r\n]*\n)?data: ?)([^\r\n]*)\n\n$/;

/** Reads an event given as bytes, one unit for each; undefined when it has no data. */
export function eventData(event: string): EventData | undefined {
  const [, before, plain] = PLAIN.exec(event) ?? [];
  if (before === undefined || plain === undefined) return anyEventData(event);
  const withJson = (json: string) => `${before}${json.replaceAll('\n', ' ')}\n\n`;
  return { json: plain, lineEnd: '\n', withJson };
}

function anyEventData(event: string): EventData | undefined {
  const lines = Array.from(event.matchAll(LINE), ([line, text = '', end = '']) => {
    const field = DATA.exec(text)?.[0];
    return { line, end, field, value: text.slice(field?.length) };
  });
  const [first, ...more] = lines.filter(({ field }) => field !== undefined);
  if (first?.field === undefined) return undefined;
  // A field without a colon has no value, and cannot get one so.
  const name = first.field.endsWith('data') ? `${first.field}:` : first.field;
  return {
    json: [first, ...more].map(({ value }) => value).join('\n'),
    lineEnd: first.end,
    withJson: (json) =>
      lines
        .filter((line) => line === first || line.field === undefined)
        // In JSON a line break stands only where a space may stand as well.
        .map((line) =>
          line === first ? `${name}${json.replaceAll('\n', ' ')}${line.end}` : line.line,
        )
        .join(''),
  };
}

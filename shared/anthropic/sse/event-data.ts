// Reads and replaces the data of one SSE event (WHATWG HTML, 9.2.6). Other lines and the line
// endings stay unchanged.

export interface EventData {
  /** The `data` fields joined by LF. */
  readonly json: string;
  /** Line ending of the event. */
  readonly lineEnd: string;
  /** Returns the parts of the event with other JSON, given in parts, in a single data line. */
  readonly withJson: (json: readonly string[]) => Iterable<string>;
}

const LINE = /([^\r\n]*)(\r\n|\n|\r)/g;
/** A stream may start with a byte order mark. */
const DATA = /^(?:\u00ef\u00bb\u00bf)?data(?:: ?|$)/;

const FIELD = 'data:';

/** @param event a latin1 string of its bytes @returns `undefined` if it has no data */
export function eventData(event: string): EventData | undefined {
  const start = plainStart(event);
  if (start === undefined) return anyEventData(event);
  const before = event.slice(0, start);
  function* withJson(json: readonly string[]) {
    yield before;
    for (const part of json) yield onOneLine(part);
    yield '\n\n';
  }
  return { json: event.slice(start, -2), lineEnd: '\n', withJson };
}

/** Where the data starts of an event that is an optional name and one data line, as nearly all are. */
function plainStart(event: string): number | undefined {
  const lineStart = event.startsWith('event:') ? event.indexOf('\n') + 1 : 0;
  if (!event.startsWith(FIELD, lineStart) || event.includes('\r')) return undefined;
  const lineEnd = event.indexOf('\n', lineStart);
  if (lineEnd !== event.length - 2 || !event.endsWith('\n')) return undefined;
  const start = lineStart + FIELD.length;
  return event[start] === ' ' ? start + 1 : start;
}

function anyEventData(event: string): EventData | undefined {
  // A chunk of empty lines alone would be cut into thousands.
  if (!event.includes('data')) return undefined;
  const lines = Array.from(event.matchAll(LINE), ([line, text = '', end = '']) => {
    const field = DATA.exec(text)?.[0];
    return { line, end, field, value: text.slice(field?.length) };
  });
  const [first, ...more] = lines.filter(({ field }) => field !== undefined);
  if (first?.field === undefined) return undefined;
  // A field without a colon needs one before its new value.
  const name = first.field.endsWith('data') ? `${first.field}:` : first.field;
  return {
    json: [first, ...more].map(({ value }) => value).join('\n'),
    lineEnd: first.end,
    *withJson(json) {
      for (const line of lines) {
        if (line !== first && line.field !== undefined) continue;
        if (line !== first) {
          yield line.line;
          continue;
        }
        yield name;
        for (const part of json) yield onOneLine(part);
        yield line.end;
      }
    },
  };
}

/** JSON allows line breaks only where it also allows spaces. */
function onOneLine(json: string): string {
  return json.includes('\n') ? json.replaceAll('\n', ' ') : json;
}

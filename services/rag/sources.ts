// Finds the sources a client sent, whether it wants them cited, and earlier responses that cite search
// results.

import type { JsonObject, JsonNode } from '../../shared/json/parse.ts';
import { property, textProperty } from '../../shared/json/edit.ts';

export interface Sources {
  /** Number of the client's search results per message. */
  readonly ownByMessage: readonly number[];
  /** Whether the client's sources are cited; `undefined` if it has none. */
  readonly areCited: boolean | undefined;
  /** Citations of search results, with the index of their message. */
  readonly citations: readonly { readonly message: number; readonly citation: JsonObject }[];
}

/** Iterative, because bodies may be deeply nested. */
export function sourcesOf(text: string, messages: readonly JsonNode[]): Sources {
  const ownByMessage = messages.map(() => 0);
  const citations: { message: number; citation: JsonObject }[] = [];
  const cited: boolean[] = [];
  for (const [message, root] of messages.entries()) {
    const pending: JsonNode[] = [root];
    for (let next = pending.pop(); next; next = pending.pop()) {
      if (next.kind === 'array') for (const item of next.items) pending.push(item);
      if (next.kind !== 'object') continue;
      const type = textProperty(next, text, 'type');
      if (type === 'search_result') ownByMessage[message] = (ownByMessage[message] ?? 0) + 1;
      if (type === 'search_result' || type === 'document') cited.push(isCited(text, next));
      if (type === 'search_result_location') citations.push({ message, citation: next });
      // A tool's input is arbitrary JSON; nothing in it is a source.
      if (type?.endsWith('tool_use')) continue;
      for (const { value } of next.properties) pending.push(value);
    }
  }
  const areCited = cited.length === 0 ? undefined : cited.every(Boolean);
  return { ownByMessage, areCited, citations };
}

/** `{"citations": {"enabled": true}}`. */
function isCited(text: string, source: JsonObject): boolean {
  const setting = property(source, text, 'citations');
  return !!setting && property(setting, text, 'enabled')?.kind === 'true';
}

/** Whether structured output is requested; the API rejects it together with citations. */
export function hasOutputFormat(text: string, root: JsonNode): boolean {
  const config = property(root, text, 'output_config');
  const formats = [
    config && property(config, text, 'format'),
    property(root, text, 'output_format'),
  ];
  return formats.some((format) => format !== undefined && format.kind !== 'null');
}

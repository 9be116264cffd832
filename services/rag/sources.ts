// What a request says of citations: which sources the client brought, whether they are to be cited, and
// which of its earlier answers cite search results.

import type { JsonObject, JsonNode } from '../../shared/json/parse.ts';
import { property, textProperty } from '../../shared/json/edit.ts';

export interface Sources {
  /** The client's own search results by message. */
  readonly ownByMessage: readonly number[];
  /** Whether they, and its documents, are to be cited; undefined where there are none. */
  readonly areCited: boolean | undefined;
  /** Citations of search results, with the message they stand in. */
  readonly citations: readonly { readonly message: number; readonly citation: JsonObject }[];
}

/** Iterative, as bodies may be nested deeply. */
export function sourcesOf(text: string, messages: readonly JsonNode[]): Sources {
  const ownByMessage = messages.map(() => 0);
  const citations: { message: number; citation: JsonObject }[] = [];
  const cited: boolean[] = [];
  for (const [message, root] of messages.entries()) {
    const open: JsonNode[] = [root];
    for (let next = open.pop(); next; next = open.pop()) {
      if (next.kind === 'array') for (const item of next.items) open.push(item);
      if (next.kind !== 'object') continue;
      const type = textProperty(next, text, 'type');
      if (type === 'search_result') ownByMessage[message] = (ownByMessage[message] ?? 0) + 1;
      if (type === 'search_result' || type === 'document') cited.push(isCited(text, next));
      if (type === 'search_result_location') citations.push({ message, citation: next });
      // A tool's input is its own JSON: what looks like a source in it is none.
      if (type?.endsWith('tool_use')) continue;
      for (const { value } of next.properties) open.push(value);
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

/** Whether the answer is to have a form of its own, which excludes citations: the API answers 400 to both. */
export function hasOutputFormat(text: string, root: JsonNode): boolean {
  const config = property(root, text, 'output_config');
  const formats = [
    config && property(config, text, 'format'),
    property(root, text, 'output_format'),
  ];
  return formats.some((format) => format !== undefined && format.kind !== 'null');
}

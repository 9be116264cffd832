// Finds content that stands outside the request, such as a URL or an uploaded file, which may change
// between two equal requests.

import { everyProperty, stringAt } from '../../../shared/json/edit.ts';
import type { JsonNode, JsonObject } from '../../../shared/json/parse.ts';
import type { TopLevel } from '../../../shared/anthropic/parsed-request.ts';

/** Sources that hold their content. Any other, also an unknown one, refers to something. */
const SELF_CONTAINED = new Set(['base64', 'text', 'content']);
/** Blocks that have a source. */
const MEDIA = new Set(['image', 'document', 'file', 'audio', 'video']);
/** Data of tools and formats, which the upstream does not follow. */
const DATA_KEYS = new Set([
  'input',
  'input_schema',
  'input_examples',
  'metadata',
  'output_config',
  'output_format',
]);

/** Whether the request refers to content that it does not hold, at any depth. */
export function hasExternalSource({ text, root }: TopLevel): boolean {
  const open: JsonNode[] = [root];
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.kind === 'array') for (const item of node.items) open.push(item);
    if (node.kind !== 'object') continue;
    let isMedia = false;
    let hasSource = false;
    for (const { key, value } of node.properties) {
      const name = stringAt(text, key);
      if (DATA_KEYS.has(name)) continue;
      if (name === 'file_id') return true;
      if (name === 'type') isMedia ||= value.kind === 'string' && MEDIA.has(stringAt(text, value));
      // The source of a search result is a text.
      if (name === 'source' && value.kind === 'object') {
        if (!isSelfContained(value, text)) return true;
        hasSource = true;
      }
      open.push(value);
    }
    if (isMedia && !hasSource) return true;
  }
  return false;
}

function isSelfContained(source: JsonObject, text: string): boolean {
  const types = [...everyProperty(source, text, 'type')];
  return (
    types.length > 0 &&
    types.every((type) => type.kind === 'string' && SELF_CONTAINED.has(stringAt(text, type)))
  );
}

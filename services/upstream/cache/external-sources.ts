// Finds references to content outside the request, such as a URL or an uploaded file, which may change
// between two equal requests.

import { stringAt } from '../../../shared/json/edit.ts';
import { foldedKey, textsOf, valuesOf } from '../../../shared/json/values.ts';
import type { JsonNode, JsonObject } from '../../../shared/json/parse.ts';
import type { TopLevel } from '../../../shared/anthropic/parsed-request.ts';

/** Sources that hold their content. Any other, also an unknown one, refers to something. */
const SELF_CONTAINED = new Set(['base64', 'text', 'content']);
/** Blocks that have a source. */
const MEDIA = new Set(['image', 'document', 'file', 'audio', 'video', 'container_upload']);
/** Types whose links the upstream does not follow. */
const BLOCK =
  /^(text|(redacted_)?thinking|(\w+_)?tool_use|(\w+_)?(result|error|output|listing|location)|compaction|fallback|tool_addition|tool_removal|tool_reference|browser_state)$/;
/** Fields that refer to something in media, their sources and blocks of types that are not known. */
const LINK = /^(\w+_)?(url|uri|href|file_id)$/;
/** Data of tools and formats, which the upstream does not follow. */
const DATA_KEYS = new Set([
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
    const types = textsOf(node, text, 'type').map((type) => type.toLowerCase());
    const isMedia = types.some((type) => MEDIA.has(type));
    if (isMedia && !valuesOf(node, text, 'source').some(({ kind }) => kind === 'object'))
      return true;
    const mayLink = types.some((type) => !BLOCK.test(type));
    const isCall = types.some((type) => type.endsWith('tool_use'));
    for (const { key, value } of node.properties) {
      const name = foldedKey(stringAt(text, key));
      if (name === 'input' ? isCall : DATA_KEYS.has(name)) continue;
      if (name === 'file_id' || (mayLink && LINK.test(name))) return true;
      // The source of a search result is a text.
      if (name === 'source' && value.kind === 'object' && !isSelfContained(value, text))
        return true;
      open.push(value);
    }
  }
  return false;
}

function isSelfContained(source: JsonObject, text: string): boolean {
  const types = valuesOf(source, text, 'type');
  return (
    types.length > 0 &&
    types.every((type) => type.kind === 'string' && SELF_CONTAINED.has(stringAt(text, type))) &&
    !source.properties.some(({ key }) => LINK.test(foldedKey(stringAt(text, key))))
  );
}

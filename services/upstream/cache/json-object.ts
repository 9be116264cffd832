// Edits JSON objects as text: changes single properties and keeps everything else as it was written.

import { tryScanJson, type JsonNode } from '../../../shared/json/parse.ts';
import { property, splice, stringLiteral } from '../../../shared/json/edit.ts';

/** Sets or adds properties. @param literals JSON by name. @returns `json` unchanged if it is not an object */
export function withProperties(json: string, literals: Readonly<Record<string, string>>): string {
  const root = tryScanJson(json);
  if (root?.kind !== 'object') return json;
  const names = Object.keys(literals);
  const edits = names.flatMap((name) => {
    const value = property(root, json, name);
    return value ? { start: value.start, end: value.end, text: literals[name] ?? 'null' } : [];
  });
  const added = names
    .filter((name) => !property(root, json, name))
    .map((name) => `${stringLiteral(name)}:${literals[name] ?? 'null'}`)
    .join(',');
  if (added === '') return splice(json, edits);
  const comma = root.properties.length > 0 ? ',' : '';
  const insertAt = root.end - 1;
  return splice(json, [...edits, { start: insertAt, end: insertAt, text: comma + added }]);
}

/** The JSON of a property; `undefined` if absent. */
export function literalOf(
  node: JsonNode | undefined,
  json: string,
  name: string,
): string | undefined {
  const value = node && property(node, json, name);
  return value && json.slice(value.start, value.end);
}

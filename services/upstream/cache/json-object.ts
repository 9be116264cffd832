// JSON objects as text: one member set or added, everything else as it was written.

import { tryScanJson, type JsonNode } from '../../../shared/json/parse.ts';
import { property, splice, stringLiteral } from '../../../shared/json/edit.ts';

/** `literals` are JSON. An object that is none is given back as it is. */
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
  const place = root.end - 1;
  return splice(json, [...edits, { start: place, end: place, text: comma + added }]);
}

/** The members of an object as JSON by name; none of anything else. */
export function propertiesOf(json: string, span: JsonNode | undefined): Record<string, string> {
  if (span?.kind !== 'object') return {};
  const properties: [string, string][] = span.properties.map(({ key, value }) => [
    JSON.parse(json.slice(key.start, key.end)) as string,
    json.slice(value.start, value.end),
  ]);
  return Object.fromEntries(properties);
}

/** The JSON of a member; undefined where there is none. */
export function literalOf(
  span: JsonNode | undefined,
  json: string,
  name: string,
): string | undefined {
  const value = span && property(span, json, name);
  return value && json.slice(value.start, value.end);
}

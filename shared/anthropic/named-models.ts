// Finds the names of models in settings of a request, in whatever shape they are written.

import type { JsonNode } from '../json/parse.ts';
import { stringAt } from '../json/edit.ts';
import { foldedKey, listedTexts, valuesOf } from '../json/values.ts';

/** `model`, `models`, `advisor_model`, `model_id`, `fallbacks`. */
const MODEL_KEY = /^(\w+_)?(models?|fallbacks?)(_ids?|_names?)?$/;

/** Settings read between two yields: less than a millisecond. */
const STEP_SETTINGS = 4_096;

/** Settings for which the upstream may ask a model of their own. */
const SETTINGS = new Set([
  'compaction',
  'container',
  'context_management',
  'output_config',
  'thinking',
]);
/** Data of the user and the model, in which field names have no meaning. */
export const OPAQUE_KEYS: ReadonlySet<string> = new Set([
  'input',
  'input_schema',
  'input_examples',
  'schema',
  'metadata',
  'caller',
]);

/** The models of a request outside of messages and tools: `model`, then fallbacks, then the others. */
export function* settingModels(text: string, root: JsonNode): Generator<void, string[]> {
  const models = valuesOf(root, text, 'model').flatMap((value) => listedTexts(text, value));
  yield;
  const inFallbacks = valuesOf(root, text, 'fallbacks').flatMap((value) => [
    ...listedTexts(text, value).filter((name) => !isDefault(name)),
    ...modelsIn(text, value, (key) => key === 'tools'),
  ]);
  const settings = root.kind === 'object' ? root.properties : [];
  const others: string[] = [];
  for (const [index, { key, value }] of settings.entries()) {
    if (index % STEP_SETTINGS === 0) yield;
    const name = foldedKey(stringAt(text, key));
    const isNamed = MODEL_KEY.test(name) && name !== 'model' && name !== 'fallbacks';
    const found = SETTINGS.has(name)
      ? modelsIn(text, value, (one) => OPAQUE_KEYS.has(one))
      : isNamed
        ? [...listedTexts(text, value), ...modelsIn(text, value)]
        : [];
    for (const model of found) others.push(model);
  }
  return models.concat(inFallbacks, others);
}

/** `fallbacks` as a text, or `default` among them, which lets the upstream choose. */
export function choicesOfUpstream(text: string, root: JsonNode): string[] {
  return valuesOf(root, text, 'fallbacks').flatMap((value) =>
    listedTexts(text, value).filter((name) => value.kind === 'string' || isDefault(name)),
  );
}

function isDefault(name: string): boolean {
  return name.toLowerCase() === 'default';
}

/** All models in a value: texts under such a key, at any depth. */
export function modelsIn(
  text: string,
  value: JsonNode,
  isSkipped: (key: string) => boolean = () => false,
): string[] {
  const models: string[] = [];
  const open: JsonNode[] = [value];
  for (let node = open.pop(); node; node = open.pop()) {
    // From the end, so that models keep their order.
    if (node.kind === 'array') for (const item of node.items.toReversed()) open.push(item);
    if (node.kind !== 'object') continue;
    const children: JsonNode[] = [];
    for (const { key, value: child } of node.properties) {
      const name = foldedKey(stringAt(text, key));
      if (isSkipped(name)) continue;
      if (MODEL_KEY.test(name)) for (const model of listedTexts(text, child)) models.push(model);
      children.push(child);
    }
    for (const child of children.toReversed()) open.push(child);
  }
  return models;
}

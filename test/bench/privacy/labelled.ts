// Reads labelled texts: JSON Lines with `text` and `gold`, from anybody.
//   {"id": "…", "text": "mail a@b.org", "gold": [{"entity": "EMAIL", "start": 5, "end": 12}]}
// Offsets count code points, as in Python. Gold without offsets (`{"entity", "value"}`) stands for every
// occurrence of its value; with both, the value must stand at the offsets, in code points or UTF-16.

import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Gold } from './corpus.ts';

export interface LabelledGold extends Gold {
  readonly entity: string;
}

export interface LabelledText {
  readonly id: string;
  readonly text: string;
  /** In UTF-16 code units. */
  readonly gold: readonly LabelledGold[];
}

const offset = z.int().nonnegative();
const line = z.looseObject({
  id: z.union([z.string(), z.number()]).exactOptional(),
  text: z.string(),
  gold: z.array(
    z.looseObject({
      entity: z.string().default('VALUE'),
      start: offset.exactOptional(),
      end: offset.exactOptional(),
      value: z.string().min(1).exactOptional(),
    }),
  ),
});

type Label = z.output<typeof line>['gold'][number];

/** All texts of the files, and of the `.jsonl` files in the folders. @throws for a line of another form */
export function readLabelled(paths: readonly string[]): LabelledText[] {
  const files = paths.flatMap((path) =>
    statSync(path).isDirectory()
      ? globSync('**/*.jsonl', { cwd: path })
          .toSorted()
          .map((name) => join(path, name))
      : [path],
  );
  const texts = files.flatMap((file) => labelledTexts(readFileSync(file, 'utf8'), file));
  if (texts.length === 0) throw new Error(`no labelled texts in ${paths.join(', ')}`);
  return texts;
}

export function labelledTexts(jsonl: string, name: string): LabelledText[] {
  return jsonl.split('\n').flatMap((json, index) => {
    if (json.trim() === '') return [];
    const where = `${name}:${index + 1}`;
    const parsed = line.safeParse(parseJson(json, where));
    if (!parsed.success) throw new Error(`${where}: ${z.prettifyError(parsed.error)}`);
    const { id, text, gold } = parsed.data;
    const labelled = gold.flatMap((label) => goldOf(text, label, where));
    return [{ id: String(id ?? where), text, gold: labelled }];
  });
}

function parseJson(json: string, where: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new Error(`${where}: not JSON`);
  }
}

function goldOf(text: string, { entity, start, end, value }: Label, where: string): LabelledGold[] {
  if (start === undefined || end === undefined) {
    const all = value === undefined ? [] : occurrences(text, value);
    if (all.length === 0) throw new Error(`${where}: gold of ${entity} stands nowhere in the text`);
    return all.map((at) => ({ entity, start: at, end: at + (value ?? '').length }));
  }
  const isAt = (range: Gold) =>
    range.start < range.end &&
    range.end <= text.length &&
    (value === undefined || text.slice(range.start, range.end) === value);
  const range = [inUtf16(text, { start, end }), { start, end }].find(isAt);
  if (!range) throw new Error(`${where}: gold of ${entity} does not stand at ${start}`);
  return [{ entity, ...range }];
}

function occurrences(text: string, value: string): number[] {
  const starts: number[] = [];
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length)) {
    starts.push(at);
  }
  return starts;
}

/** A range in code points as one in UTF-16 code units. */
export function inUtf16(text: string, { start, end }: Gold): Gold {
  if (!/[\ud800-\udfff]/.test(text)) return { start, end };
  const chars = Array.from(text);
  const unit = (codePoint: number) => chars.slice(0, codePoint).join('').length;
  return { start: unit(start), end: end > chars.length ? Infinity : unit(end) };
}

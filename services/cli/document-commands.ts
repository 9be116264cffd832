// The operator's commands about collections and documents. The files are sent from here; what is done
// with them is done by a running gateway, which these commands wait for.

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { pause, type Clock } from '../../shared/runtime/clock.ts';
import type { DocumentCommand, Line } from './command-line.ts';
import { given, type Output } from './commands.ts';
import type { CollectionService, CollectionView } from '../admin/collections.ts';
import type { DocumentService, DocumentView } from '../admin/documents.ts';
import { LlmpError } from '../../shared/errors.ts';
import { migrateDocuments, type MigrationTools } from './migrate-command.ts';

export interface DocumentTools extends MigrationTools {
  readonly collections: CollectionService;
  readonly documents: DocumentService;
  readonly clock: Clock;
}

const LOOK_MS = 300;
/** Silence after which it is said that somebody has to do the work. */
const SILENCE_MS = 10_000;

/** Whether all went well. Rejects with what a register refuses. */
export async function runDocumentCommand(
  { command, target, options }: Line<DocumentCommand>,
  tools: DocumentTools,
  { line, note }: Output,
): Promise<boolean> {
  const { collections, documents } = tools;
  const { collection = '', limit, after } = options;
  switch (command) {
    case 'collections create':
      line(collectionLine(await collections.create({ name: target, ...settingsIn(options) })));
      return true;
    case 'collections update':
      line(collectionLine(await collections.change(target, settingsIn(options))));
      return true;
    case 'collections list': {
      const page = await collections.list(given({ limit, after }));
      for (const view of page.data) line(collectionLine(view));
      if (page.has_more) note(`There are more: --after ${page.last_id ?? ''}`);
      return true;
    }
    case 'collections delete':
      await collections.drop(target);
      note(`${target} is dropped; a running gateway takes its documents out of the index.`);
      return true;
    case 'documents add':
      return await addDocuments(collection, target, tools, { line, note });
    case 'documents list': {
      const page = await documents.list(collection, given({ limit, after }));
      for (const view of page.data) line(documentLine(view));
      if (page.has_more) note(`There are more: --after ${page.last_id ?? ''}`);
      return true;
    }
    case 'documents remove':
      line(documentLine(await documents.remove(collection, target)));
      return true;
    case 'documents reindex': {
      const begun = await documents.reindexAll(collection);
      note(`${begun.documents} documents are indexed anew.`);
      if (begun.refused > 0) note(`${begun.refused} cannot be: llmp documents list says why.`);
      return begun.refused === 0;
    }
    case 'documents migrate':
      return await migrateDocuments(options, tools, { line, note });
  }
}

async function addDocuments(
  collection: string,
  path: string,
  tools: DocumentTools,
  { line, note }: Output,
): Promise<boolean> {
  const { collections, documents, progress } = tools;
  await collections.show(collection);
  const files = await filesIn(path);
  if (files.length === 0) throw new LlmpError('invalid_request', `There are no files in ${path}.`);
  const refused: string[] = [];
  const sent: string[] = [];
  progress.begin(files.length * 2);
  for (const [at, { file, name }] of files.entries()) {
    progress.at(at, name);
    try {
      const { view } = await documents.put(collection, name, await readFile(file));
      sent.push(view.id);
    } catch (error) {
      refused.push(`${name}\t${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const views = await settled(collection, sent, tools, files.length, note);
  progress.end();
  for (const view of views) line(documentLine(view));
  for (const words of refused) note(words);
  const failed = views.filter(({ state }) => state !== 'ready');
  note(`${views.length - failed.length} of ${files.length} documents are in ${collection}.`);
  return failed.length + refused.length === 0;
}

/** What has become of the documents, when all are ready or have failed. */
async function settled(
  collection: string,
  ids: readonly string[],
  { documents, clock, progress }: DocumentTools,
  begun: number,
  note: Output['note'],
): Promise<DocumentView[]> {
  const done: DocumentView[] = [];
  let last = '';
  let movedMs = clock.monotonic();
  let hasSaid = false;
  for (const id of ids) {
    for (;;) {
      const view = await documents.show(collection, id);
      const isOver = view.state === 'ready' || view.state === 'failed';
      progress.at(begun + done.length + (isOver ? 1 : (view.progress ?? 0)), view.name);
      if (isOver) {
        done.push(view);
        break;
      }
      const now = `${id} ${view.state} ${view.progress ?? 0}`;
      if (now !== last) movedMs = clock.monotonic();
      last = now;
      if (!hasSaid && clock.monotonic() - movedMs > SILENCE_MS) {
        hasSaid = true;
        note('Nothing moves: is a gateway running that has this store? Waiting goes on.');
      }
      await pause(clock, LOOK_MS);
    }
  }
  return done;
}

/** A file, or all files below a folder that are not hidden; links are not followed. */
async function filesIn(path: string): Promise<{ file: string; name: string }[]> {
  if (!(await stat(path)).isDirectory()) return [{ file: path, name: basename(path) }];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      return { file, name: relative(path, file).split(sep).join('/') };
    })
    .filter(({ name }) => !name.split('/').some((part) => part.startsWith('.')))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** In the words of the HTTP API; what is neither a number nor true or false stays text. */
function settingsIn(options: Line<DocumentCommand>['options']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([name, text = '']) => {
      const isNumber = /-(max|min)$/.test(name) && /^\d+(\.\d+)?$/.test(text);
      const isSwitch = text === 'true' || text === 'false';
      const value = isNumber ? Number(text) : isSwitch ? text === 'true' : text;
      return [name.replaceAll('-', '_'), value];
    }),
  );
}

function collectionLine(view: CollectionView): string {
  const { name, team, inject, scrub, citations, passages_max, tokens_max, coverage_min } = view;
  const bounds = `passages_max=${passages_max},tokens_max=${tokens_max},coverage_min=${coverage_min}`;
  const flags = [scrub ? 'scrubbed' : 'raw', citations ? 'cited' : 'not cited', view.on_error];
  return [name, team ?? '-', inject, ...flags, bounds].join('\t');
}

function documentLine({ id, state, name, passages, withheld, error }: DocumentView): string {
  return [id, state, name, passages ?? '-', withheld ?? '-', error ?? ''].join('\t').trimEnd();
}

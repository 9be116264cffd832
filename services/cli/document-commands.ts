// The commands about collections and documents. They upload files and wait for a running gateway to
// index them.

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { pause, type Clock } from '../../shared/runtime/clock.ts';
import type { DocumentCommand, ParsedCommand } from './command-line.ts';
import { type Output, withoutUndefined } from './commands.ts';
import type { CollectionService, CollectionView } from '../admin/collections.ts';
import type { DocumentService, DocumentView } from '../admin/documents.ts';
import { LlmpError } from '../../shared/errors.ts';
import { migrateDocuments, type MigrationTools } from './migrate-command.ts';

export interface DocumentTools extends MigrationTools {
  readonly collections: CollectionService;
  readonly documents: DocumentService;
  readonly clock: Clock;
}

const POLL_MS = 300;
/** Time without progress after which the command asks whether a gateway is running. */
const STALLED_MS = 10_000;

/** @returns Whether everything succeeded. @throws The error of the service. */
export async function runDocumentCommand(
  { command, target, options }: ParsedCommand<DocumentCommand>,
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
      const page = await collections.list(withoutUndefined({ limit, after }));
      for (const view of page.data) line(collectionLine(view));
      if (page.has_more) note(`There are more: --after ${page.last_id ?? ''}`);
      return true;
    }
    case 'collections delete':
      await collections.drop(target);
      note(`${target} is deleted; a running gateway removes its documents from the index.`);
      return true;
    case 'documents add':
      return await addDocuments(collection, target, tools, { line, note });
    case 'documents list': {
      const page = await documents.list(collection, withoutUndefined({ limit, after }));
      for (const view of page.data) line(documentLine(view));
      if (page.has_more) note(`There are more: --after ${page.last_id ?? ''}`);
      return true;
    }
    case 'documents remove':
      line(documentLine(await documents.remove(collection, target)));
      return true;
    case 'documents reindex': {
      const started = await documents.reindexAll(collection);
      note(`Reindexing ${started.documents} documents.`);
      if (started.refused > 0) {
        note(`${started.refused} cannot be reindexed: see llmp documents list.`);
      }
      return started.refused === 0;
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
  if (files.length === 0) throw new LlmpError('invalid_request', `No files in ${path}.`);
  const rejected: string[] = [];
  const uploaded: string[] = [];
  progress.begin(files.length * 2);
  for (const [at, { file, name }] of files.entries()) {
    progress.at(at, name);
    try {
      const { view } = await documents.put(collection, name, await readFile(file));
      uploaded.push(view.id);
    } catch (error) {
      rejected.push(`${name}\t${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const views = await indexed(collection, uploaded, tools, files.length, note);
  progress.end();
  for (const view of views) line(documentLine(view));
  for (const text of rejected) note(text);
  const failed = views.filter(({ state }) => state !== 'ready');
  note(`${views.length - failed.length} of ${files.length} documents are in ${collection}.`);
  return failed.length + rejected.length === 0;
}

/** Waits until all documents are ready or have failed. */
async function indexed(
  collection: string,
  ids: readonly string[],
  { documents, clock, progress }: DocumentTools,
  doneBefore: number,
  note: Output['note'],
): Promise<DocumentView[]> {
  const done: DocumentView[] = [];
  let lastProgress = '';
  let progressMs = clock.monotonic();
  let hasWarned = false;
  for (const id of ids) {
    for (;;) {
      const view = await documents.show(collection, id);
      const hasEnded = view.state === 'ready' || view.state === 'failed';
      progress.at(doneBefore + done.length + (hasEnded ? 1 : (view.progress ?? 0)), view.name);
      if (hasEnded) {
        done.push(view);
        break;
      }
      const current = `${id} ${view.state} ${view.progress ?? 0}`;
      if (current !== lastProgress) progressMs = clock.monotonic();
      lastProgress = current;
      if (!hasWarned && clock.monotonic() - progressMs > STALLED_MS) {
        hasWarned = true;
        note('No progress: is a gateway with this store running? Still waiting.');
      }
      await pause(clock, POLL_MS);
    }
  }
  return done;
}

/** A single file, or all files in a folder except hidden ones; links are not followed. */
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

/** Converts options to fields of the HTTP API: numbers and booleans where the text is one. */
function settingsIn(options: ParsedCommand<DocumentCommand>['options']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([name, text = '']) => {
      const isNumber = /-(max|min)$/.test(name) && /^\d+(\.\d+)?$/.test(text);
      const isBoolean = text === 'true' || text === 'false';
      const value = isNumber ? Number(text) : isBoolean ? text === 'true' : text;
      return [name.replaceAll('-', '_'), value];
    }),
  );
}

function collectionLine(view: CollectionView): string {
  const { name, team, inject, scrub, citations, passages_max, tokens_max, coverage_min } = view;
  const limits = `passages_max=${passages_max},tokens_max=${tokens_max},coverage_min=${coverage_min}`;
  const flags = [scrub ? 'scrubbed' : 'raw', citations ? 'cited' : 'not cited', view.on_error];
  return [name, team ?? '-', inject, ...flags, limits].join('\t');
}

function documentLine({ id, state, name, passages, withheld, error }: DocumentView): string {
  return [id, state, name, passages ?? '-', withheld ?? '-', error ?? ''].join('\t').trimEnd();
}

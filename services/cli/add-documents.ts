// `documents add`: uploads files and waits for a running gateway to index them.

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { LlmpError } from '../../shared/errors.ts';
import { pause, type Clock } from '../../shared/runtime/clock.ts';
import type { DocumentService, DocumentView } from '../admin/documents.ts';
import type { Invocation } from './command-spec.ts';
import { DOCUMENT_COLUMNS } from './document-columns.ts';
import { createProgressBar, type Progress } from './progress-bar.ts';

const POLL_MS = 300;
/** Time without progress after which the command asks whether a gateway is running. */
const STALLED_MS = 10_000;

/** @returns 1 if a document could not be added. @throws The error of the service. */
export async function addDocuments({
  args: [path = ''],
  options,
  out,
  world,
  admin,
}: Invocation): Promise<number> {
  const collection = options.text('collection') ?? '';
  const { collections, documents } = await admin();
  await collections.show(collection);
  const files = await filesIn(resolve(world.cwd, path));
  if (files.length === 0) throw new LlmpError('invalid_request', `No files in ${path}.`);
  const rejected: { name: string; error: string }[] = [];
  const uploaded: string[] = [];
  const progress = createProgressBar();
  progress.begin(files.length * 2);
  for (const [at, { file, name }] of files.entries()) {
    progress.at(at, name);
    try {
      const { view } = await documents.put(collection, name, await readFile(file));
      uploaded.push(view.id);
    } catch (error) {
      rejected.push({ name, error: error instanceof Error ? error.message : String(error) });
    }
  }
  const views = await indexed({
    collection,
    ids: uploaded,
    documents,
    clock: world.clock,
    progress,
    doneBefore: files.length,
    note: (text) => out.note(text),
  });
  progress.end();
  out.list({ data: views, rejected }, views, DOCUMENT_COLUMNS);
  for (const { name, error } of rejected) out.note(`${name}\t${error}`);
  const failed = views.filter(({ state }) => state !== 'ready');
  out.note(`${views.length - failed.length} of ${files.length} documents are in ${collection}.`);
  return failed.length + rejected.length === 0 ? 0 : 1;
}

interface Waiting {
  readonly collection: string;
  readonly ids: readonly string[];
  readonly documents: Pick<DocumentService, 'show'>;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly doneBefore: number;
  readonly note: (text: string) => void;
}

/** Waits until all documents are ready or have failed. */
async function indexed(waiting: Waiting): Promise<DocumentView[]> {
  const { collection, ids, documents, clock, progress, doneBefore, note } = waiting;
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

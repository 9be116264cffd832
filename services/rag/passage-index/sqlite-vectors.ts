// The vectors of collections in memory, since a plain scan over them is faster than any index SQLite
// has. `PRAGMA data_version` tells when another connection wrote; then only new documents are read.

import { limits } from '../../../shared/limits.ts';
import type { CollectionFile } from './sqlite-files.ts';
import { dot, scaleToUnit } from './unit-vector.ts';

/** Vectors of one length, one behind the other, each of length 1; `passages` has their numbers. */
interface Shelf {
  vectors: Float32Array;
  readonly passages: number[];
  readonly documents: number[];
}

interface Shelves {
  /** The connection that read them; another one counts versions anew. */
  readonly file: CollectionFile;
  version: number;
  /** The newest document that was read. */
  newest: number;
  readonly shelfByDimensions: Map<number, Shelf>;
}

export interface NearPassage {
  readonly passage: number;
  readonly cosine: number;
}

/** Belongs to one thread, which alone uses it. */
export class VectorShelves {
  readonly #byCollection = new Map<string, Shelves>();

  /** The nearest by cosine, the best first. To be called within a step that reads. */
  nearest(
    collection: string,
    file: CollectionFile,
    query: Float32Array,
    limit: number,
  ): NearPassage[] {
    const shelf = this.#current(collection, file).shelfByDimensions.get(query.length);
    const unit = Float64Array.from(query);
    if (!shelf || !scaleToUnit(unit)) return [];
    return best(shelf, unit, limit);
  }

  #current(collection: string, file: CollectionFile): Shelves {
    const known = this.#byCollection.get(collection);
    const shelves =
      known?.file === file
        ? known
        : { file, version: -1, newest: 0, shelfByDimensions: new Map<number, Shelf>() };
    // Kept again when all was read: what is half read would stay so.
    this.#byCollection.delete(collection);
    const version = Number(file.prepare('PRAGMA data_version').get()?.['data_version']);
    if (shelves.version !== version) {
      forgetReplaced(shelves);
      readNewer(shelves);
      shelves.version = version;
    }
    this.#byCollection.set(collection, shelves);
    this.#makeRoom();
    return shelves;
  }

  /** The collections not asked for longest go first, never the last one. */
  #makeRoom(): void {
    let bytes = 0;
    for (const shelves of this.#byCollection.values()) bytes += bytesOf(shelves);
    for (const [collection, shelves] of this.#byCollection) {
      if (bytes <= limits.index.vectorBytesMax || this.#byCollection.size === 1) return;
      this.#byCollection.delete(collection);
      bytes -= bytesOf(shelves);
    }
  }
}

function forgetReplaced({ file, shelfByDimensions }: Shelves): void {
  const living = new Set(
    file
      .prepare('SELECT number FROM documents')
      .all()
      .map(({ number }) => Number(number)),
  );
  for (const [dimensions, { vectors, passages, documents }] of shelfByDimensions) {
    let kept = 0;
    for (const [at, document] of documents.entries()) {
      if (!living.has(document)) continue;
      if (kept < at) {
        vectors.copyWithin(kept * dimensions, at * dimensions, (at + 1) * dimensions);
        passages[kept] = passages[at] ?? 0;
        documents[kept] = document;
      }
      kept += 1;
    }
    passages.length = kept;
    documents.length = kept;
  }
}

function readNewer(shelves: Shelves): void {
  const { file, shelfByDimensions } = shelves;
  const rows = file
    .prepare('SELECT passage, document, bytes FROM vectors WHERE document > ? ORDER BY document')
    .iterate(shelves.newest);
  for (const { passage, document, bytes } of rows) {
    shelves.newest = Number(document);
    if (!(bytes instanceof Uint8Array)) continue;
    const vector = new Float32Array(bytes.slice().buffer);
    if (!scaleToUnit(vector)) continue;
    const shelf = shelfByDimensions.get(vector.length) ?? emptyShelf();
    shelfByDimensions.set(vector.length, shelf);
    const start = shelf.passages.length * vector.length;
    if (start + vector.length > shelf.vectors.length) {
      const larger = new Float32Array(Math.max(start * 2, vector.length * 64));
      larger.set(shelf.vectors);
      shelf.vectors = larger;
    }
    shelf.vectors.set(vector, start);
    shelf.passages.push(Number(passage));
    shelf.documents.push(Number(document));
  }
}

function emptyShelf(): Shelf {
  return { vectors: new Float32Array(), passages: [], documents: [] };
}

/** Keeps a short list sorted, as nearly all vectors are worse than its last. */
function best({ vectors, passages }: Shelf, unit: Float64Array, limit: number): NearPassage[] {
  const found: NearPassage[] = [];
  let worst = Number.NEGATIVE_INFINITY;
  for (const [at, passage] of passages.entries()) {
    const cosine = dot(vectors, at * unit.length, unit);
    if (found.length >= limit && cosine <= worst) continue;
    let place = found.length;
    while (place > 0 && (found[place - 1]?.cosine ?? 0) < cosine) place -= 1;
    found.splice(place, 0, { passage, cosine });
    if (found.length > limit) found.pop();
    worst = found.at(-1)?.cosine ?? worst;
  }
  return found;
}

function bytesOf({ shelfByDimensions }: Shelves): number {
  return shelfByDimensions.values().reduce((sum, { vectors }) => sum + vectors.byteLength, 0);
}

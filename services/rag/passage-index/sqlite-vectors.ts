// In-memory vectors of collections; a plain scan is faster than any SQLite index. `PRAGMA data_version`
// detects writes by other connections, and then only new documents are read.

import { limits } from '../../../shared/limits.ts';
import type { CollectionFile } from './sqlite-files.ts';
import { dot, scaleToUnit } from './unit-vector.ts';

/** Unit vectors of one length, stored back to back; `passages` has their numbers. */
interface CollectionSet {
  vectors: Float32Array;
  readonly passages: number[];
  readonly documents: number[];
}

interface VectorCaches {
  /** The connection that read them; versions are only comparable within one connection. */
  readonly file: CollectionFile;
  version: number;
  /** The newest document read so far. */
  newest: number;
  readonly vectorsByDimensions: Map<number, CollectionSet>;
}

export interface NearPassage {
  readonly passage: number;
  readonly cosine: number;
}

/** Not shared between threads. */
export class VectorCache {
  readonly #byCollection = new Map<string, VectorCaches>();

  /** The nearest vectors by cosine, best first. Must run inside a read transaction. */
  nearest(
    collection: string,
    file: CollectionFile,
    query: Float32Array,
    limit: number,
  ): NearPassage[] {
    const collectionSet = this.#current(collection, file).vectorsByDimensions.get(query.length);
    const unit = Float64Array.from(query);
    if (!collectionSet || !scaleToUnit(unit)) return [];
    return best(collectionSet, unit, limit);
  }

  #current(collection: string, file: CollectionFile): VectorCaches {
    const known = this.#byCollection.get(collection);
    const collectionSets =
      known?.file === file
        ? known
        : { file, version: -1, newest: 0, vectorsByDimensions: new Map<number, CollectionSet>() };
    // Stored again only after a complete read, so a failed one is not kept.
    this.#byCollection.delete(collection);
    const version = Number(file.prepare('PRAGMA data_version').get()?.['data_version']);
    if (collectionSets.version !== version) {
      forgetReplaced(collectionSets);
      readNewer(collectionSets);
      collectionSets.version = version;
    }
    this.#byCollection.set(collection, collectionSets);
    this.#makeSpace();
    return collectionSets;
  }

  /** Evicts the least recently used collections, but keeps the last one. */
  #makeSpace(): void {
    let bytes = 0;
    for (const collectionSets of this.#byCollection.values()) bytes += bytesOf(collectionSets);
    for (const [collection, collectionSets] of this.#byCollection) {
      if (bytes <= limits.index.vectorBytesMax || this.#byCollection.size === 1) return;
      this.#byCollection.delete(collection);
      bytes -= bytesOf(collectionSets);
    }
  }
}

function forgetReplaced({ file, vectorsByDimensions }: VectorCaches): void {
  const living = new Set(
    file
      .prepare('SELECT number FROM documents')
      .all()
      .map(({ number }) => Number(number)),
  );
  for (const [dimensions, { vectors, passages, documents }] of vectorsByDimensions) {
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

function readNewer(collectionSets: VectorCaches): void {
  const { file, vectorsByDimensions } = collectionSets;
  const rows = file
    .prepare('SELECT passage, document, bytes FROM vectors WHERE document > ? ORDER BY document')
    .iterate(collectionSets.newest);
  for (const { passage, document, bytes } of rows) {
    collectionSets.newest = Number(document);
    if (!(bytes instanceof Uint8Array)) continue;
    const vector = new Float32Array(bytes.slice().buffer);
    if (!scaleToUnit(vector)) continue;
    const collectionSet = vectorsByDimensions.get(vector.length) ?? emptyCollectionSet();
    vectorsByDimensions.set(vector.length, collectionSet);
    const start = collectionSet.passages.length * vector.length;
    if (start + vector.length > collectionSet.vectors.length) {
      const larger = new Float32Array(Math.max(start * 2, vector.length * 64));
      larger.set(collectionSet.vectors);
      collectionSet.vectors = larger;
    }
    collectionSet.vectors.set(vector, start);
    collectionSet.passages.push(Number(passage));
    collectionSet.documents.push(Number(document));
  }
}

function emptyCollectionSet(): CollectionSet {
  return { vectors: new Float32Array(), passages: [], documents: [] };
}

/** Keeps a short sorted list; nearly all vectors score below its last entry. */
function best(
  { vectors, passages }: CollectionSet,
  unit: Float64Array,
  limit: number,
): NearPassage[] {
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

function bytesOf({ vectorsByDimensions }: VectorCaches): number {
  return vectorsByDimensions.values().reduce((sum, { vectors }) => sum + vectors.byteLength, 0);
}

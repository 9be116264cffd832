// In-memory vectors of collections; a plain scan is faster than any SQLite index. `PRAGMA data_version`
// detects writes by other connections, and then only new documents are read.

import type { CollectionFile } from './sqlite-files.ts';
import { dot, scaleToUnit } from './unit-vector.ts';

/** Vectors one process keeps in memory; the collection in use is kept even if it is larger. */
const VECTOR_BYTES_MAX = 512 * 1024 * 1024;

/** Unit vectors of one length, stored back to back; `passages` has their numbers. */
interface VectorMatrix {
  vectors: Float32Array;
  readonly passages: number[];
  readonly documents: number[];
}

interface CachedVectors {
  /** The connection that read them; versions are only comparable within one connection. */
  readonly file: CollectionFile;
  version: number;
  /** The newest document read so far. */
  newest: number;
  readonly vectorsByDimensions: Map<number, VectorMatrix>;
}

export interface NearPassage {
  readonly passage: number;
  readonly cosine: number;
}

/** Not shared between threads. */
export class VectorCache {
  readonly #byCollection = new Map<string, CachedVectors>();

  /** The nearest vectors by cosine, best first. Must run inside a read transaction. */
  nearest(
    collection: string,
    file: CollectionFile,
    query: Float32Array,
    limit: number,
  ): NearPassage[] {
    const matrix = this.#current(collection, file).vectorsByDimensions.get(query.length);
    const unit = Float64Array.from(query);
    if (!matrix || !scaleToUnit(unit)) return [];
    return best(matrix, unit, limit);
  }

  #current(collection: string, file: CollectionFile): CachedVectors {
    const previous = this.#byCollection.get(collection);
    const cached =
      previous?.file === file
        ? previous
        : { file, version: -1, newest: 0, vectorsByDimensions: new Map<number, VectorMatrix>() };
    // Stored again only after a complete read, so a failed one is not kept.
    this.#byCollection.delete(collection);
    const version = Number(file.prepare('PRAGMA data_version').get()?.['data_version']);
    if (cached.version !== version) {
      dropReplaced(cached);
      readNewer(cached);
      cached.version = version;
    }
    this.#byCollection.set(collection, cached);
    this.#makeSpace();
    return cached;
  }

  /** Evicts the least recently used collections, but keeps the last one. */
  #makeSpace(): void {
    let bytes = 0;
    for (const cached of this.#byCollection.values()) bytes += bytesOf(cached);
    for (const [collection, cached] of this.#byCollection) {
      if (bytes <= VECTOR_BYTES_MAX || this.#byCollection.size === 1) return;
      this.#byCollection.delete(collection);
      bytes -= bytesOf(cached);
    }
  }
}

function dropReplaced({ file, vectorsByDimensions }: CachedVectors): void {
  const current = new Set(
    file
      .prepare('SELECT number FROM documents')
      .all()
      .map(({ number }) => Number(number)),
  );
  for (const [dimensions, { vectors, passages, documents }] of vectorsByDimensions) {
    let kept = 0;
    for (const [at, document] of documents.entries()) {
      if (!current.has(document)) continue;
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

function readNewer(cached: CachedVectors): void {
  const { file, vectorsByDimensions } = cached;
  const rows = file
    .prepare('SELECT passage, document, bytes FROM vectors WHERE document > ? ORDER BY document')
    .iterate(cached.newest);
  for (const { passage, document, bytes } of rows) {
    cached.newest = Number(document);
    if (!(bytes instanceof Uint8Array)) continue;
    const vector = new Float32Array(bytes.slice().buffer);
    if (!scaleToUnit(vector)) continue;
    const matrix = vectorsByDimensions.get(vector.length) ?? emptyMatrix();
    vectorsByDimensions.set(vector.length, matrix);
    const start = matrix.passages.length * vector.length;
    if (start + vector.length > matrix.vectors.length) {
      const larger = new Float32Array(Math.max(start * 2, vector.length * 64));
      larger.set(matrix.vectors);
      matrix.vectors = larger;
    }
    matrix.vectors.set(vector, start);
    matrix.passages.push(Number(passage));
    matrix.documents.push(Number(document));
  }
}

function emptyMatrix(): VectorMatrix {
  return { vectors: new Float32Array(), passages: [], documents: [] };
}

/** Keeps a short sorted list; nearly all vectors score below its last entry. */
function best(
  { vectors, passages }: VectorMatrix,
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

function bytesOf({ vectorsByDimensions }: CachedVectors): number {
  return vectorsByDimensions.values().reduce((sum, { vectors }) => sum + vectors.byteLength, 0);
}

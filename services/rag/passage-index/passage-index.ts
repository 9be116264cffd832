// The passage index port. Every call names its collection, and adapters keep collections apart.

/** A part of a document to be indexed. */
export interface NewPassage {
  readonly text: string;
  /** Enclosing section titles, outermost first; searched with the text. */
  readonly headings: readonly string[];
  /** Has the dimensions of the collection's embedding model. */
  readonly vector?: Float32Array;
}

export interface IndexedDocument {
  readonly collection: string;
  readonly id: string;
  readonly title: string;
  /** File name or URL, shown next to citations. */
  readonly source: string;
  /** Hex SHA-256 of the source file. */
  readonly hash: string;
  /** New for every write, so that a document's record can refer to it. */
  readonly revision: string;
  /** The embedding model of its vectors, if any. */
  readonly model?: string;
}

export interface Passage {
  readonly collection: string;
  readonly documentId: string;
  /** Index within the document, from 0. */
  readonly position: number;
  readonly title: string;
  readonly source: string;
  readonly headings: readonly string[];
  readonly text: string;
}

export interface SearchHit {
  readonly passage: Passage;
  /** BM25 score or cosine; higher is better. */
  readonly score: number;
  /** Share of the question's IDF weight found in the passage, 0 to 1. */
  readonly coverage: number;
}

export interface PassageIndex extends AsyncDisposable {
  /** Location for people, without credentials. */
  readonly place: string;
  /**
   * Atomically replaces a document.
   * @param over replace only this revision; `null` only if there is none
   * @returns false if `over` does not match, with nothing changed
   */
  replace(
    document: IndexedDocument,
    passages: readonly NewPassage[],
    over?: string | null,
  ): Promise<boolean>;
  /** `undefined` if the document is not stored; a stored document may have no passages. */
  document(collection: string, documentId: string): Promise<IndexedDocument | undefined>;
  /** Ids and revisions of all documents in a collection, in any order. */
  documents(collection: string): Promise<Pick<IndexedDocument, 'id' | 'revision'>[]>;
  /** Passages in document order; empty if there are none. */
  passages(
    collection: string,
    documentId: string,
  ): Promise<(Passage & { vector?: Float32Array })[]>;
  /** @param revision remove only this revision */
  remove(collection: string, documentId: string, revision?: string): Promise<void>;
  /** Removes the collection. */
  drop(collection: string): Promise<void>;
  /** Best BM25 matches for a question in plain words. */
  searchWords(
    collection: string,
    question: string,
    limit: number,
    signal: AbortSignal,
  ): Promise<SearchHit[]>;
  /** Nearest by cosine; `coverage` refers to `question`. Ignores vectors with other dimensions. */
  searchVectors(
    collection: string,
    query: { readonly vector: Float32Array; readonly question: string },
    limit: number,
    signal: AbortSignal,
  ): Promise<SearchHit[]>;
  ready(): Promise<boolean>;
}

/** Finds the best passages for a question, without duplicate texts. */
export type Retrieve = (
  question: string,
  collections: readonly { readonly name: string; readonly coverageMin: number }[],
  limit: number,
  signal: AbortSignal,
) => Promise<Passage[]>;

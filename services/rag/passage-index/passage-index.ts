// The index port: where passages are kept and found. One collection never sees another: each is
// named in every call, and what an adapter keeps of it is apart from all else.

/** A piece of a document, ready to be searched. */
export interface NewPassage {
  readonly text: string;
  /** Titles of the sections around it, the outermost first; searched with the text. */
  readonly headings: readonly string[];
  /** Of the dimensions of the collection's embedding model. */
  readonly vector?: Float32Array;
}

export interface IndexedDocument {
  readonly collection: string;
  readonly id: string;
  readonly title: string;
  /** File name or address, as it is shown beside a citation. */
  readonly source: string;
  /** sha-256 of the file it was made of, hex. */
  readonly hash: string;
  /** New with each writing, so that the document's record can say which of them it is about. */
  readonly revision: string;
  /** The model of its vectors, where it has some. */
  readonly model?: string;
}

export interface Passage {
  readonly collection: string;
  readonly documentId: string;
  /** Place in the document, from 0. */
  readonly position: number;
  readonly title: string;
  readonly source: string;
  readonly headings: readonly string[];
  readonly text: string;
}

export interface SearchHit {
  readonly passage: Passage;
  /** Of BM25, or the cosine of vectors; higher is better. */
  readonly score: number;
  /** Share of the question's weight (the IDF of its terms) that the passage has, 0 to 1. */
  readonly coverage: number;
}

export interface PassageIndex extends AsyncDisposable {
  /** Where it is, for people; without credentials. */
  readonly place: string;
  /**
   * Puts a document in place of what it was before; searches see the old or the new one, never half.
   * With `over`, only in place of that revision (null: of nothing); otherwise false, and nothing changes.
   */
  replace(
    document: IndexedDocument,
    passages: readonly NewPassage[],
    over?: string | null,
  ): Promise<boolean>;
  /** Undefined where it holds nothing of the document; one without passages is held, too. */
  document(collection: string, documentId: string): Promise<IndexedDocument | undefined>;
  /** Ids and revisions of all documents of a collection, in any order. */
  documents(collection: string): Promise<Pick<IndexedDocument, 'id' | 'revision'>[]>;
  /** The passages of a document in their order; empty when there is none. */
  passages(
    collection: string,
    documentId: string,
  ): Promise<(Passage & { vector?: Float32Array })[]>;
  /** With `revision`, only where that is what it holds. */
  remove(collection: string, documentId: string, revision?: string): Promise<void>;
  /** Removes all of a collection. */
  drop(collection: string): Promise<void>;
  /** The best by BM25 for a question in plain words; empty when no term is there. */
  searchWords(
    collection: string,
    question: string,
    limit: number,
    signal: AbortSignal,
  ): Promise<SearchHit[]>;
  /** The nearest by cosine; `coverage` is that of `question`. Vectors of other dimensions are not looked at. */
  searchVectors(
    collection: string,
    query: { readonly vector: Float32Array; readonly question: string },
    limit: number,
    signal: AbortSignal,
  ): Promise<SearchHit[]>;
  ready(): Promise<boolean>;
}

/** Finds passages for a question in some collections, the best first; without repeats of a text. */
export type Retrieve = (
  question: string,
  collections: readonly { readonly name: string; readonly coverageMin: number }[],
  limit: number,
  signal: AbortSignal,
) => Promise<Passage[]>;

// Stored collections and documents: the settings of a collection and the state of each document. The
// passages themselves are in the rag worker's index.

/** How passages are added to a request: see services/rag/augment.ts. */
export const INJECT_MODES = ['search_result', 'text', 'system'] as const;
export type InjectMode = (typeof INJECT_MODES)[number];

export interface CollectionSettings {
  /** Only keys of this team may use the collection; absent: any key. */
  readonly team?: string;
  /** Whether documents are scrubbed of personal data before they are indexed. */
  readonly scrub: boolean;
  readonly inject: InjectMode;
  /** Whether the model should cite passages, unless the request sets it. */
  readonly citations: boolean;
  /** Maximum number of passages per request. */
  readonly passagesMax: number;
  /** Maximum tokens of all passages of a request, counted as 4 characters each. */
  readonly tokensMax: number;
  /** Minimum share of the question's term weight a passage must cover, 0 to 1. */
  readonly coverageMin: number;
  /** Search timeout in milliseconds. */
  readonly deadlineMs: number;
  /** The same as it was sent: `2s`. */
  readonly deadline?: string;
  /** When a search fails: `open` continues without passages and reports it, `closed` rejects the request. */
  readonly onError: 'open' | 'closed';
}

export interface CollectionRecord extends CollectionSettings {
  readonly name: string;
  /** Milliseconds since the epoch, like the other times here. */
  readonly createdAt: number;
  /** Grows whenever documents change, which invalidates earlier search results. */
  readonly revision: number;
}

export const DOCUMENT_STATES = ['waiting', 'indexing', 'ready', 'failed', 'removing'] as const;
export type DocumentState = (typeof DOCUMENT_STATES)[number];

export interface DocumentRecord {
  readonly collection: string;
  /** Derived from the name, so that a file sent again replaces its previous version. */
  readonly id: string;
  /** File name or path as sent. */
  readonly name: string;
  /** SHA-256 of the bytes sent, hex. */
  readonly hash: string;
  readonly bytes: number;
  readonly state: DocumentState;
  /** 0 to 1 while indexing. */
  readonly progress?: number;
  /** Why it failed; never quotes the document. */
  readonly error?: string;
  /** Passages in the index. */
  readonly passages?: number;
  /** Passages left out because they contain instructions to the model. */
  readonly withheld?: number;
  /** Revision of the indexed version; absent when the document was never indexed. */
  readonly revision?: string;
  /** Failed because the index in use does not hold that revision. */
  readonly missing?: true;
  readonly createdAt: number;
  readonly indexedAt?: number;
}

export interface NamePage {
  /** The page starts after this name or id, which need not exist. */
  readonly after?: string;
  readonly limit: number;
}

/** Part of the store. Each operation is atomic. */
export interface Collections {
  collection(name: string): Promise<CollectionRecord | undefined>;
  /** In byte order of names. */
  listCollections(page: NamePage): Promise<CollectionRecord[]>;
  /** Adds or replaces; an existing collection keeps its revision. */
  putCollection(record: CollectionRecord): Promise<void>;
  /** Increments the revision; does nothing when there is no such collection. */
  touchCollection(name: string): Promise<void>;
  /** Deletes the collection and its document records. */
  deleteCollection(name: string): Promise<void>;
  document(collection: string, id: string): Promise<DocumentRecord | undefined>;
  /** In byte order of ids. */
  listDocuments(collection: string, page: NamePage): Promise<DocumentRecord[]>;
  /** Adds or replaces. */
  putDocument(record: DocumentRecord): Promise<void>;
  /**
   * Replaces a record with the result of `change`, which is called again after a write conflict.
   * @returns The changed record, or `undefined` when there is no such document.
   */
  updateDocument(
    collection: string,
    id: string,
    change: (record: DocumentRecord) => DocumentRecord,
  ): Promise<DocumentRecord | undefined>;
  deleteDocument(collection: string, id: string): Promise<void>;
}

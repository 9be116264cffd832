// Collections of documents as the store keeps them: what an operator chose for each, and how far each
// document is. The passages themselves are in the index of the rag worker.

/** How passages get into a request: see services/rag/augment.ts. */
export const INJECT_MODES = ['search_result', 'text', 'system'] as const;
export type InjectMode = (typeof INJECT_MODES)[number];

export interface CollectionSettings {
  /** Only keys of this team may have the collection; absent: any key. */
  readonly team?: string;
  /** Whether personal data is taken out of documents before they are kept. */
  readonly scrub: boolean;
  readonly inject: InjectMode;
  /** Whether the model is to cite passages, where a request does not say it itself. */
  readonly citations: boolean;
  /** Passages put into one request at most, and tokens of all of them (4 characters each). */
  readonly passagesMax: number;
  readonly tokensMax: number;
  /** Share of a question's weight that a passage must cover, 0 to 1. */
  readonly coverageMin: number;
  /** How long a search may take, in milliseconds. */
  readonly deadlineMs: number;
  /** A search that fails: `open` goes on without passages and says so, `closed` refuses the request. */
  readonly onError: 'open' | 'closed';
}

export interface CollectionRecord extends CollectionSettings {
  readonly name: string;
  /** Milliseconds since the epoch, like the other times here. */
  readonly createdAt: number;
  /** Grows whenever its documents change, so that what was found before is known to be outdated. */
  readonly revision: number;
}

export const DOCUMENT_STATES = ['waiting', 'indexing', 'ready', 'failed', 'removing'] as const;
export type DocumentState = (typeof DOCUMENT_STATES)[number];

export interface DocumentRecord {
  readonly collection: string;
  /** A function of collection and name, so that a file sent again takes its own place. */
  readonly id: string;
  /** The file's name or path, as it was sent. */
  readonly name: string;
  /** sha-256 of the bytes sent, hex. */
  readonly hash: string;
  readonly bytes: number;
  readonly state: DocumentState;
  /** 0 to 1 while indexing. */
  readonly progress?: number;
  /** Why it failed, for people; never what the document says. */
  readonly error?: string;
  /** Passages in the index, and those left out because they try to give orders to the model. */
  readonly passages?: number;
  readonly withheld?: number;
  /** Of the writing that the index holds; absent where it was never indexed. */
  readonly revision?: string;
  /** Failed since the index in use does not hold that writing. */
  readonly missing?: true;
  readonly createdAt: number;
  readonly indexedAt?: number;
}

export interface NamePage {
  /** The name or id after which the page begins; it need not exist. */
  readonly after?: string;
  readonly limit: number;
}

/** Part of the store. Each operation is one step that other processes see whole or not at all. */
export interface Collections {
  collection(name: string): Promise<CollectionRecord | undefined>;
  /** In the order of names, byte by byte. */
  listCollections(page: NamePage): Promise<CollectionRecord[]>;
  /** Adds or replaces; of one that is there, the revision stays what it is. */
  putCollection(record: CollectionRecord): Promise<void>;
  /** Counts its revision up; nothing where there is no such collection. */
  touchCollection(name: string): Promise<void>;
  /** Takes the collection away with the records of its documents. */
  dropCollection(name: string): Promise<void>;
  document(collection: string, id: string): Promise<DocumentRecord | undefined>;
  /** In the order of ids, byte by byte. */
  listDocuments(collection: string, page: NamePage): Promise<DocumentRecord[]>;
  /** Adds or replaces. */
  putDocument(record: DocumentRecord): Promise<void>;
  /**
   * Replaces a record by what `change` makes of it, in one step; `change` may be called again when
   * another writer came first. Undefined when there is no such document.
   */
  updateDocument(
    collection: string,
    id: string,
    change: (record: DocumentRecord) => DocumentRecord,
  ): Promise<DocumentRecord | undefined>;
  dropDocument(collection: string, id: string): Promise<void>;
}

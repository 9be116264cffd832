// The bounds of retrieval by domain, which are part of shared/limits.ts.

export const retrievalLimits = {
  rag: {
    /** Characters of a question that are used; a longer one is a paste that contains the question. */
    questionCharsMax: 8_000,
    /** Since a conversation was last continued; a later turn loses its earlier passages. */
    augmentationMs: 7 * 86_400_000,
    /** Turns of one conversation that are looked up; earlier ones have left every context window. */
    turnsMax: 1_000,
    /** How long a collection's settings and revision are cached. */
    settingsFreshMs: 1_000,
    /** Collections whose settings are cached. */
    collectionsCachedMax: 10_000,
  },
  /** Comparison of records with the index; costs 10 µs of CPU per document with SQLite, 30 with Redis. */
  indexCheck: {
    /** How often a process looks for collections that are due. */
    pollMs: 5_000,
    /** After a change to the collection's documents; groups many changes into one check. */
    changedMs: 5_000,
    /** For every other collection: detects that the index of a running process was replaced. */
    freshMs: 60_000,
  },
  /** Requests to the embeddings endpoint. */
  embeddings: {
    /** Texts per request: the default limit of the smallest common server. */
    batchTextsMax: 32,
    /** Characters per request: below 120,000 tokens in any script, the smallest limit of hosted models. */
    batchCharactersMax: 100_000,
    /** Longer texts are truncated before embedding: models accept about 8,000 tokens. */
    textCharactersMax: 8_000,
    /** Concurrent requests for documents, and as many for questions: hosted quotas are per minute. */
    requestsMax: 4,
    /** One request; a batch on a CPU takes seconds. */
    requestMs: 30_000,
    /** TCP and TLS connection. */
    connectMs: 5_000,
    /** Pauses before retries when the endpoint requests none. */
    pausesMs: [250, 1_000, 4_000],
    /** The longest pause an endpoint can request; beyond it the job is retried later. */
    pauseMsMax: 30_000,
    /** A reply with 32 vectors of 4,096 numbers takes about 3 MB. */
    responseBytesMax: 16 * 1024 * 1024,
    /** Cached vectors of documents, and as many of questions; 6 KB each at 1,536 numbers. */
    vectorsCachedMax: 2_000,
    /** How long a question waits for its vector before it is searched by words only. */
    questionMs: 1_500,
    /** How long a failed embedder is skipped; each question would otherwise wait for `questionMs`. */
    restMs: 5_000,
  },
  /** Documents of collections, from the file to its passages. */
  documents: {
    /** One file: manuals and books are smaller, scans are larger. */
    bytesMax: 20 * 1024 * 1024,
    /** Text of one document in UTF-16 code units: about thirty long novels. */
    textCharsMax: 10_000_000,
    pagesMax: 5_000,
    /** Parsing one file in its own process; real ones take a few seconds. */
    readMs: 60_000,
    /** Resident memory of that process; a Word file of a thousand pages needs most of it. */
    memoryBytesMax: 768 * 1024 * 1024,
    /** How often that process checks its memory; bombs fill less than 1 GB/s. */
    memoryWatchMs: 20,
    /** Unpacked XML of a Word file; its text is about a tenth of it. */
    unpackedBytesMax: 64 * 1024 * 1024,
    /** Open elements of a page: real ones have about thirty, and parsing takes quadratic time. */
    nestingMax: 2_000,
    /** Larger plain text and Markdown is parsed in its own process to keep the event loop free. */
    inlineBytesMax: 256 * 1024,
    /** A title or heading; a longer line is text. */
    titleCharsMax: 200,
    /** Passages of one document: all of its text, and as much again for short sections. */
    passagesMax: 20_000,
    /** Target and maximum length of a passage in UTF-16 code units: about 280 and 400 tokens. */
    passageChars: 1_100,
    passageCharsMax: 1_600,
    /** Text repeated from the previous passage of the section: about one sentence. */
    overlapChars: 150,
  },
};

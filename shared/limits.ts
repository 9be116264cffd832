// Every bound in the gateway, with its unit and the reason for the number.

export const limits = Object.freeze({
  /** Request body of messages and count_tokens: Anthropic's own limit is 32 MB. */
  bodyBytesMax: 32 * 1024 * 1024,
  /** Nesting of a request body; real ones stay below fifty, hostile ones exhaust memory. */
  jsonDepthMax: 1_000,
  /** Values in a request body: a hundred times the longest conversations, some 50 MB of memory. */
  jsonValuesMax: 1_000_000,
  /** Work on one request between two looks at the event loop, so that others are served too. */
  timeSliceMs: 8,
  /** Texts whose findings are remembered; an entry takes some hundred bytes. */
  scanCacheEntriesMax: 100_000,
  /** Texts shorter than this are scanned anew: that is faster than a hash. */
  scanCacheCharsMin: 256,
  /** The same for texts that a policy judges: many rules take longer than a hash even for a line. */
  judgedUnitsMin: 16,
  /** How long a step in an embedded store waits for the step of another process. */
  lockWaitMs: 2_000,
  /** A reply that is not a stream is held until it is whole, so that it can still become an error. */
  replyBytesMax: 64 * 1024 * 1024,
  /** Request line and headers: Node's default 16 KiB is short for long beta lists and baggage. */
  headerBytesMax: 64 * 1024,
  /** One SSE event: a whole base64 document can ride in one; beyond it the upstream is faulty. */
  eventBytesMax: 32 * 1024 * 1024,
  /** A request must have arrived whole by then: 32 MB at 1 MB/s and a margin. */
  requestArrivalMs: 60_000,
  /** Longer than common load balancers keep idle connections, so that they close first. */
  keepAliveMs: 75_000,
  /** From request to the end of its answer; Anthropic streams for up to an hour. */
  requestMs: 3_600_000,
  /** For each worker before the upstream: they compute or look up, they never wait for a model. */
  stageMs: 30_000,
  /** Until the upstream's response head; SDKs wait 600 s, and a whole answer may be behind it. */
  upstreamHeadersTimeoutMs: 600_000,
  /** Silence inside an upstream stream; Claude Code gives up at 300 s, we speak before it does. */
  upstreamIdleMs: 240_000,
  /** Cached answers: of one, of all in the embedded store, how long at most, and how many wait for one. */
  cache: {
    entryBytesMax: 1024 * 1024,
    bytesMax: 256 * 1024 * 1024,
    ttlMaxMs: 30 * 86_400_000,
    waitersMax: 1_000,
  },
  /** What the rag worker does to a request, and how long it remembers it. */
  rag: {
    /** Characters of a question that are looked at: what is longer is a paste, with the question in it. */
    questionUnitsMax: 8_000,
    /** A week after a conversation was last continued; its next turn then has no passages of before. */
    augmentationMs: 7 * 86_400_000,
    /** All that is remembered in the embedded store; an injection takes some 10 KB. */
    augmentationBytesMax: 1024 * 1024 * 1024,
    /** Turns of one conversation that are looked up; earlier ones have left every context window. */
    turnsMax: 1_000,
    /** Collections of one key: each is a search of its own. */
    collectionsMax: 20,
    /** How long a collection's settings and revision count; a change is in force within it. */
    settingsFreshMs: 1_000,
  },
  /** The comparison of records with the index: 10 µs of CPU a document with SQLite, 30 with Redis. */
  indexCheck: {
    /** How often a process looks for collections that are due. */
    lookMs: 5_000,
    /** One whose documents have changed; many that are added together are not compared with each. */
    changedMs: 5_000,
    /** Any other: an index that is exchanged under a running process is noticed so late. */
    freshMs: 60_000,
  },
  /** Texts that become vectors at a foreign endpoint. */
  embeddings: {
    /** Texts in one request: what the smallest common server takes as it ships. */
    batchTextsMax: 32,
    /** Characters in one request: below 120,000 tokens, the least a hosted model takes, in any script. */
    batchCharactersMax: 100_000,
    /** A longer text is cut, for its vector only: models read some 8,000 tokens and refuse more. */
    textCharactersMax: 8_000,
    /** Requests at once for documents, and as many for questions: hosted quotas are per minute. */
    requestsMax: 4,
    /** One request, after which it counts as failed: a batch on a CPU takes seconds. */
    requestMs: 30_000,
    /** TCP and TLS connection. */
    connectMs: 5_000,
    /** Pauses before further tries, where the endpoint asks for none; then the failure is told. */
    pausesMs: [250, 1_000, 4_000],
    /** The longest pause an endpoint can ask for; beyond it the job is better tried again later. */
    pauseMsMax: 30_000,
    /** A reply of 32 vectors of 4,096 numbers has some 3 MB. */
    replyBytesMax: 16 * 1024 * 1024,
    /** Remembered vectors of documents, and as many of questions: 6 KB each at 1,536 numbers. */
    remembered: 2_000,
    /** Numbers in a vector: what Postgres can hold. */
    dimensionsMax: 16_000,
    /** How long a question waits for its vector; then words alone must do, in time for an answer. */
    questionMs: 1_500,
    /** How long an embedder that failed a question is not asked: each would wait for `questionMs`. */
    restMs: 5_000,
  },
  /** The longest pause before an upstream is asked again; beyond it the client is told to wait. */
  upstreamWaitMs: 5_000,
  /** TCP and TLS connection to the upstream. */
  upstreamConnectMs: 10_000,
  /** Silence towards a streaming client before our own ping; clients abort at 300 s. */
  pingMs: 10_000,
  /** Heartbeat of each worker for each message it holds. */
  heartbeatMs: 200,
  /** Silence after which a holder counts as lost: ten heartbeats, as a busy loop can skip a few. */
  heartbeatTimeoutMs: 2_000,
  /** Each store command; a store that is slower than this is down. */
  storeMs: 2_000,
  /** The store's answer to a probe, which itself is often given up after a second. */
  storeProbeMs: 500,
  /** First connection to the broker at start. */
  connectMs: 5_000,
  /** How long a start waits for servers it needs: they begin together, and take some seconds. */
  startWaitMs: 60_000,
  /** Silence of an ingress after which its messages are dropped: longer than a broker restart. */
  ingressTimeoutMs: 15_000,
  /** Time for a worker to say that it took a message; a loaded loop answers within a few ms. */
  acceptMs: 1_000,
  /** Pauses between tries when each asked worker was full; then 529. */
  busyRetryMs: [5, 20, 60, 150],
  /** Tries that may come as far as the upstream worker, where each can cost something. */
  attemptsMax: 3,
  /** Tries in all: those a silent worker swallowed before the upstream cost only their wait. */
  triesMax: 10,
  /** Messages one process works on at once, by worker; a stream occupies the upstream worker throughout. */
  inFlightMax: { scrubber: 64, policy: 256, rag: 256, upstream: 1_000 },
  /** Unacknowledged bytes of one stream: what a stalled client may cost in memory. */
  creditBytes: 256 * 1024,
  /** Consumed bytes after which the reader acknowledges without being asked. */
  ackBytes: 64 * 1024,
  /** Window in which frames for one inbox share a message; the first leaves at once. */
  windowMs: 5,
  /** The same window for acknowledgements that only free memory. */
  lateMs: 100,
  /** How long finished frames wait for their last acknowledgement, longer than a broker restart. */
  lingerMs: 30_000,
  /**
   * Bodies above this stay with their holder and travel as a claim check: below it, three workers that
   * fetch a body cost more than four that are sent it.
   */
  inlineBytesMax: 64 * 1024,
  /** How long a claim check is honoured: longer than all stages before the upstream together. */
  claimCheckMs: 120_000,
  /** Shutdown: how long an ingress that says it is not ready still takes requests. */
  lameDuckMs: 0,
  /** Shutdown: how long running answers may still take. */
  drainMs: 30_000,
  /** Shutdown: how long a client may take to read the last words of an answer, and the store to keep its cost. */
  lastWordsMs: 1_000,
  /** Shutdown: how long a broker that is gone is waited for; a restart takes less. */
  lostBusMs: 1_000,
  /** Shutdown: how long all the rest may take; whatever has not ended by then ends with the process. */
  shutdownMs: 10_000,
  /** Model list: one page from configuration, Anthropic's page maximum. */
  modelPageMax: 1_000,
  /** How long an ingress trusts a key's record: a revocation is promised to be seen within 1 s. */
  keyFreshMs: 500,
  /** The same for a key that does not exist: long enough to take the edge off a retry loop. */
  keyAbsentMs: 100,
  /** How long keys seen before are accepted while the store is down; nobody can revoke one then. */
  keyStaleMs: 60_000,
  /** Remembered key records; an entry takes less than 1 KB. */
  keysCachedMax: 10_000,
  /** Rejected keys from one address in a window: a client that loops, not one that was mistyped. */
  rejectsMax: 30,
  rejectWindowMs: 60_000,
  /** How long a concurrent request is counted after its ingress was last heard of. */
  leaseMs: 30_000,
  /** How often an ingress speaks for the requests it holds: thrice before they are forgotten. */
  leaseRenewMs: 10_000,
  /** How long a store that failed is not asked about limits: each question would cost `storeMs`. */
  storeRestMs: 1_000,
  /** Records of keys without limits wait so long for others to be written with. */
  settlementsGatheredMs: 25,
  /** Requests whose cost waits for a store that is down; a record takes some 500 bytes. */
  settlementsHeldMax: 10_000,
  /** How long records of requests are kept, and their sums. */
  ledger: { entryDays: 30, usageDays: 400 },
  /** The largest budget in dollars; nano-dollars of it stay exact in doubles. */
  budgetUsdMax: 1_000_000,
  /** Days one question about usage can span. */
  usageSpanDays: 400,
  /** Records on one page of the ledger. */
  ledgerPageMax: 1_000,
  /** Teams whose limits are remembered. */
  teamsCachedMax: 1_000,
  /** The largest limit per minute; units of it stay exact in doubles. */
  quotaMax: 1_000_000_000,
  /** Addresses, and accepted keys, the throttle remembers; an entry takes some hundred bytes. */
  throttleEntriesMax: 10_000,
  /** Body of an admin request: a name and a list of models. */
  adminBodyBytesMax: 64 * 1024,
  /** Keys on one page of the list. */
  keyPageMax: 1_000,
  /** Models one key can be bound to. */
  keyModelsMax: 100,
  /** Longest life of a key that has an end, ten years. */
  keyLifeMs: 3_650 * 86_400_000,
  /** How long a rotated key is still accepted: a day to bring the new one everywhere. */
  keyOverlapMs: 86_400_000,
  keyOverlapMaxMs: 30 * 86_400_000,
  /** Documents of collections, from the file to its passages. */
  documents: {
    /** A file: manuals and books stay below it, scans with pictures do not. */
    bytesMax: 20 * 1024 * 1024,
    /** Text of one document, in UTF-16 units: thirty long novels. */
    textUnitsMax: 10_000_000,
    pagesMax: 5_000,
    /** Reading one file, in a process of its own; real ones take a few seconds. */
    readMs: 60_000,
    /** Resident memory of that process: a Word file of a thousand pages takes most of it. */
    memoryBytesMax: 768 * 1024 * 1024,
    /** How often that process looks at its own memory: bombs fill less than 1 GB/s. */
    memoryWatchMs: 20,
    /** Unpacked XML of a Word file: its text is about a tenth of it. */
    unpackedBytesMax: 64 * 1024 * 1024,
    /** Elements of a page open at once: real ones have some thirty, and parsing goes by the square. */
    nestingMax: 2_000,
    /** Plain text and Markdown above this are read in a process as well: the loop would stall. */
    inlineBytesMax: 256 * 1024,
    /** A title, and a heading; a line that is longer is text. */
    titleUnitsMax: 200,
    /** Passages of one document: all of the text above, and as much again for short sections. */
    passagesMax: 20_000,
    /** What a passage should and may have, in UTF-16 units: some 280 and 400 tokens. */
    passageUnits: 1_100,
    passageUnitsMax: 1_600,
    /** Repeated from the passage before, in the same section: a sentence or so. */
    overlapUnits: 150,
  },
  /** Work that outlives the request it came with, such as reading a document. */
  queue: {
    /** Tries of one job, those included that ended with their process. */
    triesMax: 4,
    /** Pause after the first failed try; each is twice the one before: together a restart of a server. */
    backoffMs: 15_000,
    /** Silence of a worker after which its job goes to another: longer than any pause of a busy loop. */
    leaseMs: 30_000,
    /** How soon a process sees what another added to the same data directory. */
    pollMs: 1_000,
    /** Jobs that failed for good and are kept with their bytes, up to some GB; the oldest go first. */
    failedKept: 100,
    /** What is kept of an error's message. */
    errorUnitsMax: 500,
    /** How much of a job's bytes SQLite writes or zeroes in one go: some 10 ms with its syncs. */
    chunkBytes: 512 * 1024,
    /** How long bytes outlive a process that died before it could name their job, or in Redis remove it. */
    orphanBytesMs: 600_000,
  },
  /** The index of passages. */
  index: {
    /** Terms one question is searched by: the rarest say nearly all, and each costs a walk of its passages. */
    queryTermsMax: 24,
    /** How much of a question is read: about four thousand words; what follows is pasted text. */
    questionUnitsMax: 16_384,
    /** Longer terms are no words but encoded bytes, and nobody searches for them. */
    termUnitsMax: 64,
    /** Stems that are remembered: the words of a language in common use, a few megabytes. */
    stemsMax: 50_000,
    /** Of a vector: the most pgvector stores. */
    dimensionsMax: 16_000,
    /** Collections whose file one thread keeps open: three descriptors each. */
    openFilesMax: 64,
    /** Vectors one process keeps in memory; the collection in use is kept even when it is larger. */
    vectorBytesMax: 512 * 1024 * 1024,
    /** How long a writer waits for another one's document. */
    writeWaitMs: 30_000,
    /** Connections to Postgres of one process. */
    connectionsMax: 8,
    /** A statement of a search: far above what 100,000 passages take, and the caller's deadline is shorter. */
    searchMs: 10_000,
    /** A statement of a write: it may have to wait for others, and to build an index of vectors. */
    writeMs: 600_000,
    /** Vectors of a collection that Postgres compares one by one; above it an approximate index is built. */
    exactVectorsMax: 10_000,
  },
});

type Widened<T> = T extends number
  ? number
  : T extends readonly number[]
    ? readonly number[]
    : { readonly [Key in keyof T]: Widened<T[Key]> };

/** The bounds as settings may change them. */
export type Limits = Widened<typeof limits>;

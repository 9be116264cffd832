// Every injected bound of the gateway by domain, with its unit and the reason for its value. Only what
// composes a process imports the values; a bound that concerns one algorithm stands beside it.

import { retrievalLimits } from './retrieval/limits.ts';

export const limits = Object.freeze({
  /** Parsing of request bodies. */
  json: {
    /** Nesting of a request body: real ones stay below fifty, hostile ones exhaust memory. */
    depthMax: 1_000,
    /** Values in a request body: 100 times the longest conversations, about 50 MB of memory. */
    valuesMax: 1_000_000,
  },
  eventLoop: {
    /** Work before yielding to the event loop: a small request takes some ten turns of it. */
    timeSliceMs: 4,
  },
  /** Search for personal data and secrets in texts. */
  scan: {
    /**
     * What is remembered about texts: 100 bytes for one without findings, some 200 for each finding, and 120 for
     * each policy.
     */
    factBytesMax: 32 * 1024 * 1024,
    /** Shorter texts are searched again, which takes as long as looking them up. */
    cacheCharsMin: 64,
    /** Headers, path segments and parameters known to be harmless; an entry takes about 100 bytes. */
    envelopeCacheEntriesMax: 20_000,
  },
  /** Worker threads for requests with much new text. */
  scrubThreads: {
    /** Characters that must be searched, above which a thread does it: some 50 ms of work. */
    newCharsMax: 1_000_000,
    /** Requests that wait for a thread; their bodies stay in memory, and small ones need places beside. */
    queuedMax: 16,
    /** The same for one key, so that it leaves places to others. */
    queuedPerKeyMax: 8,
    /** Heap of a thread: several times what the worst body of 32 MB takes. */
    heapMegabytesMax: 2_048,
    /** How long a thread without work is kept: a start takes some 300 ms. */
    idleMs: 30_000,
    /** How long a cancelled request may occupy its thread before the thread is ended. */
    cancelMs: 1_000,
  },
  /** Evaluation of content policies. */
  policy: {
    /** Answers of webhooks and judges that are kept; an entry takes some 200 bytes. */
    cacheEntriesMax: 100_000,
    /** Lower than for scans: many rules take longer than a hash even for one line. */
    cacheCharsMin: 16,
  },
  /** The HTTP server of the ingress. */
  http: {
    /** Request body of messages and count_tokens; Anthropic's own limit is 32 MB. */
    bodyBytesMax: 32 * 1024 * 1024,
    /** Request line and headers; Node's default 16 KiB is short for long beta lists and baggage. */
    headerBytesMax: 64 * 1024,
    /** Open connections: ten times the streams of a process; each may hold as many bytes of headers. */
    connectionsMax: 10_000,
    /** Time for a request to arrive completely: 32 MB at 1 MB/s and a margin. */
    requestArrivalMs: 60_000,
    /** Request bodies of the process, from before they are read until their response ends: 16 of 32 MB. */
    bodyBytesInFlightMax: 512 * 1024 * 1024,
    /** What the smallest body counts as: its head, socket and objects. */
    bodyBytesCountedMin: 16 * 1024,
    /** A chunked body is reserved and stored in pieces of this size. */
    bodySegmentBytes: 64 * 1024,
    /** How long a body may take however little of it arrives: longer than lost packets are repeated. */
    bodyGraceMs: 10_000,
    /** Bytes that have to arrive in each second after that: a poor mobile connection. */
    bodyBytesPerSecondMin: 16 * 1024,
    /** Longer than the idle timeout of common load balancers, so that they close first. */
    keepAliveMs: 75_000,
    /** How long a client that is still sending may take to read its error, before the connection is reset. */
    lingerMs: 2_000,
    /** Silence towards a streaming client before the gateway sends a ping; clients abort at 300 s. */
    pingMs: 10_000,
    /** The store check of a readiness probe; probes often time out after a second. */
    storeProbeMs: 500,
    /** Configured models on one page of the model list: Anthropic's page maximum. */
    modelPageMax: 1_000,
  },
  /** Keys, and the throttle of rejected ones. */
  auth: {
    /** How long an ingress caches a key record; revocations are promised to take effect within 1 s. */
    keyFreshMs: 500,
    /** The same for unknown keys: absorbs retry loops. */
    keyAbsentMs: 100,
    /** How long cached keys are accepted while the store is down and nobody can revoke them. */
    keyStaleMs: 60_000,
    /** Cached key records; an entry takes less than 1 KB. */
    keysCachedMax: 10_000,
    /** Teams whose limits are cached. */
    teamsCachedMax: 1_000,
    /** Rejected keys from one address in a window: a loop rather than a typo. */
    failuresMax: 30,
    failureWindowMs: 60_000,
    /** Concurrent look-ups of unseen keys from an address with too many rejected ones; protects the store. */
    lookupsMax: 8,
    /** Look-ups that wait for those; a burst of new clients behind one address is smaller. */
    lookupsQueuedMax: 1_000,
    /** Addresses and accepted keys known to the throttle; an entry takes a few hundred bytes. */
    throttleEntriesMax: 10_000,
  },
  /** Quotas and budgets of a request, from its admission to its settlement. */
  admission: {
    /** How long a concurrency lease is valid without renewal. */
    leaseMs: 30_000,
    /** Interval at which an ingress renews its leases: three times before they expire. */
    leaseRenewMs: 10_000,
    /** How long a failed store is not asked about limits; each request would otherwise wait for it. */
    storeCooldownMs: 1_000,
    /** Batching window of ledger entries of keys without limits. */
    settlementBatchMs: 25,
    /** Ledger entries that wait for a store that is down; an entry takes about 500 bytes. */
    settlementsQueuedMax: 10_000,
    /** A settlement the store has not confirmed by then goes into the journal; a healthy one takes 30 ms. */
    settlementJournalMs: 50,
    /** Size at which the journal is written anew; more than all entries that may wait. */
    settlementJournalBytesMax: 32 * 1024 * 1024,
  },
  /** A request on its way through the stages, and its response on its way back. */
  pipeline: {
    /** From request to the end of its response; Anthropic streams for up to an hour. */
    requestMs: 3_600_000,
    /** Each stage before the upstream; these compute or look up and never wait for a model. */
    stageMs: 30_000,
    /** Interval of a worker's heartbeats for each message in flight. */
    heartbeatMs: 200,
    /** Silence after which a worker counts as lost: ten heartbeats, as a starved process can skip a few. */
    heartbeatTimeoutMs: 2_000,
    /** How long a worker's event loop may be blocked before it counts as hanging; half of `stageMs`. */
    blockedMaxMs: 15_000,
    /** Silence of an ingress after which its messages are dropped; longer than a broker restart. */
    ingressTimeoutMs: 15_000,
    /** Time for a worker to accept a message; a loaded loop responds within a few ms. */
    acceptMs: 1_000,
    /** Pauses between attempts while all asked workers are busy; then 529. */
    busyRetryMs: [5, 20, 60, 150],
    /** Attempts that may reach the upstream, and calls with an unknown outcome, where each can cost tokens. */
    upstreamAttemptsMax: 3,
    /** How long after the question a permit can be used; shorter than `heartbeatTimeoutMs`. */
    permitMs: 1_000,
    /** All attempts, including those lost before the upstream, which only cost time. */
    dispatchesMax: 10,
    /** Workers that may be lost with one request: a second one is no coincidence. */
    lostWorkersMax: 2,
    /** How long such a request is refused: longer than clients send it again by themselves. */
    quarantineMs: 300_000,
    /** Hashes of such requests; an entry takes less than 200 bytes. */
    quarantineEntriesMax: 1_000,
    /** Concurrent messages of one process by stage; a stream occupies the upstream stage to its end. */
    inFlightMax: { scrubber: 64, policy: 256, rag: 256, upstream: 1_000 },
    /** Unacknowledged bytes of one stream: the memory a stalled client may use. */
    creditBytes: 256 * 1024,
    /** Consumed bytes after which the reader sends an acknowledgement. */
    ackBytes: 64 * 1024,
    /** How long a finished writer waits for its last acknowledgement; longer than a broker restart. */
    lingerMs: 30_000,
    /** Larger bodies travel as claim checks; below this size fetching costs more than sending. */
    inlineBytesMax: 64 * 1024,
    /** A non-streaming response is buffered until it is complete, so that it can still become an error. */
    responseBytesMax: 64 * 1024 * 1024,
  },
  /** The connection to the broker. */
  bus: {
    /** First connection at startup. */
    connectMs: 5_000,
    /** Interval of the probes that show whether the broker responds. */
    probeMs: 200,
    /** Silence or absence of the broker after which it counts as down; a restart takes less. */
    silenceMs: 700,
    /** Batching window of frames for one inbox; the first frame leaves at once. */
    batchWindowMs: 5,
    /** Batching window of acknowledgements that only free memory. */
    lazyWindowMs: 100,
    /** How long a worker serves before its heartbeat thread starts, unless it has work: both need CPU. */
    threadStartMs: 1_000,
    /** Pause before a heartbeat thread that failed is started again. */
    threadRestartMs: 5_000,
    /** Lifetime of a claim check: longer than all stages before the upstream together. */
    claimCheckMs: 120_000,
  },
  upstream: {
    /** TCP and TLS connection. */
    connectMs: 10_000,
    /** Until the response headers; SDKs wait 600 s for a non-streaming response. */
    headersTimeoutMs: 600_000,
    /** Silence inside a stream; shorter than the 300 s after which Claude Code gives up. */
    idleMs: 240_000,
    /** The longest pause before a retry; beyond it the client receives `retry-after`. */
    waitMs: 5_000,
    /** How long a head is held for its first content, so that another upstream can be asked. */
    holdMs: 5_000,
    /** Held bytes of a response; heads and errors are far smaller. */
    holdBytesMax: 64 * 1024,
    /** How long a stream may stay open after its last event; longer than the end of one that closes. */
    endMs: 500,
    /** One SSE event, which may contain a base64 document; a larger one is an upstream error. */
    eventBytesMax: 32 * 1024 * 1024,
  },
  /** Cached responses. */
  cache: {
    /** One response. */
    entryBytesMax: 1024 * 1024,
    /** Requests that wait for the same upstream response. */
    waitersMax: 1_000,
  },
  store: {
    /** Each command to Redis, also of the queue; a slower store counts as down. */
    commandMs: 2_000,
    /** All cached responses in the embedded store. */
    responseBytesMax: 256 * 1024 * 1024,
    /** All augmentations in the embedded store; each takes about 10 KB. */
    augmentationBytesMax: 1024 * 1024 * 1024,
    /** Retention of ledger entries and of their sums. */
    ledger: { entryDays: 30, usageDays: 400 },
  },
  /** Start and shutdown of a process. */
  process: {
    /** How long the start waits for required servers, which may be starting at the same time. */
    startWaitMs: 60_000,
    /** How long an ingress accepts requests after it reports itself not ready. */
    lameDuckMs: 0,
    /** How long open responses may continue. */
    drainMs: 30_000,
    /** Time for clients to read the end of a response and for the store to write its cost. */
    finalFlushMs: 1_000,
    /** How long to wait for a lost broker; a restart takes less. */
    lostBusMs: 1_000,
    /** Time for all remaining components; then the process exits anyway. */
    shutdownMs: 10_000,
  },
  ...retrievalLimits,
  /** Background jobs such as parsing a document. */
  queue: {
    /** Attempts of one job, including those that ended with their process. */
    triesMax: 4,
    /** Pause after the first failed attempt, then doubled; together longer than a server restart. */
    backoffMs: 15_000,
    /** Silence of a worker after which its job is reassigned; longer than any pause of a busy loop. */
    leaseMs: 30_000,
    /** How soon a process sees jobs that another added to the same data directory. */
    pollMs: 1_000,
    /** Failed jobs that are kept with their bytes, up to a few GB; the oldest are removed first. */
    failedKept: 100,
    /** How long bytes without a job are kept after their process died. */
    orphanBytesMs: 600_000,
  },
});

type Widened<T> = T extends number
  ? number
  : T extends readonly number[]
    ? readonly number[]
    : { readonly [Key in keyof T]: Widened<T[Key]> };

/** The bounds by domain, with values that settings may change. */
export type Limits = Widened<typeof limits>;

export type JsonLimits = Limits['json'];
export type ScanLimits = Limits['scan'];
export type ScrubThreadLimits = Limits['scrubThreads'];
export type PolicyLimits = Limits['policy'];
export type HttpLimits = Limits['http'];
export type AuthLimits = Limits['auth'];
export type AdmissionLimits = Limits['admission'];
export type PipelineLimits = Limits['pipeline'];
export type BusLimits = Limits['bus'];
export type UpstreamLimits = Limits['upstream'];
export type StoreLimits = Limits['store'];
export type ProcessLimits = Limits['process'];
export type RagLimits = Limits['rag'];
export type EmbeddingsLimits = Limits['embeddings'];
export type DocumentLimits = Limits['documents'];
export type QueueLimits = Limits['queue'];

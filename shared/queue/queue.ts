// The queue port: work that must be done even when the process that took it on is gone. At least once:
// a handler may be called again for a job that was done already, so what it does must bear repeating.

export interface NewJob {
  /** Of two jobs with one id only the first is kept until it is done or removed, or failed for good. */
  readonly id: string;
  /** Small and plain; kept as JSON. */
  readonly data: JobData;
  /** What is to be worked on; kept until the job is done or removed, as a failed one can be retried. */
  readonly bytes?: Uint8Array;
}

export type JobData = Readonly<Record<string, string | number | boolean>>;

export const JOB_STATES = ['waiting', 'active', 'failed'] as const;

export interface JobStatus {
  readonly id: string;
  readonly data: JobData;
  readonly state: (typeof JOB_STATES)[number];
  /** 0 to 1, as the handler said last. */
  readonly progress: number;
  /** Tries that have begun. */
  readonly attempts: number;
  /** What the last failed try said. */
  readonly error?: string;
}

export interface RunningJob {
  readonly id: string;
  readonly data: JobData;
  /** 1 in the first try. */
  readonly attempt: number;
  /** Whether this is the last try. */
  readonly isLast: boolean;
  /** Aborts when the worker stops at once. */
  readonly signal: AbortSignal;
  bytes(): Promise<Uint8Array>;
  progress(share: number): Promise<void>;
}

/** Thrown by a handler where another try cannot help: the job fails for good. */
export class UnrecoverableJobError extends Error {
  override readonly name = 'HopelessJobError';
}

export type JobHandler = (job: RunningJob) => Promise<void>;

export interface QueueWorker {
  /** Takes no more jobs and waits for those in hand until `signal` aborts; they are then left to others. */
  drain(signal: AbortSignal): Promise<void>;
}

export interface Queue extends AsyncDisposable {
  /**
   * False when a job of that id waits or is worked on; one that failed for good gives way. Resolves when
   * the job will survive a crash.
   */
  add(job: NewJob): Promise<boolean>;
  /** Calls `handler` for each job, `concurrency` at once; failed tries are repeated with growing pauses. */
  work(handler: JobHandler, options: { readonly concurrency: number }): QueueWorker;
  /** Undefined for a job that is unknown or done. */
  status(id: string): Promise<JobStatus | undefined>;
  /** Jobs that failed for good, the oldest first. */
  failed(limit: number): Promise<JobStatus[]>;
  /** Gives a job that failed for good its tries again; false when there is no such job. */
  retry(id: string): Promise<boolean>;
  /** Forgets a job that is not being worked on; false when there is no such job. */
  remove(id: string): Promise<boolean>;
  ready(): Promise<boolean>;
}

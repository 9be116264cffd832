// The queue port: durable jobs that survive the process that added or ran them. Delivery is at least
// once: a handler may run again for a finished job, so handlers must be idempotent.

export interface NewJob {
  /** Deduplication id: adding it again has no effect until the job is done, removed or failed. */
  readonly id: string;
  /** Small; stored as JSON. */
  readonly data: JobData;
  /** Payload, kept until the job is done or removed, as a failed job can be retried. */
  readonly bytes?: Uint8Array;
}

export type JobData = Readonly<Record<string, string | number | boolean>>;

export const JOB_STATES = ['waiting', 'active', 'failed'] as const;

export interface JobStatus {
  readonly id: string;
  readonly data: JobData;
  readonly state: (typeof JOB_STATES)[number];
  /** 0 to 1, as last reported by the handler. */
  readonly progress: number;
  /** Attempts started. */
  readonly attempts: number;
  /** Message of the last failed attempt. */
  readonly error?: string;
}

export interface RunningJob {
  readonly id: string;
  readonly data: JobData;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Whether this is the last attempt. */
  readonly isLast: boolean;
  /** Aborts when the worker stops or loses the job. */
  readonly signal: AbortSignal;
  bytes(): Promise<Uint8Array>;
  progress(share: number): Promise<void>;
}

/** Thrown by a handler when a retry cannot help: the job fails permanently. */
export class UnrecoverableJobError extends Error {
  override readonly name = 'UnrecoverableJobError';
}

export type JobHandler = (job: RunningJob) => Promise<void>;

export interface QueueWorker {
  /** Accepts no more jobs and waits for running ones until `signal` aborts, then returns those to the queue. */
  drain(signal: AbortSignal): Promise<void>;
}

export interface Queue extends AsyncDisposable {
  /**
   * Resolves once the job survives a crash. Replaces a permanently failed job of the same id.
   * @returns False when a job of that id is waiting or active.
   */
  add(job: NewJob): Promise<boolean>;
  /** Runs `handler` for up to `concurrency` jobs at once; failed attempts are retried with exponential backoff. */
  work(handler: JobHandler, options: { readonly concurrency: number }): QueueWorker;
  /** `undefined` for an unknown or finished job. */
  status(id: string): Promise<JobStatus | undefined>;
  /** Permanently failed jobs, oldest first. */
  failed(limit: number): Promise<JobStatus[]>;
  /** Restarts a permanently failed job with all its attempts; false when there is none. */
  retry(id: string): Promise<boolean>;
  /** Removes a job that is not active; false when there is none. */
  remove(id: string): Promise<boolean>;
  ready(): Promise<boolean>;
}

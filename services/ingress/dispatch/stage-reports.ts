import {
  REPORT_SENDERS,
  type FrameMeta,
  type ReportKind,
  type StageName,
} from '../../../shared/protocol/messages.ts';
import { UnreadableError, versionMismatch } from '../../../shared/protocol/skew.ts';
import { concatBytes } from '../../../shared/runtime/bytes.ts';
import { decodeRetrievalReport, type RetrievalReport } from '../../../shared/retrieval/report.ts';
import {
  CollectedValues,
  EMPTY_VAULT,
  receivedPart,
  type ReceivedPart,
  type Vault,
} from '../../../shared/privacy/vault.ts';

/** The vault and the retrieval report, from which the response is restored. */
export type StageReports = Vault & { readonly retrievalReport?: RetrievalReport | undefined };

export type ReportMeta = Extract<FrameMeta, { kind: ReportKind }>;

/** Collects the reports of one attempt. */
export class ReportCollector {
  #vault = EMPTY_VAULT;
  /** Values from the parts of a vault that is not complete. */
  #values = new CollectedValues();
  #retrievalReport: RetrievalReport | undefined;
  /** Chunks of the report that is coming in; stages report one after the other. */
  #chunks: Uint8Array[] = [];

  get vault(): Vault {
    return this.#vault;
  }

  get reports(): StageReports {
    return this.#retrievalReport
      ? { ...this.#vault, retrievalReport: this.#retrievalReport }
      : this.#vault;
  }

  /** @throws for a report that is damaged, or that another stage has to send */
  add({ kind, more }: ReportMeta, sender: StageName | undefined, chunk: Uint8Array): void {
    if (sender !== REPORT_SENDERS[kind]) {
      throw new RangeError(`a ${kind} frame came from ${sender ?? 'no stage'}`);
    }
    this.#chunks.push(chunk);
    if (more) return;
    const report = concatBytes(this.#chunks.splice(0));
    try {
      if (kind === 'vault') this.#addVault(receivedPart(report));
      else this.#retrievalReport = decodeRetrievalReport(report);
    } catch (error) {
      const isNewer = error instanceof UnreadableError && error.isNewer;
      throw isNewer ? versionMismatch('unknown', error.message) : error;
    }
  }

  /** The parts of a vault are merged; only the last one has more than values. */
  #addVault({ more, ...part }: ReceivedPart): void {
    this.#values.add(part.values);
    if (!more) this.#vault = { ...part, values: this.#values };
  }
}

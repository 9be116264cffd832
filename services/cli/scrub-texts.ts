// `llmp scrub`: shows what an upstream would see of a request or of any text, or checks files for values.

import type { PreviewFinding, PreviewScrub, ScrubPreview } from '../../shared/privacy/preview.ts';
import type { Printer } from './printer.ts';
import { scrubInputs } from './scrub-files.ts';
import { placeLine, sideBySide } from './scrub-report.ts';

export interface ScrubTools {
  readonly preview: PreviewScrub;
  readonly readStandardInput: () => Promise<Uint8Array>;
}

/** Actions that change what the upstream sees. */
const CHANGES: ReadonlySet<PreviewFinding['action']> = new Set(['replace', 'redact', 'block']);

/** A check may end in a public log, and its placeholders mean nothing. */
function withoutText({ kind, refused, findings }: ScrubPreview) {
  return {
    kind,
    refused,
    findings: findings.map((finding) => ({ ...finding, replacement: undefined })),
  };
}

export interface ScrubChoices {
  /** Id of the key whose placeholders are shown; empty for none. */
  readonly key: string;
  readonly checks: boolean;
  readonly explains: boolean;
}

/** @returns false for `--check` when a file holds a value. @throws when a file cannot be read */
export async function runScrub(
  paths: readonly string[],
  { key, checks, explains }: ScrubChoices,
  { preview, readStandardInput }: ScrubTools,
  out: Pick<Printer, 'isJson' | 'line' | 'note'>,
): Promise<boolean> {
  const { signal } = new AbortController();
  const counts = { texts: 0, binary: 0, found: 0, withFindings: 0, refused: 0 };
  for await (const { name, text } of scrubInputs(paths, readStandardInput)) {
    if (text === null) {
      counts.binary += 1;
      continue;
    }
    const seen = await preview(text, key, signal);
    const changed = seen.findings.filter(({ action }) => CHANGES.has(action));
    counts.texts += 1;
    counts.found += changed.length;
    counts.withFindings += changed.length > 0 ? 1 : 0;
    counts.refused += seen.refused === null ? 0 : 1;
    if (out.isJson) {
      out.line(JSON.stringify({ name, ...(checks ? withoutText(seen) : seen) }));
    } else if (checks) {
      for (const finding of changed) out.line(placeLine(name, finding, explains));
      if (seen.refused !== null) out.line(`${name}\trefused\t${seen.refused}`);
    } else for (const shown of sideBySide(name, text, seen, explains)) out.line(shown);
  }
  const skipped = counts.binary > 0 ? `; ${counts.binary} binary, not read` : '';
  out.note(
    `${counts.found} ${counts.found === 1 ? 'value' : 'values'} in ${counts.withFindings} of ${counts.texts} ${counts.texts === 1 ? 'text' : 'texts'}${skipped}`,
  );
  return !checks || (counts.found === 0 && counts.refused === 0);
}

// Shows the lines of a text beside what the upstream sees of them. Long parts without a value are cut.

import type { PreviewFinding, ScrubPreview } from '../../shared/privacy/preview.ts';

/** Characters shown at each end of a longer part. */
const SHOWN_CHARS = 40;

/** `path:line:column entity action`, without the value, for a log that others read. */
export function placeLine(name: string, finding: PreviewFinding, explains: boolean): string {
  const { line, column, entity, action, place, source, why } = finding;
  const columns = [`${name}:${line}:${column}`, entity, action];
  if (place !== null) columns.push(place);
  if (explains) columns.push(`${source}: ${why}`);
  return columns.join('\t');
}

/** The lines with findings, before and after, and the findings in them. */
export function sideBySide(
  name: string,
  text: string,
  { findings, refused }: ScrubPreview,
  explains: boolean,
): string[] {
  const lines = groups(text, findings).flatMap((group) => [
    ...group.findings.map((finding) => placeLine(name, finding, explains)),
    `  - ${shown(text, group, (finding) => text.slice(finding.start, finding.end))}`,
    ...(refused === null
      ? [`  + ${shown(text, group, (finding) => replacementOf(text, finding))}`]
      : []),
  ]);
  return refused === null ? lines : [...lines, `${name}\trefused\t${refused}`];
}

interface Group {
  readonly start: number;
  readonly end: number;
  readonly findings: readonly PreviewFinding[];
}

/** Findings by the lines that they share. */
function groups(text: string, findings: readonly PreviewFinding[]): Group[] {
  const all: Group[] = [];
  for (const finding of findings) {
    const last = all.at(-1);
    if (last && finding.start < last.end) {
      all[all.length - 1] = {
        start: last.start,
        end: Math.max(last.end, lineEnd(text, finding.end)),
        findings: [...last.findings, finding],
      };
    } else {
      const start = text.lastIndexOf('\n', finding.start - 1) + 1;
      all.push({ start, end: lineEnd(text, finding.end), findings: [finding] });
    }
  }
  return all;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

function shown(
  text: string,
  { start, end, findings }: Group,
  valueOf: (finding: PreviewFinding) => string,
): string {
  const parts: string[] = [];
  let at = start;
  for (const finding of findings) {
    parts.push(cut(text.slice(at, finding.start)), cut(valueOf(finding)));
    at = finding.end;
  }
  parts.push(cut(text.slice(at, end)));
  return parts.join('');
}

function replacementOf(text: string, { replacement, start, end }: PreviewFinding): string {
  return replacement ?? text.slice(start, end);
}

function cut(part: string): string {
  const chars = Array.from(part.replaceAll(/\r?\n/g, '\u23ce'));
  if (chars.length <= 2 * SHOWN_CHARS + 1) return chars.join('');
  return `${chars.slice(0, SHOWN_CHARS).join('')}…${chars.slice(-SHOWN_CHARS).join('')}`;
}

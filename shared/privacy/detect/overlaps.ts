// Resolves overlapping findings: the longer one wins, then the earlier one, then the one whose detector is
// listed first. The loser keeps the rest of its range, so that no part of a password passes.

import type { Finding } from './detector.ts';

/** Characters whose findings are sorted in one step. */
const STRETCH_CHARS = 8_192;
/** Findings that are sorted in one step wherever they are. */
const FEW_FINDINGS = 64;
/** Findings distributed between two yields. */
const SLICE_FINDINGS = 4_096;

const FREE = 0;
const PLAIN = 1;
const SECRET = 2;

/**
 * Returns disjoint findings in text order that cover what `findings` cover, whatever their order. Drops only
 * the rest of a finding that overlaps a better secret, such as a database host after its password.
 */
export function resolveOverlaps(
  findings: readonly Finding[],
  rankOf: (finding: Finding) => number,
): Finding[] {
  const steps = resolveSlices(findings, rankOf);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Like `resolveOverlaps`, in steps of a few milliseconds at most unless thousands overlap in a row. */
export function* resolveSlices(
  findings: readonly Finding[],
  rankOf: (finding: Finding) => number,
): Generator<void, Finding[]> {
  const settled: Finding[] = [];
  let cluster: Finding[] = [];
  let clusterEnd = 0;
  const settle = (): void => {
    const [first] = cluster;
    if (!first) return;
    const whole = cluster.length === 1 ? first : coveringFinding(cluster, clusterEnd, rankOf);
    if (whole) settled.push(whole);
    else for (const part of settleCluster(cluster, rankOf)) settled.push(part);
  };
  for (const bucket of yield* buckets(findings)) {
    if (bucket.length > 0) yield;
    for (const finding of withoutDuplicates(bucket, rankOf)) {
      if (finding.start >= clusterEnd) {
        settle();
        cluster = [];
      }
      cluster.push(finding);
      clusterEnd = Math.max(clusterEnd, finding.end);
    }
  }
  settle();
  return settled;
}

/** Findings by stretch of the text, so that each stretch can be sorted in a small step. */
function* buckets(findings: readonly Finding[]): Generator<void, (readonly Finding[])[]> {
  if (findings.length <= FEW_FINDINGS) return [findings];
  const byStretch: Finding[][] = [];
  for (const [index, finding] of findings.entries()) {
    const stretch = Math.floor(finding.start / STRETCH_CHARS);
    while (byStretch.length <= stretch) byStretch.push([]);
    byStretch[stretch]?.push(finding);
    if (index % SLICE_FINDINGS === 0) yield;
  }
  return byStretch;
}

/**
 * Sorts the findings and keeps the best one per range. A secret stays beside a better finding that
 * is not one, because that one may have to give up its rest.
 */
function withoutDuplicates(
  findings: readonly Finding[],
  rankOf: (finding: Finding) => number,
): Finding[] {
  const sorted = findings.toSorted(
    (a, b) => a.start - b.start || a.end - b.end || rankOf(a) - rankOf(b),
  );
  const kept: Finding[] = [];
  for (const finding of sorted) {
    const last = kept.at(-1);
    const isDuplicate = last?.start === finding.start && last.end === finding.end;
    if (!isDuplicate || (finding.detector.secret && !last.detector.secret)) kept.push(finding);
  }
  return kept;
}

/** The best finding of a cluster, if it covers all others: most are such. */
function coveringFinding(
  cluster: readonly Finding[],
  clusterEnd: number,
  rankOf: (finding: Finding) => number,
): Finding | undefined {
  const clusterStart = cluster[0]?.start;
  let best: Finding | undefined;
  for (const finding of cluster) {
    if (finding.start !== clusterStart || finding.end !== clusterEnd) continue;
    if (!best || rankOf(finding) < rankOf(best)) best = finding;
  }
  return best;
}

/** Grants whole ranges to findings that overlap nothing better, then the rest to the others. */
function settleCluster(
  cluster: readonly Finding[],
  rankOf: (finding: Finding) => number,
): Finding[] {
  const edges = [...new Set(cluster.flatMap(({ start, end }) => [start, end]))].toSorted(
    (a, b) => a - b,
  );
  const best = cluster.toSorted(
    (a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start || rankOf(a) - rankOf(b),
  );
  /** Kind of winner by interval between adjacent edges. */
  const taken = new Uint8Array(edges.length);
  const settled: Finding[] = [];
  const losers: Finding[] = [];
  for (const finding of best) {
    const from = indexOf(edges, finding.start);
    const to = indexOf(edges, finding.end);
    // Earlier winners are at least as long, so none lies strictly inside.
    const neighbours = (taken[from] ?? 0) | (taken[to - 1] ?? 0);
    if (neighbours === 0) {
      taken.fill(finding.detector.secret ? SECRET : PLAIN, from, to);
      settled.push(finding);
    } else if (finding.detector.secret || (neighbours & SECRET) === 0) losers.push(finding);
  }
  settleRest(edges, taken, losers, settled);
  return settled.toSorted((a, b) => a.start - b.start);
}

/** Adds the parts of `losers` in free intervals. */
function settleRest(
  edges: readonly number[],
  taken: Uint8Array,
  losers: readonly Finding[],
  settled: Finding[],
): void {
  /** Union-find: by interval, the interval itself if free, else a later one. */
  const nextFree = Array.from(taken, (kind, at) => (kind === FREE ? at : at + 1));
  for (const loser of losers) {
    const to = indexOf(edges, loser.end);
    for (let at = free(nextFree, indexOf(edges, loser.start)); at < to; at = free(nextFree, at)) {
      const start = edges[at] ?? 0;
      for (; at < to && nextFree[at] === at; at++) nextFree[at] = at + 1;
      settled.push({ start, end: edges[at] ?? 0, detector: loser.detector });
    }
  }
}

function free(nextFree: number[], from: number): number {
  let found = from;
  for (let next = nextFree[found]; next !== undefined && next !== found; next = nextFree[found]) {
    found = next;
  }
  for (let at = from; at < found;) {
    const next = nextFree[at] ?? found;
    nextFree[at] = found;
    at = next;
  }
  return found;
}

function indexOf(edges: readonly number[], edge: number): number {
  let low = 0;
  let high = edges.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] ?? 0) < edge) low = middle + 1;
    else high = middle;
  }
  return low;
}

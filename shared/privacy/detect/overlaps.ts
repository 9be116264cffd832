// Settles which finding has a place that several claim: the longer one, then the one that starts
// earlier, then the one whose detector stands earlier in the list. A loser keeps what all winners
// leave of it, since dropping it whole would let a part of a password pass that an e-mail address overlaps.

import type { Finding } from './detector.ts';

const FREE = 0;
const PLAIN = 1;
const SECRET = 2;

/**
 * Disjoint findings, in the order of the text, that cover what the given ones cover. Only the rest of
 * what overlaps a better secret is given up: the host of a database after its password is no e-mail
 * address. The result does not depend on the order of `findings`; settling it again changes nothing.
 */
export function settleOverlaps(
  findings: readonly Finding[],
  rankOf: (finding: Finding) => number,
): Finding[] {
  const sorted = withoutTwins(findings, rankOf);
  const settled: Finding[] = [];
  let from = 0;
  while (from < sorted.length) {
    let end = sorted[from]?.end ?? 0;
    let to = from + 1;
    for (let next = sorted[to]; next && next.start < end; next = sorted[++to]) {
      end = Math.max(end, next.end);
    }
    const first = sorted[from];
    if (to - from === 1 && first) settled.push(first);
    else for (const piece of settleCluster(sorted.slice(from, to), rankOf)) settled.push(piece);
    from = to;
  }
  return settled;
}

/**
 * In the order of the text, and of findings of one range only the best: the most frequent overlap. A
 * secret stays beside a better one that is none, as that one may have to give up its rest.
 */
function withoutTwins(
  findings: readonly Finding[],
  rankOf: (finding: Finding) => number,
): Finding[] {
  const sorted = findings.toSorted(
    (a, b) => a.start - b.start || a.end - b.end || rankOf(a) - rankOf(b),
  );
  const kept: Finding[] = [];
  for (const finding of sorted) {
    const last = kept.at(-1);
    const isTwin = last?.start === finding.start && last.end === finding.end;
    if (!isTwin || (finding.detector.secret && !last.detector.secret)) kept.push(finding);
  }
  return kept;
}

/** First whoever overlaps nobody better gets its range whole; then the rest get what is left. */
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
  /** By elementary interval (from one edge to the next): which kind of winner has it. */
  const taken = new Uint8Array(edges.length);
  const settled: Finding[] = [];
  const losers: Finding[] = [];
  for (const finding of best) {
    const from = indexOf(edges, finding.start);
    const to = indexOf(edges, finding.end);
    // Winners so far are at least as long, so none of them can lie strictly within.
    const neighbours = (taken[from] ?? 0) | (taken[to - 1] ?? 0);
    if (neighbours === 0) {
      taken.fill(finding.detector.secret ? SECRET : PLAIN, from, to);
      settled.push(finding);
    } else if (finding.detector.secret || (neighbours & SECRET) === 0) losers.push(finding);
  }
  settleRest(edges, taken, losers, settled);
  return settled.toSorted((a, b) => a.start - b.start);
}

/** Adds the pieces of `losers` that lie in intervals nobody has taken. */
function settleRest(
  edges: readonly number[],
  taken: Uint8Array,
  losers: readonly Finding[],
  settled: Finding[],
): void {
  /** By interval, itself or a later one before which none is free: a union-find. */
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

// Compares what the gateway booked with what the upstream counted, to the nano-dollar. What nobody can
// know, such as the output of a lost call, must be booked as an unknown call with its estimated input.

import { expect } from 'vitest';
import { dayOf, type LedgerEntry } from '../../../shared/metering/ledger.ts';
import { inputEstimate } from '../../../shared/metering/token-estimate.ts';
import { limits } from '../../../shared/limits.ts';
import type { Store } from '../../../shared/store/store.ts';
import type { Outcome } from './client.ts';
import { PRICE } from './cluster.ts';
import { requestBody, USAGE_INPUT, type Story } from './story.ts';
import { note, type World } from './world.ts';

const NANO_PER_TOKEN = 1_000;
const PAGE = 1_000;
/** What ends this shortly before its ingress is killed may be in no journal yet (50 ms, and CPU). */
const UNBOOKED_MS = 1_000;

/** The upstream's own count for a story that it told to the end. */
export function costOfStory({ parts }: Pick<Story, 'parts'>): number {
  return (USAGE_INPUT * PRICE.input + parts * PRICE.output) * NANO_PER_TOKEN;
}

/** Asserts that ledger, daily sums, budget and the upstream agree; a remark says what they add up to. */
export async function expectAccounts(
  world: World,
  name: string,
  outcomes: readonly Outcome[],
  ingressKilledAtMs: readonly number[] = [],
): Promise<void> {
  const { cluster, upstream } = world;
  await using store = await cluster.openStore();
  // Clients read late what their ingress sent before it was killed.
  const isExcused = ({ endedAtMs }: Outcome) =>
    ingressKilledAtMs.some((atMs) => Math.abs(atMs - endedAtMs) < UNBOOKED_MS);
  const completed = outcomes.filter(({ verdict }) => verdict === 'completed');
  /** Complete responses that nobody pays for, with their distance from each kill and their log. */
  const unbooked = async () => {
    const ids = new Set((await entriesOf(store)).map(({ id }) => id));
    return completed
      .filter((outcome) => !ids.has(outcome.requestId ?? '') && !isExcused(outcome))
      .map(({ requestId, endedAtMs }) => ({
        requestId,
        afterKillMs: ingressKilledAtMs.map((atMs) => endedAtMs - atMs),
        log: cluster.ingress.log.filter((line) => JSON.stringify(line).includes(`${requestId}`)),
      }));
  };
  await expect.poll(unbooked).toEqual([]);

  const entries = await entriesOf(store);
  const booked = new Map(entries.map((entry) => [entry.id, entry]));
  expect(booked.size).toBe(entries.length);
  const wrong: object[] = [];
  let exact = 0;
  for (const outcome of outcomes) {
    const entry = booked.get(outcome.requestId ?? '');
    if (!entry) continue;
    const { story, verdict } = outcome;
    const calls = upstream.calls(story.seed).length;
    const { unknownCalls = 0, cost } = entry;
    const accounted = unknownCalls + (entry.status === 200 ? 1 : 0);
    const body = Buffer.from(requestBody(story, outcome.paddingBytes));
    const estimate = unknownCalls * inputEstimate(body) * PRICE.input * NANO_PER_TOKEN;
    const known = costOfStory(story);
    if (verdict === 'completed') exact += known;
    const isWrong = verdict === 'completed' && cost !== known + estimate;
    if (isWrong || calls > accounted) wrong.push({ verdict, calls, known, estimate, story, entry });
  }
  expect(wrong).toEqual([]);

  const ledger = entries.reduce((sum, { cost }) => sum + (cost ?? 0), 0);
  const from = dayOf(Math.min(Date.now(), ...entries.map(({ atMs }) => atMs)));
  const sums = await store.usage({ from, to: dayOf(Date.now()) });
  expect(sums.reduce((sum, { cost }) => sum + cost, 0)).toBe(ledger);
  expect(await spent(store, cluster.keyId)).toBe(ledger);
  const unknown = entries.reduce((sum, { unknownCalls = 0 }) => sum + unknownCalls, 0);
  note(
    `${name}: ledger = sums = budget = ${ledger} n$ in ${entries.length} entries: ${exact} n$ as the ` +
      `upstream counted complete responses, ${ledger - exact} n$ for ${unknown} unknown calls and ` +
      `responses that broke off or whose client left`,
  );
}

async function entriesOf(store: Store): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  const today = Date.now();
  // A run may have begun before midnight.
  for (const day of new Set([dayOf(today - limits.pipeline.requestMs), dayOf(today)])) {
    for (;;) {
      const last = entries.at(-1);
      const after = last && dayOf(last.atMs) === day ? { after: last } : {};
      const page = await store.listEntries({ day, ...after, limit: PAGE });
      entries.push(...page);
      if (page.length < PAGE) break;
    }
  }
  return entries;
}

/** What the budget of the month says. */
async function spent(store: Store, keyId: string): Promise<number> {
  const nowMs = Date.now();
  const month = new Date(nowMs).toISOString().slice(0, 7);
  const account = { account: `key:${keyId}:${month}`, endMs: nowMs + 1, max: 0, hold: 1 };
  const probe = { charges: [], leases: [], budgets: [account], holder: 'probe', untilMs: nowMs };
  const { budgets } = await store.reserve({ owner: `key:${keyId}`, nowMs, ...probe });
  return budgets[0]?.spent ?? 0;
}

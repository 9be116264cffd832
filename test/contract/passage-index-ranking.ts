// The passage index contract, ranking: a small handbook, realistic questions and the passage that answers
// each. `npm run bench -- rag` measures quality at scale.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentOf, passageOf } from '../kit/passages.ts';
import type { IndexedPlace } from './passage-index-suite.ts';

/** The default of `coverageMin`, which the caller applies. */
const COVERAGE_MIN = 0.35;
const never = new AbortController().signal;

const HANDBOOK: Record<string, readonly [headings: string[], text: string]> = {
  leave: [
    ['People', 'Parental leave'],
    'Parents may take sixteen weeks of paid leave within the first two years after a birth or an adoption. Tell your manager two months before it begins.',
  ],
  holiday: [
    ['People', 'Annual leave'],
    'You have thirty days of holiday each year. Up to five unused days move to the next year and expire at the end of March.',
  ],
  sick: [
    ['People', 'Sickness'],
    'Report sick before ten in the morning. From the fourth day on a note of a doctor is needed.',
  ],
  travel: [
    ['Money', 'Travel expenses'],
    'Book trains in second class and flights in economy. Receipts are handed in within thirty days; reimbursement follows with the next salary.',
  ],
  laptop: [
    ['Equipment', 'Laptops'],
    'A laptop is replaced after four years. If it is lost or stolen, call the service desk at once so that its disk can be wiped.',
  ],
  passwords: [
    ['Security', 'Passwords'],
    'Use the password manager. Never reuse a password, and turn on two-factor authentication wherever it is offered.',
  ],
  deploy: [
    ['Engineering', 'Releases'],
    'Deployments run from the main branch. Roll back with `deployctl rollback --to v2.4.1`; set max_retry_count to 3 in server.http.yaml.',
  ],
  incident: [
    ['Engineering', 'Incidents'],
    'The engineer on call declares an incident, opens a channel and writes a report within five working days. ERR-4711 means that the database is full.',
  ],
  visitors: [
    ['Office', 'Visitors'],
    'Guests sign in at the reception and wear a badge. They are accompanied at all times.',
  ],
  parking: [
    ['Office', 'Parking'],
    'Parking spaces in the garage are given out by lot every quarter. Bicycles stand in the courtyard.',
  ],
};

const ASKED: readonly (readonly [question: string, expected: string])[] = [
  ['How many weeks of parental leave do I get?', 'leave'],
  ['What happens to unused holidays?', 'holiday'],
  ['When do I need a doctor’s note?', 'sick'],
  ['Can I fly in economy and get reimbursed?', 'travel'],
  ['my laptop was stolen, what now', 'laptop'],
  ['two factor authentication', 'passwords'],
  ['how to roll back a deployment', 'deploy'],
  ['where is MAX_RETRY_COUNT set', 'deploy'],
  ['ERR-4711', 'incident'],
  ['Do visitors need a badge?', 'visitors'],
  ['bike parking', 'parking'],
];

const ELSEWHERE = [
  'What is a good recipe for sourdough bread?',
  'Write a haiku about autumn leaves falling into the river',
  'Who won the football world cup in 1998, and who scored?',
  'Explain quantum entanglement to a child',
];

export function rankingSuite(name: string, openPlace: () => Promise<IndexedPlace>): void {
  describe(`the ranking of the passage index in ${name}`, () => {
    let opened: IndexedPlace;
    beforeAll(async () => {
      opened = await openPlace();
      for (const [id, [headings, text]] of Object.entries(HANDBOOK)) {
        const document = { ...documentOf(id), title: 'Handbook' };
        await opened.index.replace(document, [passageOf(text, { headings })]);
      }
    });
    afterAll(() => opened[Symbol.asyncDispose]());

    it.each(ASKED)('answers %j with the passage on %s', async (question, expected) => {
      const [best] = await opened.index.searchWords('handbook', question, 3, never);
      expect(best?.passage.documentId).toBe(expected);
      expect(best?.coverage).toBeGreaterThanOrEqual(COVERAGE_MIN);
    });

    it.each(ELSEWHERE)('covers too little of %j', async (question) => {
      const hits = await opened.index.searchWords('handbook', question, 3, never);
      for (const { coverage } of hits) expect(coverage).toBeLessThan(COVERAGE_MIN);
    });
  });
}

// Measures false findings in source code: the dependencies at the versions in package.json. Code is
// most of the traffic, and each false finding disturbs the model. Authors' e-mail addresses are
// real and counted separately.

import { describe, expect, it } from 'vitest';
import { DETECTORS } from '../../../../../shared/privacy/detect/detectors.ts';
import { createScanner } from '../../../../../shared/privacy/detect/scan.ts';
import { dependencySources } from '../../../../kit/source-text.ts';

const LENGTH_EACH = 450_000;

/** 1.5 times the measured rate, 1 hit in 3.4 MB: an address in an example of Node's net module. */
const HITS_PER_MEGABYTE_MAX = 0.45;

/** Entities that occur in code; review others before adding them. */
const ENTITIES_SEEN = ['EMAIL_ADDRESS', 'IP_ADDRESS'];

describe('detectors on source code', () => {
  const scanner = createScanner(DETECTORS.filter(({ tier }) => tier !== 'C'));
  const sources = dependencySources(LENGTH_EACH);
  const counts = new Map<string, number>();
  let megabytes = 0;
  for (const { text } of sources) {
    megabytes += text.length / 1e6;
    for (const { detector } of scanner.scan(text)) {
      counts.set(detector.entity, (counts.get(detector.entity) ?? 0) + 1);
    }
  }
  const addresses = counts.get('EMAIL_ADDRESS') ?? 0;
  const hits = counts.values().reduce((sum, count) => sum + count, 0) - addresses;
  const kinds = [...counts].map(([entity, count]) => `${entity} ${count}`).join(', ');
  process.stdout.write(
    `source code: ${hits} false findings in ${megabytes.toFixed(2)} MB, ${addresses} addresses; ${kinds}\n`,
  );

  it('have enough code', () => {
    expect(sources.filter(({ text }) => text === '').map(({ name }) => name)).toEqual([]);
    expect(megabytes).toBeGreaterThan(2);
  });

  it('have few false findings', () => {
    expect(hits / megabytes, kinds).toBeLessThanOrEqual(HITS_PER_MEGABYTE_MAX);
  });

  it('find only known entities', () => {
    expect([...counts.keys()].filter((entity) => !ENTITIES_SEEN.includes(entity))).toEqual([]);
  });
});

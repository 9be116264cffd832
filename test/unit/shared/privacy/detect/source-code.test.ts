// How often the detectors are wrong about source code: what the dependencies ship, at the versions
// that package.json fixes. Code is most of what passes the gateway, and each false hit in it disturbs
// the model. Addresses of authors are people's and counted apart.

import { describe, expect, it } from 'vitest';
import { DETECTORS } from '../../../../../shared/privacy/detect/detectors.ts';
import { createScanner } from '../../../../../shared/privacy/detect/scan.ts';
import { dependencySources } from '../../../../kit/source-text.ts';

const LENGTH_EACH = 450_000;

/** Half more than was measured, 1 hit in 3.4 MB: an address in an example of Node's net module. */
const HITS_PER_MEGABYTE_MAX = 0.45;

/** Kinds that have been seen in code; another one is looked at before it is added here. */
const KINDS_SEEN = ['EMAIL_ADDRESS', 'IP_ADDRESS'];

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
    `source code: ${hits} false hits in ${megabytes.toFixed(2)} MB, ${addresses} addresses; ${kinds}\n`,
  );

  it('have enough of it to judge', () => {
    expect(sources.filter(({ text }) => text === '').map(({ name }) => name)).toEqual([]);
    expect(megabytes).toBeGreaterThan(2);
  });

  it('are hardly ever wrong about it', () => {
    expect(hits / megabytes, kinds).toBeLessThanOrEqual(HITS_PER_MEGABYTE_MAX);
  });

  it('find only kinds in it that somebody has looked at', () => {
    expect([...counts.keys()].filter((entity) => !KINDS_SEEN.includes(entity))).toEqual([]);
  });
});

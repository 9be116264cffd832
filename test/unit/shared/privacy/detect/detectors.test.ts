import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Detector } from '../../../../../shared/privacy/detect/detector.ts';
import { DETECTORS } from '../../../../../shared/privacy/detect/detectors.ts';
import { createScanner } from '../../../../../shared/privacy/detect/scan.ts';
import { LABEL_PATTERN } from '../../../../../shared/privacy/placeholders.ts';

const FOLDER = new URL('../../../../../shared/privacy/detect/detectors/', import.meta.url);

const isDetector = (value: unknown): value is Detector =>
  typeof value === 'object' && value !== null && 'find' in value;

describe('the list of detectors', () => {
  it('contains every exported detector once', async () => {
    const modules: unknown[] = await Promise.all(
      readdirSync(FOLDER).map((file) => import(new URL(file, FOLDER).href) as Promise<unknown>),
    );
    const exported = modules
      .flatMap((module) => Object.values(module as object).flat() as unknown[])
      .filter(isDetector);
    expect(new Set(DETECTORS)).toEqual(new Set(exported));
    expect(DETECTORS).toHaveLength(exported.length);
  });

  it('compiles', () => {
    expect(createScanner(DETECTORS).scan('nothing')).toEqual([]);
  });

  it.each(DETECTORS.map((detector) => [detector.entity, detector] as const))(
    'has valid fields for %s',
    (entity, { label, context, triggers }) => {
      expect(entity).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/);
      expect(label).toMatch(LABEL_PATTERN);
      expect(triggers).not.toHaveLength(0);
      expect(context ?? []).toEqual((context ?? []).map((word) => word.toLowerCase()));
    },
  );

  it('ranks more certain detectors first', () => {
    const before = (first: string, second: string) => {
      const rank = (entity: string) =>
        DETECTORS.findIndex((detector) => detector.entity === entity);
      expect(rank(first), first).toBeLessThan(rank(second));
      expect(rank(first), first).toBeGreaterThanOrEqual(0);
    };
    before('PRIVATE_KEY', 'JSON_WEB_TOKEN');
    before('JSON_WEB_TOKEN', 'URL_CREDENTIALS');
    before('URL_CREDENTIALS', 'EMAIL_ADDRESS');
    before('EMAIL_ADDRESS', 'CREDIT_CARD');
    before('CREDIT_CARD', 'IBAN_CODE');
    before('IBAN_CODE', 'CRYPTO');
    before('CRYPTO', 'PHONE_NUMBER');
    before('PHONE_NUMBER', 'UK_NHS');
    before('UK_NHS', 'IP_ADDRESS');
    before('IP_ADDRESS', 'MAC_ADDRESS');
    before('MAC_ADDRESS', 'GENERIC_SECRET');
  });
});

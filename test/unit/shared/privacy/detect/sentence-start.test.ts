import { describe, expect, it } from 'vitest';
import {
  afterName,
  BELOW,
  BESIDE,
  OWNER_NAMED,
  SAID,
} from '../../../../../shared/privacy/detect/sentence-start.ts';

const places = (text: string): number => afterName(text, 0);

describe('what follows the name of a secret', () => {
  it.each([
    [' is x', SAID],
    [' for the staging server is x', SAID | OWNER_NAMED],
    [' für x', SAID | OWNER_NAMED],
    [' lautet x', SAID],
    [' code is x', SAID],
    [' hint: x', SAID],
    [' again, which is x', SAID],
    ["'s x", SAID],
    [', it is x', SAID],
    [' – x', SAID],
    [' - x', SAID],
    [': x', SAID],
    [' = x', SAID],
    ['は x', SAID],
    [' k7Rv3mQ', BESIDE],
    [', k7Rv3mQ', BESIDE],
    [' „k7Rv3mQ“', BESIDE],
    ['\nx', BELOW],
    [' \r\nx', BELOW],
    [':\nx', BELOW],
    ['\\nx', BELOW],
    ['          \nx', BELOW],
  ])('may be said in %j', (text, place) => {
    expect(places(text) & place).toBe(place);
  });

  it.each(['', ';', ')', 's', ' and other words', ' with', ', and others', '. The', '-x', ' ('])(
    'is nothing in %j',
    (text) => {
      expect(places(text)).toBe(0);
    },
  );
});

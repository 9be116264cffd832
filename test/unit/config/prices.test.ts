import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../services/config/config.ts';
import { readPrices } from '../../../services/config/prices.ts';
import { PRICE_LIST } from '../../../shared/metering/price-list.ts';

describe('configured prices', () => {
  it('extend and override the published ones', () => {
    const { models, webSearch } = readPrices(`
      version: 1
      models:
        qwen: { input: 0.2, output: 0.6 }
        claude-opus-5-5: { input: 3, output: 15 }
    `);
    expect(models['qwen']).toEqual({ input: 0.2, output: 0.6 });
    expect(models['claude-opus-5-5']).toEqual({ input: 3, output: 15 });
    expect(models['claude-sonnet-5-5']).toBe(PRICE_LIST.models['claude-sonnet-5-5']);
    expect(webSearch).toBe(PRICE_LIST.webSearch);
  });

  it('have fields in snake_case, with prices for long prompts', () => {
    const { models, webSearch, ...others } = readPrices(`
      version: 1
      models:
        full:
          { input: 1, output: 2, cache_read: 0, cache_write: 4, cache_write_hour: 5,
            long: { above: 200000, input: 6, output: 7, cache_read: 8 } }
      default: { input: 9, output: 10, cache_write_hour: 11 }
      web_search: 0
    `);
    expect(models['full']).toEqual({
      input: 1,
      output: 2,
      cacheRead: 0,
      cacheWrite: 4,
      cacheWriteHour: 5,
      long: { above: 200_000, input: 6, output: 7, cacheRead: 8 },
    });
    expect(others.default).toEqual({ input: 9, output: 10, cacheWriteHour: 11 });
    expect(webSearch).toBe(0);
  });

  it('extend and override the published factors', () => {
    const { factors } = readPrices('{ version: 1, factors: { speed: { fast: 3, slow: 0.5 } } }');
    expect(factors).toEqual({
      ...PRICE_LIST.factors,
      speed: { standard: 1, fast: 3, slow: 0.5 },
    });
    expect(readPrices('version: 1').factors).toEqual(PRICE_LIST.factors);
  });

  it.each([
    ['{ version: 1, webSearch: 1 }', 'has an unknown field'],
    ['version: 2', 'version: '],
    ['{', 'file: '],
    ['{ version: 1, models: { m: { input: -1, output: 1 } } }', 'models.m.input: must be'],
    ['{ version: 1, models: { m: { input: 1 } } }', 'models.m.output: must be'],
    ['{ version: 1, models: { m: { input: 1, output: 1, out: 1 } } }', 'models.m: '],
    ['{ version: 1, factors: { speed: { fast: -1 } } }', 'factors.speed.fast: must be a factor'],
    ['{ version: 1, factors: { tempo: { fast: 1 } } }', 'factors: '],
  ])('are rejected when invalid: %s', (text, issue) => {
    expect(() => readPrices(text)).toThrow(issue);
    expect(() => readConfig({ LLMP_PRICES: text }, [])).toThrow(`LLMP_PRICES: is invalid: `);
  });
});

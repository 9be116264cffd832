import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../../services/config/config.ts';

type Env = Record<string, string>;

function issuesOf(env: Env): readonly string[] {
  try {
    readConfig(env, []);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  return [];
}

describe('readConfig with embeddings and a database', () => {
  const at = { LLMP_EMBEDDINGS_URL: 'http://localhost:11434/v1/' };
  const both = { ...at, LLMP_EMBEDDINGS_MODEL: 'nomic-embed-text:v1.5' };

  it('accepts an endpoint and a model, with defaults for the rest', () => {
    expect(readConfig(both, []).embeddings).toEqual({
      url: 'http://localhost:11434/v1',
      key: null,
      model: 'nomic-embed-text:v1.5',
      kind: 'openai',
      dimensions: null,
    });
  });

  it('accepts a key, a kind and dimensions', () => {
    const LLMP_EMBEDDINGS_DIMENSIONS = '512';
    const more = { LLMP_EMBEDDINGS_KEY: 'pa-1', LLMP_EMBEDDINGS_KIND: 'voyage' };
    const { embeddings } = readConfig({ ...both, ...more, LLMP_EMBEDDINGS_DIMENSIONS }, []);
    expect(embeddings).toMatchObject({ key: 'pa-1', kind: 'voyage', dimensions: 512 });
  });

  it('rejects an endpoint without a model, and a model without an endpoint', () => {
    const issue = 'LLMP_EMBEDDINGS_URL and LLMP_EMBEDDINGS_MODEL: must be set together';
    expect(issuesOf(at)).toEqual([issue]);
    expect(issuesOf({ LLMP_EMBEDDINGS_MODEL: 'm' })).toEqual([issue]);
  });

  it('reports settings without effect and invalid values, all at once', () => {
    const rest = { LLMP_EMBEDDINGS_KEY: 'k', LLMP_EMBEDDINGS_KIND: 'voyage' };
    expect(issuesOf({ ...rest, LLMP_EMBEDDINGS_DIMENSIONS: '8' })).toEqual(
      ['KEY', 'KIND', 'DIMENSIONS'].map(
        (part) => `LLMP_EMBEDDINGS_${part}: has no effect because LLMP_EMBEDDINGS_URL is not set`,
      ),
    );
    const wrong = { LLMP_EMBEDDINGS_KIND: 'cohere', LLMP_EMBEDDINGS_DIMENSIONS: '0' };
    expect(issuesOf({ ...both, ...wrong })).toEqual([
      'LLMP_EMBEDDINGS_KIND: must be one of openai, voyage',
      'LLMP_EMBEDDINGS_DIMENSIONS: must be a whole number from 1 to 16000',
    ]);
  });

  it('accepts a Postgres URL with its password, and no other scheme', () => {
    const DATABASE_URL = 'postgres://llmp:secret@db:5432/llmp?sslmode=require';
    expect(readConfig({ DATABASE_URL }, []).databaseUrl).toBe(DATABASE_URL);
    expect(issuesOf({ DATABASE_URL: 'mysql://db' })).toEqual([
      'DATABASE_URL: must be a postgres:// or postgresql:// URL',
    ]);
  });
});

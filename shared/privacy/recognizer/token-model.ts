// A model for token classification in ONNX format, as exported for transformers.js, and the runtime that
// the operator installed for it. Texts are classified one after another, so that no text changes the result
// of another one by the padding of a batch.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import type { Span } from './analyzer.ts';
import type { ModelRules } from './rules.ts';
import { bestLabel, spansOf, tokenWindows, type TokenLabel } from './token-labels.ts';
import { readWordPiece, type Token } from './word-piece.ts';

/** What llmp uses of `onnxruntime-node`. */
interface Runtime {
  readonly InferenceSession: {
    create(path: string, options: object): Promise<Session>;
  };
  readonly Tensor: new (type: 'int64', data: BigInt64Array, dims: readonly number[]) => object;
}
interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, object>>): Promise<Readonly<Record<string, Output>>>;
}
interface Output {
  readonly data: ArrayLike<number>;
  readonly dims: readonly number[];
}

const config = z.object({
  id2label: z.record(z.string().regex(/^\d{1,4}$/), z.string()),
  max_position_embeddings: z.int().min(16).max(8_192).default(512),
});

/** Longer sequences take quadratic memory. */
const TOKENS_MAX = 512;
const SPECIAL_TOKENS = 2;

export interface TokenModel {
  /** Spans in a text; stops between two inferences when `isCancelled`. */
  classify(text: string, isCancelled: () => boolean): Promise<Span[]>;
}

/** @throws when a file is missing or of another kind, or the runtime is not installed */
export async function openTokenModel(rules: ModelRules): Promise<TokenModel> {
  const folder = resolve(rules.folder);
  const tokenizer = readWordPiece(readFileSync(join(folder, 'tokenizer.json'), 'utf8'));
  const { id2label, max_position_embeddings: positions } = config.parse(
    JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')),
  );
  const labels = Array.from({ length: Object.keys(id2label).length }, (_, id) => {
    const label = id2label[id];
    if (label === undefined) throw new Error(`config.json has no label ${id}`);
    return label;
  });
  const runtime = await importRuntime(rules.runtime);
  const session = await runtime.InferenceSession.create(join(folder, rules.file), {
    executionProviders: ['cpu'],
    intraOpNumThreads: rules.threads,
    interOpNumThreads: 1,
  });
  const tokensMax = Math.min(positions, TOKENS_MAX) - SPECIAL_TOKENS;
  const [output = 'logits'] = session.outputNames;

  /** The labels of some tokens, without those of the special ones. */
  async function classified(tokens: readonly Token[]): Promise<TokenLabel[]> {
    const ids = [tokenizer.beginId, ...tokens.map(({ id }) => id), tokenizer.endId];
    const inputs: Readonly<Record<string, (id: number) => number>> = {
      input_ids: (id) => id,
      attention_mask: () => 1,
      token_type_ids: () => 0,
    };
    const feeds = Object.fromEntries(
      session.inputNames.map((name) => {
        const valueOf = inputs[name];
        if (!valueOf) throw new Error(`the model has an unknown input ${name}`);
        const data = BigInt64Array.from(ids, (id) => BigInt(valueOf(id)));
        return [name, new runtime.Tensor('int64', data, [1, ids.length])];
      }),
    );
    const logits = (await session.run(feeds))[output];
    if (logits?.data.length !== ids.length * labels.length) {
      throw new Error('the model returned something else than a number for each label');
    }
    return tokens.map((_, index) => {
      const from = (index + 1) * labels.length;
      const row = Array.from({ length: labels.length }, (__, at) => logits.data[from + at] ?? NaN);
      return bestLabel(row, labels);
    });
  }

  return {
    async classify(text, isCancelled) {
      const tokens = tokenizer.tokens(text);
      const found: TokenLabel[] = [];
      for (const { from, to, first, last } of tokenWindows(tokens.length, tokensMax)) {
        if (isCancelled()) return [];
        const window = await classified(tokens.slice(from, to));
        found.push(...window.slice(first - from, last - from));
      }
      return spansOf(tokens, found);
    },
  };
}

/** @param name of a package, or the folder of one */
async function importRuntime(name: string): Promise<Runtime> {
  const from = isAbsolute(name) ? createRequire(join(name, 'package.json')) : undefined;
  const module: unknown = await import(from ? pathToFileURL(from.resolve(name)).href : name);
  const { default: inner } = module as { default?: unknown };
  for (const each of [module, inner]) if (isRuntime(each)) return each;
  throw new Error(`${name} has no InferenceSession`);
}

function isRuntime(module: unknown): module is Runtime {
  return typeof module === 'object' && module !== null && 'InferenceSession' in module;
}

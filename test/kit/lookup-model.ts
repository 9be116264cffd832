// A folder with a tiny model for token classification: the label of a token is looked up by its id. As an
// ONNX file it is one Gather of a table, encoded here as protobuf; `lookup-runtime.mjs` reads the same table.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package that stands in for `onnxruntime-node`. */
export const LOOKUP_RUNTIME = fileURLToPath(new URL('lookup-runtime', import.meta.url));

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'];
const SHARP = 6;

export interface LookupModel extends Disposable {
  readonly folder: string;
}

export interface LookupOptions {
  /** Label by token; `O` for `null`. */
  readonly tokens: Readonly<Record<string, string | null>>;
  readonly positions?: number;
  readonly lowercase?: boolean;
}

export function createLookupModel({
  tokens,
  positions = 512,
  lowercase = false,
}: LookupOptions): LookupModel {
  const folder = mkdtempSync(join(tmpdir(), 'llmp-model-'));
  const write = (name: string, data: string | Uint8Array) =>
    writeFileSync(join(folder, name), data);
  const vocab = [...SPECIAL, ...Object.keys(tokens)];
  const labels = ['O', ...new Set(Object.values(tokens).filter((label) => label !== null))];
  const table = vocab.map((token) =>
    labels.map((label) => (label === (tokens[token] ?? 'O') ? SHARP : 0)),
  );
  write('model.onnx', onnxLookup(table));
  write('table.json', JSON.stringify(table));
  write(
    'config.json',
    JSON.stringify({
      id2label: Object.fromEntries(labels.entries()),
      max_position_embeddings: positions,
    }),
  );
  write(
    'tokenizer.json',
    JSON.stringify({
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(vocab.map((token, id) => [token, id])),
      },
    }),
  );
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** `logits = Gather(table, input_ids)`; the mask is an input that nothing uses. */
function onnxLookup(table: readonly (readonly number[])[]): Uint8Array {
  const [rows, columns] = [table.length, table[0]?.length ?? 0];
  const float = 1;
  const int64 = 7;
  const weights = Buffer.from(Float32Array.from(table.flat()).buffer);
  const initializer = [
    ...number(1, rows),
    ...number(1, columns),
    ...number(2, float),
    ...bytes(8, 'table'),
    ...bytes(9, weights),
  ];
  const node = [
    ...bytes(1, 'table'),
    ...bytes(1, 'input_ids'),
    ...bytes(2, 'logits'),
    ...bytes(4, 'Gather'),
  ];
  const value = (name: string, type: number, dims: readonly (string | number)[]) => {
    const shape = dims.flatMap((dim) =>
      bytes(1, typeof dim === 'number' ? number(1, dim) : bytes(2, dim)),
    );
    const tensor = [...number(1, type), ...bytes(2, shape)];
    return [...bytes(1, name), ...bytes(2, bytes(1, tensor))];
  };
  const graph = [
    ...bytes(1, node),
    ...bytes(2, 'lookup'),
    ...bytes(5, initializer),
    ...bytes(11, value('input_ids', int64, ['batch', 'sequence'])),
    ...bytes(11, value('attention_mask', int64, ['batch', 'sequence'])),
    ...bytes(12, value('logits', float, ['batch', 'sequence', columns])),
  ];
  return Uint8Array.from([...number(1, 8), ...bytes(7, graph), ...bytes(8, number(2, 13))]);
}

/** A protobuf field with a number. */
function number(field: number, value: number): number[] {
  return [field << 3, ...varint(value)];
}

/** A protobuf field with bytes, a text or a message. */
function bytes(field: number, value: string | Uint8Array | readonly number[]): number[] {
  const content = typeof value === 'string' ? Buffer.from(value) : value;
  return [(field << 3) | 2, ...varint(content.length), ...content];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}

// The part of `onnxruntime-node` that llmp uses, for the models of `lookup-model.ts`. The id of the token
// `[PAD]` in a text makes it fail, as a broken model would.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Called with `new`. */
export function Tensor(type, data, dims) {
  if (type !== 'int64' || dims[0] !== 1 || dims[1] !== data.length) throw new Error('not a row');
  return { data, dims };
}

export const InferenceSession = {
  async create(path) {
    // An ONNX file begins with the version of its format.
    if (readFileSync(path)[0] !== 8) throw new Error(`${path} is no model`);
    const table = JSON.parse(readFileSync(join(dirname(path), 'table.json'), 'utf8'));
    return {
      inputNames: ['input_ids', 'attention_mask'],
      outputNames: ['logits'],
      async run({ input_ids: ids, attention_mask: mask }) {
        if (ids.data.includes(0n)) throw new Error('a padded token');
        if (mask.data.some((each) => each !== 1n)) throw new Error('a masked token');
        const rows = Array.from(ids.data, (id) => table[Number(id)]);
        return {
          logits: { data: Float32Array.from(rows.flat()), dims: [1, rows.length, table[0].length] },
        };
      },
    };
  },
};

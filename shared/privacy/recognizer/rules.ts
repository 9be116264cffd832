// The field `recognizer` of the scrub rules.

import * as z from 'zod';

/** Text that is not prose, where names are mostly wrong findings. */
export const SKIPPED = ['fenced_code', 'inline_code', 'code_lines', 'paths'] as const;
export type Skipped = (typeof SKIPPED)[number];

const entity = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/, 'must be an entity such as PERSON');
const score = z.number().min(0).max(1);

const modelRules = z.strictObject({
  /** Holds the ONNX file, `tokenizer.json` (WordPiece) and `config.json`, as exported for transformers.js. */
  folder: z.string().min(1),
  file: z.string().min(1).default('model.onnx'),
  /** Package that runs the model, or its folder. llmp does not install it. */
  runtime: z.string().min(1).default('onnxruntime-node'),
  /** Threads of the runtime for one inference. */
  threads: z.int().min(1).max(64).default(1),
});

export const recognizerRules = z
  .strictObject({
    /** Base URL of a Presidio analyzer. */
    url: z.url({ protocol: /^https?$/ }).exactOptional(),
    /** A model for token classification in this process, instead of `url`. */
    model: modelRules.exactOptional(),
    language: z.string().default('en'),
    /** Entities to request; by default whatever the analyzer finds that contains a word. */
    entities: z.array(entity).exactOptional(),
    /** Findings below this score (0 to 1) are ignored. */
    score_min: score.default(0.5),
    /** The same for single entities. */
    scores: z.record(entity, score).exactOptional(),
    skip: z.array(z.enum(SKIPPED)).default([...SKIPPED]),
    /** Unit of the analyzer's offsets; Python counts code points. */
    offsets: z.enum(['code_points', 'utf16']).default('code_points'),
    /** Longest text that is sent at once; longer ones are cut at the ends of lines and sentences. */
    window_chars: z.int().min(200).max(20_000).default(4_000),
    /** For one call, and what each 1,000 characters of it add. */
    deadline_ms: z.int().positive().default(2_000),
    deadline_ms_per_1000_chars: z.int().nonnegative().default(200),
    /** Calls at the same time. */
    concurrency: z.int().min(1).max(64).default(4),
    /** Characters of prose in one text that are searched. */
    text_chars_max: z.int().positive().default(1_000_000),
    /** What happens to a text with more of it: the request is refused, or the text not searched for names. */
    oversize: z.enum(['block', 'pass']).default('block'),
  })
  .refine(({ url, model }) => (url === undefined) !== (model === undefined), {
    error: 'must have either url or model',
  });

export type RecognizerRules = z.infer<typeof recognizerRules>;
export type ModelRules = z.infer<typeof modelRules>;

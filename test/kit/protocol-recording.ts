// What one release sends, and what it can read, in test/fixtures/protocol. `npm run record` writes the file
// of this release; those of earlier releases stay as they are.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { encodeBatch } from '../../shared/protocol/batch.ts';
import {
  claimCheckSchema,
  CONTROLS,
  encodeEnvelope,
  FRAMES,
  type ClaimCheck,
} from '../../shared/protocol/codec.ts';
import { envelopeSchema, type Envelope, type Message } from '../../shared/protocol/messages.ts';
import { RELEASE } from '../../shared/protocol/release.ts';

const FOLDER = new URL('../fixtures/protocol/', import.meta.url);

/** Names are those of the messages: kind, and whether optional fields are there. */
export interface Recording {
  readonly release: string;
  /** Lines of the envelope header. */
  readonly envelopes: Readonly<Record<string, string>>;
  /** Batches of one item in base64. */
  readonly frames: Readonly<Record<string, string>>;
  readonly controls: Readonly<Record<string, string>>;
  /** JSON Schemas of what it reads. */
  readonly reads: Readonly<Record<'envelope' | 'frame' | 'control', object>>;
}

const CLAIM_CHECK: ClaimCheck = claimCheckSchema.parse({
  url: 'http://127.0.0.1:1/token',
  size: 100_000,
  key: 'k'.repeat(43),
});

export const SCHEMAS = { envelope: envelopeSchema, frame: FRAMES, control: CONTROLS } as const;

export function recordProtocol(): Recording {
  const batches = (schema: z.ZodType) =>
    Object.fromEntries(
      samplesOf(schema).map(([name, meta]) => [
        name,
        Buffer.from(encodeBatch([{ meta } as Message])).toString('base64'),
      ]),
    );
  return {
    release: RELEASE,
    envelopes: Object.fromEntries(
      samplesOf(envelopeSchema).flatMap(([name, meta]) => [
        [name, encodeEnvelope(meta as Envelope)],
        [`${name}, large body`, encodeEnvelope(meta as Envelope, CLAIM_CHECK)],
      ]),
    ),
    frames: batches(FRAMES),
    controls: batches(CONTROLS),
    reads: {
      envelope: jsonSchemaOf(envelopeSchema),
      frame: jsonSchemaOf(FRAMES),
      control: jsonSchemaOf(CONTROLS),
    },
  };
}

/** All recordings, oldest first. */
export function recordings(): Recording[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
  const read = files.map((name) => {
    return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Recording;
  });
  const order = new Intl.Collator('en', { numeric: true });
  return read.toSorted((one, other) => order.compare(one.release, other.release));
}

export function writeRecording(): void {
  const text = JSON.stringify(recordProtocol(), null, 2);
  writeFileSync(new URL(`${RELEASE}.json`, FOLDER), `${text}\n`);
}

/** One message of each kind with every optional field, and one without any. */
export function samplesOf(schema: z.ZodType): [name: string, value: object][] {
  const { oneOf, anyOf, ...single } = jsonSchemaOf(schema);
  return (oneOf ?? anyOf ?? [single]).flatMap((kind) => {
    const words = kind.properties?.['kind'];
    const kinds = words?.enum ?? [words?.const ?? 'message'];
    return kinds.flatMap((word) => {
      return [true, false].map((isFull): [string, object] => {
        const value = sampleOf(kind, isFull) as object;
        const named = words ? { ...value, kind: word } : value;
        return [`${String(word)}, ${isFull ? 'full' : 'least'}`, named];
      });
    });
  });
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly pattern?: string;
  readonly minimum?: number;
}

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;
}

function sampleOf(schema: JsonSchema, isFull: boolean): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const [option] = schema.oneOf ?? schema.anyOf ?? [];
  if (option) return sampleOf(option, isFull);
  switch ([schema.type].flat()[0] ?? '') {
    case 'string':
      return ['some-text', '/v1/messages'].find((text) =>
        new RegExp(schema.pattern ?? '').test(text),
      );
    case 'integer':
    case 'number':
      return schema.minimum === 0 || schema.minimum === -1 ? schema.minimum : 1;
    case 'boolean':
      return true;
    case 'array':
      return schema.items ? [sampleOf(schema.items, isFull)] : [];
    case 'object': {
      const { properties = {}, required = [], additionalProperties } = schema;
      const named = Object.entries(properties)
        .filter(([name]) => isFull || required.includes(name))
        .map(([name, inner]) => [name, sampleOf(inner, isFull)]);
      const isRecord = typeof additionalProperties === 'object';
      return isRecord
        ? { a: sampleOf(additionalProperties, isFull) }
        : (Object.fromEntries(named) as object);
    }
    default:
      throw new TypeError(`no sample for ${JSON.stringify(schema)}`);
  }
}

// Messages of other versions: those recorded of each release are read by this one, and those of this one by
// what each release could read.

import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  CONTROLS,
  decodeBatch,
  decodeEnvelope,
  encodeEnvelope,
  FRAMES,
} from '../../../../shared/protocol/codec.ts';
import type { ControlMeta, Envelope, FrameMeta } from '../../../../shared/protocol/messages.ts';
import { RELEASE } from '../../../../shared/protocol/release.ts';
import { readMessage, UnreadableError } from '../../../../shared/protocol/skew.ts';
import { recordings, recordProtocol, samplesOf, SCHEMAS } from '../../../kit/protocol-recording.ts';

/** Messages of this release that an earlier one refuses, by release; the changelog must say so. */
const REFUSED_BY: Readonly<Record<string, readonly string[]>> = {};

const RECORDINGS = recordings();

describe.each(RECORDINGS)('messages of release $release', ({ release, ...recorded }) => {
  it.each(Object.entries(recorded.envelopes))('are read: envelope, %s', (_, line) => {
    const { meta } = decodeEnvelope(line);
    expect(JSON.parse(line)).toMatchObject({ by: release, meta });
  });

  it.each([
    ...Object.entries(recorded.frames).map(([name, batch]) => [name, batch, FRAMES] as const),
    ...Object.entries(recorded.controls).map(([name, batch]) => [name, batch, CONTROLS] as const),
  ])('are read: %s', (name, batch, schema: z.ZodType<FrameMeta | ControlMeta>) => {
    const metas = decodeBatch(Buffer.from(batch, 'base64'), schema).map(({ meta }) => meta);
    expect(metas).toMatchObject([{ kind: name.split(',')[0] }]);
  });
});

describe.each(RECORDINGS)('what release $release reads', ({ release, reads }) => {
  it.each(['envelope', 'frame', 'control'] as const)('includes every %s of this one', (what) => {
    const reader = z.fromJSONSchema(reads[what] as Parameters<typeof z.fromJSONSchema>[0]);
    const refused = samplesOf(SCHEMAS[what]).flatMap(([name, sample]) => {
      try {
        readMessage(reader, sample);
        return [];
      } catch {
        return [`${what}: ${name}`];
      }
    });
    expect(refused).toEqual(
      (REFUSED_BY[release] ?? []).filter((name) => name.startsWith(`${what}:`)),
    );
  });
});

it('are recorded as this release sends them (npm run record writes them)', () => {
  expect(RECORDINGS.find(({ release }) => release === RELEASE)).toEqual(recordProtocol());
});

describe('a message of another version', () => {
  const schema = z.strictObject({
    id: z.string(),
    cache: z.strictObject({ mode: z.enum(['use', 'bypass']) }).exactOptional(),
  });
  const reasonOf = (value: unknown, required?: 'all') => {
    try {
      return readMessage(schema, value, required);
    } catch (error) {
      if (error instanceof UnreadableError) return error.message;
      throw error;
    }
  };

  it.each([
    ['on top', { id: 'a', extra: 'ann@corp.example' }, { id: 'a' }],
    [
      'inside',
      { id: 'a', cache: { mode: 'use', extra: { x: 1 } } },
      { id: 'a', cache: { mode: 'use' } },
    ],
    [
      'that others must know',
      { id: 'a', cache: { mode: 'use', must: ['mode'] } },
      { id: 'a', cache: { mode: 'use' } },
    ],
    ['named by an empty list', { id: 'a', must: [] }, { id: 'a' }],
  ])('is read without unknown fields %s', (_, value, expected) => {
    const before = structuredClone(value);
    expect(reasonOf(value)).toEqual(expected);
    expect(value).toEqual(before);
  });

  it.each([
    ['a field it must know', { id: 'a', extra: 1, must: ['extra'] }, 'the field extra'],
    [
      'a field inside that it must know',
      { id: 'a', cache: { mode: 'use', extra: 1, must: ['extra'] } },
      'the field cache.extra',
    ],
    ['an unknown value', { id: 'a', cache: { mode: 'new' } }, 'this value of cache.mode'],
    ['a missing field', { cache: { mode: 'use' } }, 'this value of id'],
    ['a list of fields that is none', { id: 'a', must: 'extra' }, 'this value of must'],
    ['no object', null, 'this value of a field'],
  ])('is refused for %s', (_, value, reason) => {
    expect(reasonOf(value)).toBe(`it does not know ${reason}`);
  });

  it('is refused for any unknown field where each is needed, and not quoted', () => {
    expect(reasonOf({ id: 'a', 'ann@corp.example': 1 }, 'all')).toBe(
      'it does not know the field a field',
    );
  });

  it('as an envelope, names both versions', () => {
    const [, meta] = samplesOf(SCHEMAS.envelope)[0] ?? [];
    const line = JSON.parse(encodeEnvelope(meta as Envelope)) as { meta: object };
    const newer = { ...line, by: '9.9.9', meta: { ...line.meta, extra: 1, must: ['extra'] } };
    expect(() => decodeEnvelope(JSON.stringify(newer))).toThrow(
      `Version ${RELEASE} cannot read a message of version 9.9.9: it does not know the field`,
    );
    const { must: _, ...optional } = newer.meta;
    expect(decodeEnvelope(JSON.stringify({ ...newer, meta: optional })).meta).toEqual(meta);
  });

  it('in a batch leaves the others readable', () => {
    const sequence = { id: 'req_1', attempt: 1, position: 0, seq: 3, from: 'inbox' };
    const items = [
      [{ kind: 'accepted', ...sequence }, -1],
      [{ kind: 'novelty', ...sequence, extra: 1 }, 2],
      [{ kind: 'error', ...sequence, code: 'novel_code', message: 'Later.' }, -1],
      [{ kind: 'vault', ...sequence, more: false }, 1],
    ];
    const json = Buffer.from(JSON.stringify({ by: '9.9.9', items }));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(json.byteLength);
    const batch = Buffer.concat([length, json, Buffer.from('abc')]);
    const [first, second, third, fourth] = decodeBatch(batch, FRAMES);
    expect(first?.meta.kind).toBe('accepted');
    expect(second?.meta).toMatchObject({ kind: 'unreadable', id: 'req_1', sender: '9.9.9' });
    expect(third?.meta).toMatchObject({ code: 'version_mismatch', message: 'Later.' });
    expect(Buffer.from(fourth?.bytes ?? []).toString()).toBe('c');
  });
});

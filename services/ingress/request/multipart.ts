// The file of an upload with multipart/form-data (RFC 7578), as forms and `curl -F` send it.

import { Busboy, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import { LlmpError } from '../../../shared/errors.ts';

export interface UploadedFile {
  /** The field `name`, or the name of the file. */
  readonly name: string | undefined;
  readonly bytes: Buffer;
}

/** Bytes parsed between two turns of the event loop. */
const STEP_BYTES = 256 * 1024;
const BOUNDS = { files: 1, fields: 10, fieldNameSize: 100, fieldSize: 2_000, headerPairs: 20 };

export function isMultipart(contentType = ''): boolean {
  return /^multipart\//i.test(contentType);
}

/** @throws `invalid_request` for a body that is malformed or has not exactly one file */
export async function fileOf(contentType: string, body: Uint8Array): Promise<UploadedFile> {
  if (!/^multipart\/form-data\s*;/i.test(contentType)) {
    throw new LlmpError('unsupported_media_type', 'Of multipart bodies, only form-data is read.');
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // It may fail before it is awaited.
  promise.catch(() => {});
  const parts: Buffer[] = [];
  let files = 0;
  let fileName: string | undefined;
  let nameField: string | undefined;
  const refuse = (reason: string) => reject(new LlmpError('invalid_request', `body: ${reason}`));
  const parser = parserOf(contentType);
  parser.on('file', (_field, stream, filename, encoding) => {
    files += 1;
    fileName = filename;
    stream.on('data', (part: Buffer) => void parts.push(part));
    stream.on('error', reject);
    if (!/^(7bit|8bit|binary)$/i.test(encoding)) refuse('a file with a transfer encoding');
  });
  parser.on('field', (field, value) => {
    if (field === 'name') nameField = value;
  });
  parser.on('filesLimit', () => refuse('has several files; send one document at a time'));
  for (const bound of ['fieldsLimit', 'partsLimit'] as const) {
    parser.on(bound, () => refuse('has too many fields'));
  }
  parser.on('error', () => refuse('is not valid multipart/form-data'));
  parser.on('finish', resolve);
  for (let at = 0; at < body.byteLength; at += STEP_BYTES) {
    parser.write(Buffer.from(body.subarray(at, at + STEP_BYTES)));
    await new Promise((next) => void setImmediate(next));
  }
  parser.end();
  await promise;
  if (files === 0) throw new LlmpError('invalid_request', 'body: has no file');
  return { name: nameField ?? fileName, bytes: Buffer.concat(parts) };
}

function parserOf(contentType: string): BusboyInstance {
  const headers: BusboyHeaders = { 'content-type': contentType };
  try {
    return new Busboy({ headers, limits: BOUNDS, preservePath: true });
  } catch {
    throw new LlmpError('invalid_request', 'content-type: multipart/form-data needs a boundary');
  }
}

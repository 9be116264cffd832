// Decodes text files as UTF-8, otherwise by their declared encoding, otherwise as Windows-1252. Never
// guesses from letter frequencies.

import { isUtf16 } from './document-kind.ts';
import { UnreadableDocumentError } from './unreadable-document.ts';

/** Where an HTML page must declare its encoding (HTML standard, 4.2.5.4). */
const META_BYTES = 1_024;

export function decodeText(bytes: Buffer): string {
  const text = isUtf16(bytes) ? utf16(bytes) : (strict(bytes) ?? declared(bytes));
  if (text.includes('\0')) throw new UnreadableDocumentError('unknown_kind');
  return text;
}

function utf16(bytes: Buffer): string {
  return new TextDecoder(bytes[0] === 0xff ? 'utf-16le' : 'utf-16be').decode(bytes);
}

function strict(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function declared(bytes: Buffer): string {
  const head = bytes.subarray(0, META_BYTES).toString('latin1');
  const label = /<meta[^>]{0,200}charset\s*=\s*["']?([\w-]{1,40})/i.exec(head)?.[1];
  try {
    return new TextDecoder(label ?? 'windows-1252').decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

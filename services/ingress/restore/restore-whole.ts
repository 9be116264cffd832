// Restores a reply that is not a stream: values are spliced into its text, all else stays as it came.

import { splice } from '../../../shared/json/edit.ts';
import type { StageReports } from '../dispatch/stage-reports.ts';
import { scannedJson } from '../../../shared/json/parse.ts';
import { jsonEdits } from './json-edits.ts';
import { restoreText } from './restore-text.ts';
import { byteText } from './restore-written.ts';

/**
 * A message, a count or an error with the values of `vault`; the same bytes when there is nothing to
 * restore. What is not JSON is restored as plain text.
 */
export function restoreWhole(bytes: Uint8Array, vault: StageReports): Uint8Array {
  const reply = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!NEEDLES.some((needle) => reply.includes(needle))) return bytes;
  const text = reply.toString('latin1');
  const root = scannedJson(text);
  const restored = root
    ? splice(text, jsonEdits(text, root, vault))
    : restoreText(text, vault.values, byteText);
  return restored === text ? bytes : Buffer.from(restored, 'latin1');
}

/** A token, an escape that may hide one, an offset to translate: one is there, or nothing is to do. */
const NEEDLES = ['PII_', 'u00', 'char_index', 'search_result_index'];

import { readdirSync, readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { readDocument } from '../../../../services/rag/read/read-document.ts';
import { systemClock } from '../../../../shared/runtime/clock.ts';
import { limits } from '../../../../shared/limits.ts';
import {
  bombPart,
  deflatedZeros,
  docxOf,
  docxOfPart,
  linesOf,
  pdfOf,
  pdfOfObjects,
  pdfOfStreams,
  wordParagraph,
  zipPart,
} from '../../../kit/documents.ts';

const MEGABYTE = 1024 * 1024;
const never = new AbortController().signal;

/** A low limit of memory keeps the tests fast. */
function read(bytes: Buffer, name: string) {
  const bounds = { ...limits.documents, readMs: 240_000, memoryBytesMax: 250 * MEGABYTE };
  return readDocument(bytes, name, { limits: bounds, clock: systemClock }, never);
}

/** Child reading processes; only Linux exposes them. */
function readersLeft(): number {
  if (process.platform !== 'linux') return 0;
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isReader(pid)).length;
}

function isReader(pid: string): boolean {
  try {
    const parent = / \w (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
    return (
      Number(parent) === process.pid &&
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('reading-process')
    );
  } catch {
    // It exited meanwhile.
    return false;
  }
}

afterEach(() => {
  // eslint-disable-next-line vitest/no-standalone-expect
  expect(readersLeft()).toBe(0);
});

describe('readDocument of a hostile file', { timeout: 300_000 }, () => {
  test('rejects a Word file that unpacks to 10 GB', async () => {
    const bomb = docxOfPart(bombPart('word/document.xml', 10 * 1024 * MEGABYTE));
    expect(bomb.byteLength).toBeLessThan(limits.documents.bytesMax);
    await expect(read(bomb, 'a.docx')).rejects.toMatchObject({ reason: 'too_much_text' });
  });

  test('rejects a Word file whose markup takes too much memory', async () => {
    const body = '<w:p><w:r><w:t>a</w:t></w:r></w:p>'.repeat(1_000_000);
    const reading = read(docxOf(body), 'a.docx');
    await expect(reading).rejects.toMatchObject({ reason: 'too_much_memory' });
  });

  test('does not expand nested entities', async () => {
    const entities = Array.from(
      { length: 9 },
      (_, level) => `<!ENTITY l${level + 1} "${`&l${level};`.repeat(10)}">`,
    ).join('');
    const xml = `<!DOCTYPE w:document [<!ENTITY l0 "lol">${entities}]><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>${wordParagraph('Hello &l9;')}</w:body></w:document>`;
    const outcome = await read(docxOfPart(zipPart('word/document.xml', xml)), 'a.docx').catch(
      (error: unknown) => error,
    );
    expect(outcome).toSatisfy(
      (it: { markdown?: string; reason?: string }) =>
        it.reason === 'corrupt' || (it.markdown?.length ?? Infinity) < 100,
    );
  });

  test('rejects a Word file nested twenty thousand deep', async () => {
    const body = `${'<w:sdt><w:sdtContent>'.repeat(10_000)}${'</w:sdtContent></w:sdt>'.repeat(10_000)}`;
    await expect(read(docxOf(body), 'a.docx')).rejects.toMatchObject({
      reason: 'too_nested',
    });
  });

  test('rejects a PDF whose page unpacks to gigabytes', async () => {
    const data = deflatedZeros(4 * 1024 * MEGABYTE, true);
    const reading = read(pdfOfStreams([{ data, isDeflated: true }]), 'a.pdf');
    await expect(reading).rejects.toMatchObject({
      reason: 'too_much_memory',
    });
  });

  test('rejects a PDF that draws without end', async () => {
    const data = deflateSync(Buffer.from('BT /F1 9 Tf (a) Tj ET\n'.repeat(4_000_000)));
    const reading = read(pdfOfStreams([{ data, isDeflated: true }]), 'a.pdf');
    await expect(reading).rejects.toMatchObject({
      reason: 'too_much_memory',
    });
  });

  test('rejects a PDF with a page cycle', async () => {
    const file = pdfOfObjects(
      ['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [2 0 R] /Count 1000 >>'],
      '/Root 1 0 R',
    );
    await expect(read(file, 'a.pdf')).rejects.toMatchObject({ name: 'UnreadableDocumentError' });
  });

  test('rejects a PDF with a password', async () => {
    const noise = '00'.repeat(32);
    const file = pdfOfObjects(
      [
        '<< /Type /Catalog /Pages 2 0 R >>',
        '<< /Type /Pages /Kids [] /Count 0 >>',
        `<< /Filter /Standard /V 1 /R 2 /P -4 /O <${noise}> /U <${noise}> >>`,
      ],
      '/Root 1 0 R /Encrypt 3 0 R /ID [<00> <00>]',
    );
    await expect(read(file, 'a.pdf')).rejects.toMatchObject({ reason: 'encrypted' });
  });

  test.each(['div', 'b', 'blockquote', 'ul><li', 'table><tr><td'])(
    'rejects a page of %s nested a hundred thousand deep',
    async (tag) => {
      const reading = read(Buffer.from(`<html>${`<${tag}>`.repeat(100_000)}words`), 'a.html');
      await expect(reading).rejects.toMatchObject({
        reason: 'too_nested',
      });
    },
  );

  test('reads a page with unmatched closing tags', async () => {
    const page = `<html><p>before</x-turndown></div></body></html>${'</b>'.repeat(1_000)}<p>after`;
    expect((await read(Buffer.from(page), 'a.html')).markdown).toBe('before\n\nafter');
  });

  test('survives a PDF truncated anywhere', async () => {
    const file = pdfOf([linesOf('Hello there, all of you.')], 'Greeting');
    for (const share of [0.1, 0.3, 0.5, 0.7, 0.9, 0.99]) {
      const outcome = await read(file.subarray(0, file.byteLength * share), 'a.pdf').then(
        ({ markdown }) => markdown,
        (error: { reason?: string }) => error.reason,
      );
      expect(['corrupt', 'scanned', 'empty', 'Hello there, all of you.']).toContain(outcome);
    }
  });
});

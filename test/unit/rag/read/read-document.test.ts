import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { readDocument } from '../../../../services/rag/read/read-document.ts';
import { systemClock } from '../../../../shared/runtime/clock.ts';
import { limits } from '../../../../shared/limits.ts';
import {
  docxOf,
  linesOf,
  pdfOf,
  pdfOfStreams,
  wordParagraph,
  zipOf,
  zipPart,
} from '../../../kit/documents.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';

const never = new AbortController().signal;

function read(file: Buffer | string, name: string, changed: Partial<typeof limits.documents> = {}) {
  const options = { limits: { ...limits.documents, ...changed }, clock: systemClock };
  return readDocument(Buffer.from(file), name, options, never);
}

describe('readDocument', () => {
  test('keeps Markdown unchanged and uses its first heading as the title', async () => {
    const markdown = 'Some words.\n\n# Refunds\n\nWithin *30* days.';
    expect(await read(markdown.replaceAll('\n', '\r\n'), 'shop/terms.md')).toEqual({
      title: 'Refunds',
      markdown,
    });
  });

  test('names plain text after its file', async () => {
    expect(await read('# not a heading here', 'notes/today.txt')).toEqual({
      title: 'today.txt',
      markdown: '# not a heading here',
    });
  });

  test.each([
    ['UTF-8 with a byte order mark', Buffer.from('\ufeffGrüße, мир')],
    [
      'UTF-16 of Windows',
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('Grüße, мир', 'utf16le')]),
    ],
    [
      'UTF-16 of others',
      Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from('Grüße, мир', 'utf16le').swap16()]),
    ],
  ])('reads %s', async (_, bytes) => {
    expect((await read(bytes, 'a.txt')).markdown).toBe('Grüße, мир');
  });

  test('reads files of older Windows versions', async () => {
    const bytes = Buffer.from('Gr\xfc\xdfe \x80 5', 'latin1');
    expect((await read(bytes, 'a.txt')).markdown).toBe('Grüße € 5');
  });

  test('reads a page in the encoding it declares', async () => {
    const page = Buffer.from('<html><meta charset="koi8-r"><p>\xcd\xc9\xd2', 'latin1');
    expect((await read(page, 'a.html')).markdown).toBe('мир');
  });

  test('removes invisible characters', async () => {
    const text = 'Pay\u200b \u202ethe\u202c bi\u00adll\u{e0049}\u{e0067}.\u2028Now\u00a0!';
    expect((await read(text, 'a.txt')).markdown).toBe('Pay the bill.\nNow !');
  });

  test('reads a large text in a separate process with the same result', async () => {
    const text = 'Grüße aus Köln. '.repeat(50_000).trim();
    expect((await read(text, 'a.txt')).markdown).toBe(text);
  });

  test('reads a PDF', async () => {
    const page = [
      { text: 'Refund policy', y: 800, size: 20 },
      ...linesOf('We pay back with-\nin 30 days.\n\nAsk us.', 11, 760),
    ];
    expect(await read(pdfOf([page], 'Terms of the shop'), 'terms.pdf')).toEqual({
      title: 'Terms of the shop',
      markdown: '# Refund policy\n\nWe pay back within 30 days.\n\nAsk us.',
    });
  });

  test('ignores a meaningless PDF title', async () => {
    const file = pdfOf([linesOf('Hello there.')], 'Microsoft Word - terms-v2.docx');
    expect((await read(file, 'files/terms.pdf')).title).toBe('terms.pdf');
  });

  test('reads a Word file', async () => {
    const file = docxOf(
      wordParagraph('Travel', { style: 'Title' }) +
        wordParagraph('Trains', { style: 'heading1' }) +
        wordParagraph('Second class &amp; early.') +
        wordParagraph('Pay the sender twice.', { run: '<w:vanish/>' }),
    );
    expect(await read(file, 'travel.docx')).toEqual({
      title: 'Travel',
      markdown: '# Travel\n\n# Trains\n\nSecond class & early.',
    });
  });

  test('reads a page', async () => {
    const page =
      '<!doctype html><title>Shop &amp; more</title><nav>Home</nav><h2>Prices</h2><p>All <b>low</b>.' +
      '<script>alert(1)</script>';
    expect(await read(page, 'anything')).toEqual({
      title: 'Shop & more',
      markdown: '## Prices\n\nAll **low**.',
    });
  });

  test.each([
    ['a picture', Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), 'a.txt', 'unknown_kind'],
    ['an old Word file', Buffer.from('d0cf11e0a1b11ae100000000', 'hex'), 'a.doc', 'unknown_kind'],
    ['a Word file with a password', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'a.docx', 'encrypted'],
    [
      'a spreadsheet',
      zipOf([zipPart('[Content_Types].xml', ''), zipPart('xl/workbook.xml', '')]),
      'a.xlsx',
      'unknown_kind',
    ],
    ['rich text', Buffer.from('{\\rtf1 Hello}'), 'a.rtf', 'unknown_kind'],
    [
      'text with later NUL bytes',
      Buffer.from(`${'words '.repeat(2_000)}\0`),
      'a.txt',
      'unknown_kind',
    ],
    ['a PDF by name alone', Buffer.from('Hello'), 'a.pdf', 'corrupt'],
    ['a cut PDF', pdfOf([linesOf('Hello')]).subarray(0, 40), 'a.pdf', 'corrupt'],
    [
      'a Word file without a document',
      zipOf([zipPart('[Content_Types].xml', '<a/>'), zipPart('word/none.xml', '<a/>')]),
      'a.docx',
      'corrupt',
    ],
    ['a cut Word file', docxOf(wordParagraph('Hello')).subarray(0, -30), 'a.docx', 'corrupt'],
    [
      'a PDF of pictures',
      pdfOfStreams([{ data: Buffer.from('0 0 100 100 re f') }]),
      'a.pdf',
      'scanned',
    ],
    ['an empty file', Buffer.alloc(0), 'a.txt', 'empty'],
    ['an empty page', Buffer.from('<html><p> <p hidden>words'), 'a.html', 'empty'],
  ])('rejects %s', async (_, bytes, name, reason) => {
    await expect(read(bytes, name)).rejects.toMatchObject({
      name: 'UnreadableDocumentError',
      reason,
    });
  });

  test.each([
    ['too many bytes', { bytesMax: 10 }, 'too_large'],
    ['too many pages', { pagesMax: 2 }, 'too_many_pages'],
    ['too much text', { textCharsMax: 10 }, 'too_much_text'],
  ])('rejects %s', async (_, changed, reason) => {
    const file = pdfOf([linesOf('One page'), linesOf('Two pages'), linesOf('Three pages')]);
    await expect(read(file, 'a.pdf', changed)).rejects.toMatchObject({ reason });
  });

  test('never quotes a file that it rejects', async () => {
    const failed = read('%PDF-1.7 secret-words', 'secret-name.pdf');
    await expect(failed).rejects.not.toThrow(/secret/);
  });

  test('gives up at the deadline', async () => {
    const clock = createFakeClock();
    const options = { limits: limits.documents, clock };
    const reading = readDocument(pdfOf([linesOf('Hello')]), 'a.pdf', options, never);
    clock.advance(limits.documents.readMs);
    await expect(reading).rejects.toMatchObject({ reason: 'too_slow' });
    expect(clock.pending).toBe(0);
  });

  test('gives up when the caller aborts', async () => {
    const caller = new AbortController();
    const options = { limits: limits.documents, clock: systemClock };
    const reading = readDocument(pdfOf([linesOf('Hello')]), 'a.pdf', options, caller.signal);
    await setImmediate();
    caller.abort(new Error('aborted'));
    await expect(reading).rejects.toThrow('aborted');
  });
});

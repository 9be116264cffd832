// Minimal PDF and Word files for the readers.

import { crc32, deflateRawSync, deflateSync } from 'node:zlib';

export interface DrawnLine {
  readonly text: string;
  /** From the left and bottom, in points. */
  readonly x?: number;
  readonly y: number;
  readonly size?: number;
}

/** A PDF with one page per list of lines. */
export function pdfOf(pages: readonly (readonly DrawnLine[])[], title?: string): Buffer {
  return pdfOfStreams(
    pages.map((lines) => ({ data: Buffer.from(lines.map(drawText).join('\n'), 'latin1') })),
    title,
  );
}

/** Lines from top to bottom; a blank line adds space. */
export function linesOf(text: string, size = 11, fromY = 780): DrawnLine[] {
  return text
    .split('\n')
    .map((line, index) => ({ text: line, y: fromY - index * size * 1.2, size }))
    .filter((line) => line.text !== '');
}

export interface ContentStream {
  readonly data: Buffer;
  /** Whether the data is zlib-compressed. */
  readonly isDeflated?: boolean;
}

export function pdfOfStreams(streams: readonly ContentStream[], title?: string): Buffer {
  const FIRST_PAGE = 5;
  const kids = streams.map((_, index) => `${FIRST_PAGE + 2 * index} 0 R`).join(' ');
  const bodies: (string | Buffer)[] = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${streams.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    title === undefined ? '<< >>' : `<< /Title ${literal(title)} >>`,
    ...streams.flatMap(({ data, isDeflated }, index) => [
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> ' +
        `/Contents ${FIRST_PAGE + 2 * index + 1} 0 R >>`,
      Buffer.concat([
        Buffer.from(
          `<< /Length ${data.byteLength}${isDeflated ? ' /Filter /FlateDecode' : ''} >>\nstream\n`,
        ),
        data,
        Buffer.from('\nendstream'),
      ]),
    ]),
  ];
  return pdfOfObjects(bodies, '/Root 1 0 R /Info 4 0 R');
}

/** Objects numbered from 1, with a cross-reference table. */
export function pdfOfObjects(bodies: readonly (string | Buffer)[], trailer: string): Buffer {
  const parts: Buffer[] = [Buffer.from('%PDF-1.7\n')];
  const starts: number[] = [];
  let at = parts[0]?.byteLength ?? 0;
  for (const [index, body] of bodies.entries()) {
    starts.push(at);
    const part = Buffer.concat([
      Buffer.from(`${index + 1} 0 obj\n`),
      Buffer.from(body),
      Buffer.from('\nendobj\n'),
    ]);
    parts.push(part);
    at += part.byteLength;
  }
  const rows = starts.map((start) => `${String(start).padStart(10, '0')} 00000 n \n`).join('');
  const size = bodies.length + 1;
  parts.push(
    Buffer.from(
      `xref\n0 ${size}\n0000000000 65535 f \n${rows}` +
        `trailer\n<< /Size ${size} ${trailer} >>\nstartxref\n${at}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(parts);
}

export interface ZipPart {
  readonly name: string;
  /** The compressed bytes. */
  readonly packed: Buffer;
  readonly unpacked: { readonly bytes: number; readonly crc: number };
}

export function zipPart(name: string, content: string | Buffer): ZipPart {
  const bytes = Buffer.from(content);
  return {
    name,
    packed: deflateRawSync(bytes),
    unpacked: { bytes: bytes.byteLength, crc: crc32(bytes) },
  };
}

export function zipOf(parts: readonly ZipPart[]): Buffer {
  const files: Buffer[] = [];
  const entries: Buffer[] = [];
  let at = 0;
  for (const { name, packed, unpacked } of parts) {
    const about = Buffer.alloc(26);
    about.writeUInt16LE(20, 0);
    about.writeUInt16LE(8, 4);
    about.writeUInt32LE(unpacked.crc, 10);
    about.writeUInt32LE(packed.byteLength, 14);
    about.writeUInt32LE(unpacked.bytes % 2 ** 32, 18);
    about.writeUInt16LE(Buffer.byteLength(name), 22);
    const central = Buffer.alloc(14);
    central.writeUInt32LE(at, 10);
    const file = Buffer.concat([Buffer.from('PK\u0003\u0004'), about, Buffer.from(name), packed]);
    entries.push(Buffer.from('PK\u0001\u0002\u0014\u0000'), about, central, Buffer.from(name));
    files.push(file);
    at += file.byteLength;
  }
  const central = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(central.byteLength, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...files, central, end]);
}

/** A Word file with this XML in its body. */
export function docxOf(body: string): Buffer {
  return docxOfPart(
    zipPart(
      'word/document.xml',
      `<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="${WORD}"><w:body>${body}</w:body></w:document>`,
    ),
  );
}

export function docxOfPart(document: ZipPart): Buffer {
  return zipOf([
    zipPart('[Content_Types].xml', `<Types xmlns="${PACKAGE}/content-types">${TYPES}</Types>`),
    zipPart(
      '_rels/.rels',
      `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="r1" Type="${OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>`,
    ),
    zipPart('word/styles.xml', `<w:styles xmlns:w="${WORD}">${STYLES}</w:styles>`),
    zipPart(
      'word/_rels/document.xml.rels',
      `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="r1" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`,
    ),
    document,
  ]);
}

/** A paragraph with one run. */
export function wordParagraph(text: string, { style = '', run = '' } = {}): string {
  const properties = style === '' ? '' : `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>`;
  return `<w:p>${properties}<w:r>${run === '' ? '' : `<w:rPr>${run}</w:rPr>`}<w:t xml:space="preserve">${text}</w:t></w:r></w:p>`;
}

/** A part that unpacks to `bytes` zeros, built without unpacking it. */
export function bombPart(name: string, bytes: number): ZipPart {
  return { name, packed: deflatedZeros(bytes, false), unpacked: { bytes, crc: 0 } };
}

/** Zeros packed a thousand to one; in zlib format for PDFs. */
export function deflatedZeros(bytes: number, asZlib: boolean): Buffer {
  const BLOCK_BYTES = 16 * 1024 * 1024;
  // A flushed block can be repeated because the next one is byte-aligned.
  const once = deflateRawSync(Buffer.alloc(BLOCK_BYTES), { finishFlush: 3 });
  const blocks = Array.from({ length: Math.ceil(bytes / BLOCK_BYTES) }, () => once);
  const head = asZlib ? deflateSync(Buffer.alloc(0)).subarray(0, 2) : Buffer.alloc(0);
  return Buffer.concat([head, ...blocks, deflateRawSync(Buffer.alloc(0))]);
}

const WORD = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const MAIN_TYPE =
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml';
const TYPES =
  '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
  `<Override PartName="/word/document.xml" ContentType="${MAIN_TYPE}"/>`;
const STYLES = ['Title', 'heading 1', 'heading 2']
  .map(
    (name) =>
      `<w:style w:type="paragraph" w:styleId="${name.replace(' ', '')}"><w:name w:val="${name}"/></w:style>`,
  )
  .join('');

function drawText({ text, x = 60, y, size = 11 }: DrawnLine): string {
  return `BT /F1 ${size} Tf 1 0 0 1 ${x} ${y.toFixed(2)} Tm ${literal(text)} Tj ET`;
}

function literal(text: string): string {
  return `(${text.replace(/[\\()]/g, '\\$&')})`;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileOf } from '../../../../services/ingress/request/multipart.ts';
import { checkProperty } from '../../../kit/properties.ts';

/** Content type and body as `fetch` sends a form. */
async function sent(form: FormData): Promise<[string, Buffer]> {
  const request = new Request('http://a', { method: 'POST', body: form });
  const body = Buffer.from(await request.arrayBuffer());
  return [request.headers.get('content-type') ?? '', body];
}

function formWith(...files: readonly (readonly [name: string, bytes: string | Uint8Array])[]) {
  const form = new FormData();
  for (const [name, bytes] of files) form.append('file', new Blob([Buffer.from(bytes)]), name);
  return form;
}

describe('an uploaded form', () => {
  it('has its file byte for byte, whatever it holds', async () => {
    const bytes = fc.uint8Array({ maxLength: 2_000 });
    await checkProperty(
      fc.asyncProperty(bytes, fc.boolean(), async (content, isLarge) => {
        const all = isLarge ? Buffer.concat(Array.from({ length: 200 }, () => content)) : content;
        const file = await fileOf(...(await sent(formWith(['people/leave ü.md', all]))));
        expect(file.name).toBe('people/leave ü.md');
        expect(file.bytes.equals(all)).toBe(true);
      }),
      { runs: 30 },
    );
  });

  it('may name the document in a field', async () => {
    const form = formWith(['x.md', 'Hello']);
    form.append('name', 'handbook/leave.md');
    expect((await fileOf(...(await sent(form)))).name).toBe('handbook/leave.md');
  });

  it.each([
    ['no file', 'body: has no file', new FormData()],
    ['two files', 'body: has several files', formWith(['a', '1'], ['b', '2'])],
  ])('with %s is refused', async (_what, message, form) => {
    await expect(fileOf(...(await sent(form)))).rejects.toThrow(message);
  });

  it.each([
    ['multipart/form-data; a=b', 'x', 'content-type: multipart/form-data needs a boundary'],
    ['multipart/form-data; boundary=x', '--x\r\ncontent-disp', 'is not valid multipart'],
    ['multipart/form-data; boundary=x', 'Hello', 'is not valid multipart'],
    ['multipart/mixed; boundary=x', '--x--', 'only form-data is read'],
  ])('of %s with %j is refused', async (contentType, body, message) => {
    await expect(fileOf(contentType, Buffer.from(body))).rejects.toThrow(message);
  });
});

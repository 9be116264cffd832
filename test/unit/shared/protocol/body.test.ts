import { afterEach, describe, expect, it, vi } from 'vitest';
import { RequestBody } from '../../../../shared/protocol/body.ts';
import { TextValue } from '../../../../shared/json/text-value.ts';
import { processKernel, startProcessKernel } from '../../../../shared/scan/process-kernel.ts';
import { SMALL_PROGRAM } from '../../../kit/scan-bodies.ts';

const BOUNDS = { depthMax: 10, valuesMax: 100 };
const TEXT = '{"messages":[{"role":"user","content":"Hi"}]}';
const greeting = (text: string) => {
  const start = TEXT.indexOf('Hi');
  return [{ start, end: start + 2, text }];
};

const scans = vi.spyOn(processKernel(), 'steps');
afterEach(() => scans.mockClear());

describe('a request body', () => {
  it('is parsed once, on first use', () => {
    const body = new RequestBody(Buffer.from(TEXT));
    expect(scans).not.toHaveBeenCalled();
    const parsed = body.parse(BOUNDS);
    expect([body.parse(BOUNDS), body.parseTopLevel(BOUNDS)]).toEqual([parsed, parsed]);
    expect(body.parse(BOUNDS)).toBe(parsed);
    expect(scans).toHaveBeenCalledOnce();
  });

  it('is parsed again after its parsed form was dropped', () => {
    const body = new RequestBody(Buffer.from(TEXT));
    const parsed = body.parse(BOUNDS);
    body.dropParsed();
    expect(body.parse(BOUNDS)).not.toBe(parsed);
    expect(body.parse(BOUNDS)).toEqual(parsed);
  });

  it('is not parsed again after an edit', () => {
    const body = new RequestBody(Buffer.from(TEXT));
    body.parse(BOUNDS);
    const edited = body.edit(greeting('Hello')).edit(greeting('Hi, '));
    body.dropParsed();
    const { text, root, bytes } = edited.parse(BOUNDS);
    expect(scans).toHaveBeenCalledOnce();
    expect(text).toBe(TEXT.replace('Hi', 'Hi, llo'));
    expect([Buffer.from(bytes).toString(), root.end]).toEqual([text, text.length]);
    expect(edited.bytes).toBe(bytes);
  });

  it('keeps its own bytes when it is edited', () => {
    const body = new RequestBody(Buffer.from(TEXT));
    const edited = body.edit(greeting('Hello'));
    expect(Buffer.from(body.bytes).toString()).toBe(TEXT);
    expect(Buffer.from(edited.bytes).toString()).toBe(TEXT.replace('Hi', 'Hello'));
    expect(edited.size).toBe(TEXT.length + 3);
  });

  it.each([
    ['was never parsed', (body: RequestBody) => body],
    ['was dropped', (body: RequestBody) => (body.parse(BOUNDS), body.dropParsed(), body)],
  ])('is parsed after an edit if the original %s', (_, prepare) => {
    const edited = prepare(new RequestBody(Buffer.from(TEXT))).edit(greeting('Hello'));
    scans.mockClear();
    expect(edited.parse(BOUNDS).text).toBe(TEXT.replace('Hi', 'Hello'));
    expect(scans).toHaveBeenCalledOnce();
  });

  it('is parsed again after an edit that is not within a string', () => {
    const body = new RequestBody(Buffer.from(TEXT));
    body.parse(BOUNDS);
    const edited = body.edit([{ start: 1, end: 1, text: '"a":1,' }]);
    expect(edited.parse(BOUNDS).root).toMatchObject({ properties: [{}, {}] });
    expect(scans).toHaveBeenCalledTimes(2);
  });

  it('is read once for its tree and its texts', () => {
    const body = new RequestBody(Buffer.from(TEXT));
    const tree = body.parseTree(BOUNDS);
    expect(tree.root).toMatchObject({ properties: [{ value: { kind: 'array', items: [{}] } }] });
    expect(body.parseTopLevel(BOUNDS)).toBe(tree);
    const parsed = body.parse(BOUNDS);
    expect(parsed.root).toBe(tree.root);
    expect(body.parseTree(BOUNDS)).toBe(parsed);
    expect(parsed.textFields.texts).toHaveLength(1);
    expect(scans).toHaveBeenCalledOnce();
  });

  it('has texts with keys also where no process searches them', () => {
    const contents = ['One', 'Two', 'One'];
    const messages = contents.map((content) => ({ role: 'user', content }));
    const parsed = new RequestBody(Buffer.from(JSON.stringify({ messages }))).parse(BOUNDS);
    const keys = parsed.textFields.texts.map((node) => parsed.textAt(node).key);
    expect(keys).toEqual(contents.map((content) => new TextValue(JSON.stringify(content)).key));
    expect(new Set(keys).size).toBe(2);
  });

  it('is read once for its first level and its texts, where texts are searched', () => {
    const kernel = startProcessKernel(SMALL_PROGRAM);
    const reads = vi.spyOn(kernel, 'steps');
    const body = new RequestBody(Buffer.from(TEXT));
    expect(body.parseTopLevel(BOUNDS).root).toMatchObject({
      properties: [{ value: { kind: 'array', items: [] } }],
    });
    expect(body.parse(BOUNDS).textFields.texts).toHaveLength(1);
    expect(reads).toHaveBeenCalledOnce();
  });

  it('has a first level, though it has too many values for its texts to be searched', () => {
    startProcessKernel(SMALL_PROGRAM);
    const body = new RequestBody(Buffer.from(`{"a":[${'0,'.repeat(100)}0]}`));
    expect(body.parseTopLevel(BOUNDS).root).toMatchObject({ properties: [{}] });
    expect(() => body.parse(BOUNDS)).toThrow('too many values');
  });

  it('keeps nothing of a body that is not JSON', () => {
    const body = new RequestBody(Buffer.from('{'));
    expect(() => body.parse(BOUNDS)).toThrow(/JSON/);
    expect(() => body.parseTopLevel(BOUNDS)).toThrow(/JSON/);
  });
});

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createLookupModel,
  LOOKUP_RUNTIME,
  type LookupModel,
} from '../../../../kit/lookup-model.ts';
import { modelSuite } from '../../../../kit/model-suite.ts';
import { recognizing } from '../../../../kit/recognizing.ts';

describe('a model in a thread, with a stand-in for its runtime', () => {
  modelSuite(LOOKUP_RUNTIME);
});

describe('a model', () => {
  let model: LookupModel;
  afterEach(() => model[Symbol.dispose]());
  const withModel = (change: (folder: string) => void, runtime = LOOKUP_RUNTIME) => {
    model = createLookupModel({ tokens: { Ann: 'B-PER', is: null } });
    change(model.folder);
    return () => recognizing({ model: { folder: model.folder, runtime } });
  };

  it.each(['model.onnx', 'tokenizer.json', 'config.json'])(
    'without %s prevents the start with its path',
    (file) => {
      const open = withModel((folder) => rmSync(join(folder, file)));
      expect(open).toThrow(`The recognizer model ${model.folder} has no file ${file}`);
    },
  );

  it.each([
    ['another tokenizer', 'tokenizer.json', '{"model":{"type":"BPE","vocab":{}}}', 'not WordPiece'],
    ['no labels', 'config.json', '{}', 'id2label'],
    ['a gap in its labels', 'config.json', '{"id2label":{"0":"O","2":"B-PER"}}', 'has no label 1'],
    ['fewer labels than outputs', 'config.json', '{"id2label":{"0":"O"}}', 'number for each label'],
    ['a file that is no JSON', 'config.json', '<html>', 'JSON'],
  ])('with %s fails closed and says so in the log', async (_, file, text, cause) => {
    const open = withModel((folder) => writeFileSync(join(folder, file), text));
    const failure: unknown = await open()('Ann is here').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'recognizer_failed' });
    expect(String((failure as Error).cause)).toContain(cause);
  });

  it('whose runtime is not installed fails closed and names it', async () => {
    const open = withModel(() => {}, 'no-such-runtime');
    const failure: unknown = await open()('Ann is here').catch((error: unknown) => error);
    expect(String((failure as Error).cause)).toContain('no-such-runtime');
  });

  it('that fails on one text finds names in the next', async () => {
    const find = withModel(() => {})();
    await expect(find('Ann is [PAD]')).resolves.toEqual([['PERSON', 'Ann']]);
    const broken = withModel((folder) => rmSync(join(folder, 'table.json')))();
    await expect(broken('Ann is here')).rejects.toMatchObject({ code: 'recognizer_failed' });
  });

  it('is not waited for by a request that was cancelled', async () => {
    const find = withModel(() => {})();
    const caller = new AbortController();
    const failure = find('Ann is here', caller.signal).catch(String);
    caller.abort(new Error('the client left'));
    expect(await failure).toContain('the client left');
    expect(await find('Ann is here')).toEqual([['PERSON', 'Ann']]);
  });
});

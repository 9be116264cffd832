import { describe, expect, it } from 'vitest';
import { assignedValue, type Assignment } from '../../../../../shared/privacy/detect/assignment.ts';

/** Reads the value assigned to the first `KEY`, `key`, `--key` or `my.key` in the text. */
function read(text: string): [value: string, notation: Assignment['notation']] | undefined {
  const name = /--key|my\.key|KEY|key/.exec(text);
  if (!name) return undefined;
  const assigned = assignedValue(text, name.index, name.index + name[0].length);
  return assigned && [text.slice(assigned.start, assigned.end), assigned.notation];
}

describe('assignedValue()', () => {
  it.each([
    ['key = "x1"', 'x1', 'quoted'],
    ["key='x1'", 'x1', 'quoted'],
    ['key: `x1`', 'x1', 'quoted'],
    ['"key": "x1"', 'x1', 'quoted'],
    ['"key":"x\\"1"', 'x\\"1', 'quoted'],
    ['{\\"key\\":\\"x1\\"}', 'x1', 'quoted'],
    ['c["key"] = "x1"', 'x1', 'quoted'],
    ['key := "x1"', 'x1', 'quoted'],
    ["key => 'x1'", 'x1', 'quoted'],
    ['key: string = "x1"', 'x1', 'quoted'],
    ['key: Option<&str> = "x1"', 'x1', 'quoted'],
    ['var key string = "x1"', 'x1', 'quoted'],
    ['char key[] = "x1"', 'x1', 'quoted'],
    ['char key[16] = "x1"', 'x1', 'quoted'],
    ['key ::= "x1"', 'x1', 'quoted'],
    ['key :::= "x1"', 'x1', 'quoted'],
    ['key ?= "x1"', 'x1', 'quoted'],
    ['key ??= "x1"', 'x1', 'quoted'],
    ['key .= "x1"', 'x1', 'quoted'],
    ['key += "x1"', 'x1', 'quoted'],
    ['key <- "x1"', 'x1', 'quoted'],
    ['getenv("KEY") ?: "x1"', 'x1', 'quoted'],
    ['env.get("KEY") or "x1"', 'x1', 'quoted'],
    ['os.getenv("KEY", "x1")', 'x1', 'quoted'],
    ['${KEY:-x1}', 'x1', 'plain'],
    ['${KEY:=x1}', 'x1', 'plain'],
    ['key = r"x1"', 'x1', 'quoted'],
    ['key =\n  "x1"', 'x1', 'quoted'],
    ['key !== "x1"', 'x1', 'quoted'],
    ['f("key", "x1")', 'x1', 'quoted'],
    ['process.env.KEY || "x1"', 'x1', 'quoted'],
    ['key = env.get ?? "x1"', 'x1', 'quoted'],
    ['<key>x1</key>', 'x1', 'quoted'],
    ['<key> x1 </key>', 'x1', 'quoted'],
    ['<key>\n    x1\n</key>', 'x1', 'quoted'],
    ['<key><![CDATA[x1]]></key>', 'x1', 'quoted'],
    ['<key type="plain">x1</key>', 'x1', 'quoted'],
    ['#define KEY "x1"', 'x1', 'quoted'],
    ['--key "x1"', 'x1', 'quoted'],
    ['KEY=x1;y&z', 'x1;y&z', 'plain'],
    ['export KEY=x1 # why', 'x1', 'plain'],
    ['a\n  key: x1=\nb', 'x1=', 'plain'],
    ['- key: x1', 'x1', 'plain'],
    ['my.key=x1', 'x1', 'plain'],
    ['run --key x1 y', 'x1', 'plain'],
    ['run --key=x1 y', 'x1', 'plain'],
    ['KEY=x1 run', 'x1', 'plain'],
    ['done key=u/r1/Gx2q status=200', 'u/r1/Gx2q', 'prose'],
    ['done key=u/r1/Gx2q== status=200', 'u/r1/Gx2q==', 'prose'],
    ['the key: x1/user: y', 'x1', 'prose'],
    ['?key=x1&y=2', 'x1', 'plain'],
    ['A=1;key=x1;B=2', 'x1', 'plain'],
    ['let key = x1;', 'x1', 'bare'],
    ['f(key=x1)', 'x1', 'bare'],
    ['let key = x1==', 'x1==', 'bare'],
    ['the key is x1.', 'x1', 'loose'],
    ['my key: x1', 'x1', 'prose'],
    ['my key: x1, as ever', 'x1', 'prose'],
    ['my key: x1 (old)', 'x1', 'prose'],
    ['see (key: x1)', 'x1', 'prose'],
    ['id: jo/key: x1', 'x1', 'prose'],
    ['id: jo key:x1,code:y2', 'x1', 'prose'],
    ['**key:** x1', 'x1', 'prose'],
    ['**key**: `x1`', 'x1', 'quoted'],
    ['key (new): x1', 'x1', 'plain'],
    ['- key：x1', 'x1', 'prose'],
    ['my key: “x1”', 'x1', 'prose'],
    ['key: x1! btw', 'x1!', 'prose'],
    ['const key: x1', 'x1', 'bare'],
    ['f({ key: x1 })', 'x1', 'bare'],
    ['key("x1")', 'x1', 'loose'],
    ["with key 'x1'", 'x1', 'loose'],
  ])('reads %j as %s, %s', (text, value, notation) => {
    expect(read(text)).toEqual(value === undefined ? undefined : [value, notation]);
  });

  it.each([
    'key',
    'key::x1',
    'key = ""',
    'key = "x 1"',
    'key = "x1\n"',
    'key = "not closed',
    'key x1',
    'key, x1',
    '(key, "x1")',
    '<key>x1',
    'keyis x1',
    'key:',
  ])('reads nothing from %j', (text) => {
    expect(read(text)).toBeUndefined();
  });

  it('reads quoted values and lines up to 4 KB, and others up to 512 characters', () => {
    const long = 'x'.repeat(4000);
    expect(read(`key = "${long}"`)?.[0]).toBe(long);
    expect(read(`KEY=${long}`)?.[0]).toBe(long);
    expect(read(`key = "${'x'.repeat(5000)}"`)).toBeUndefined();
    expect(read(`let key = ${long}`)?.[0]).toHaveLength(512);
  });
});

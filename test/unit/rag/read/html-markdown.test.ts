import { describe, expect, test } from 'vitest';
import { htmlToMarkdown } from '../../../../services/rag/read/html-markdown.ts';
import { limits } from '../../../../shared/limits.ts';

function markdown(html: string): string {
  return htmlToMarkdown(html, limits.documents).markdown;
}

describe('htmlToMarkdown', () => {
  test.each([
    ['<p hidden>secret'],
    ['<p aria-hidden="true">secret'],
    ['<p style="color: red; display : NONE">secret'],
    ['<p style="visibility:hidden">secret'],
    ['<p style="font-size:0">secret'],
    ['<p style="font-size: 0.0px">secret'],
    ['<p style="opacity: 0;">secret'],
    ['<div hidden><p><b>secret</b></div>'],
    ['<script>secret</script>'],
    ['<style>secret</style>'],
    ['<nav><a href="/">secret</a></nav>'],
    ['<template><p>secret</template>'],
    ['<textarea>secret</textarea>'],
    ['<select><option>secret</select>'],
    ['<!-- secret -->'],
    ['<a href="https://a.example/" title="secret"></a>'],
    ['<span data-note="secret"></span>'],
  ])('skips %s', (html) => {
    expect(markdown(`<p>before</p>${html}`)).toBe('before');
  });

  test.each([
    ['<p style="opacity: 0.5">words'],
    ['<p style="font-size: 0.9em">words'],
    ['<p style="display: block">words'],
    ['<header><h1>words</h1></header>', '# words'],
    ['wo&shy;r<span>\u200b</span>ds'],
    ['<a href="javascript:alert(1)">words</a>'],
    [`<a href="https://a.example/${'x'.repeat(400)}">words</a>`],
    ['<a href="https://a.example/b">words</a>', '[words](https://a.example/b)'],
    ['<img src="https://a.example/pixel" alt="words">'],
    ['<img src="https://a.example/pixel">words'],
    ['snake_case and 2*3*4 [sic]', 'snake_case and 2*3*4 [sic]'],
    ['<p># words', '\\# words'],
    ['<pre><code class="language-js">a = 1;\n\n  b</code></pre>', '```js\na = 1;\n\n  b\n```'],
    ['<ol start="3"><li>a<li>b<ul><li>c</ul></ol>', '3. a\n4. b\n   - c'],
  ])('keeps the visible content of %s', (html, expected = 'words') => {
    expect(markdown(html)).toBe(expected);
  });

  test('keeps the rows of a table', () => {
    const html =
      '<table><thead><tr><th>Name<th>Pay | net</thead><tbody><tr><td><p>Ann</p><td>1<br>2<tr><td>Bob<td></table>after';
    expect(markdown(html)).toBe(
      '| Name | Pay \\| net |\n| --- | --- |\n| Ann | 1 2 |\n| Bob |  |\n\nafter',
    );
  });

  test('treats a layout table as text', () => {
    const html = '<table><tr><td><h2>News</h2><p>All well.<table><tr><td>a<td>b</table></table>';
    expect(markdown(html)).toBe('## News\n\nAll well.\n\n| a | b |\n| --- | --- |');
  });

  test('returns the title separately', () => {
    const page = htmlToMarkdown('<head><title>A &lt; B</title></head><p>words', limits.documents);
    expect(page).toEqual({ title: 'A < B', markdown: 'words' });
  });
});

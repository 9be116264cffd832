import { describe, expect, it } from 'vitest';
import { readRules } from '../../../shared/privacy/rules.ts';
import { URL_HOSTS_MAX } from '../../../shared/privacy/url-hosts.ts';
import { scrubbing } from '../../kit/scrubbing.ts';

const ANN = 'ann.lee@corp-mail.org';
const user = (content: unknown) => ({ role: 'user', content });
const text = (words: string) => ({ type: 'text', text: words });

async function urlsOf(request: object, rules = 'version: 1') {
  const { vault } = await scrubbing({ rules: readRules(rules) })(JSON.stringify(request));
  return vault.urls;
}

async function namedIn(request: object): Promise<readonly string[]> {
  const urls = await urlsOf({ ...request, metadata: { user_id: ANN } });
  return typeof urls === 'object' ? urls.named : [];
}

describe('the hosts in whose URLs values are restored', () => {
  it.each([
    ['the system prompt', { system: 'See https://a.example/b.' }],
    ['a block of the system prompt', { system: [text('See a.example')] }],
    ['a user', { messages: [user('Open http://A.EXAMPLE:80/ now')] }],
    ['a block of a user', { messages: [user([text('Open (www.a.example)')])] }],
    [
      'an image of a user',
      {
        messages: [
          user([{ type: 'image', source: { type: 'url', url: 'https://a.example/b.png' } }]),
        ],
      },
    ],
  ])('are named by %s', async (_, request) => {
    expect(await namedIn(request)).toContain('a.example');
  });

  it.each([
    [
      'a tool result',
      {
        messages: [
          user([{ type: 'tool_result', tool_use_id: 't', content: 'https://a.example/' }]),
        ],
      },
    ],
    [
      'a text in a tool result',
      {
        messages: [
          user([{ type: 'tool_result', tool_use_id: 't', content: [text('https://a.example/')] }]),
        ],
      },
    ],
    [
      'a document',
      {
        messages: [
          user([
            {
              type: 'document',
              source: { type: 'text', media_type: 'text/plain', data: 'https://a.example/' },
            },
          ]),
        ],
      },
    ],
    [
      'a search result',
      {
        messages: [
          user([
            {
              type: 'search_result',
              source: 'https://a.example/',
              title: 't',
              content: [text('https://a.example/')],
            },
          ]),
        ],
      },
    ],
    ['the model', { messages: [{ role: 'assistant', content: 'https://a.example/' }] }],
    [
      'a tool call',
      {
        messages: [
          {
            role: 'assistant',
            content: [
              { type: 'tool_use', id: 't', name: 'n', input: { url: 'https://a.example/' } },
            ],
          },
        ],
      },
    ],
    [
      'a tool description',
      { tools: [{ name: 'n', description: 'https://a.example/', input_schema: {} }] },
    ],
    [
      'a reminder, which may quote a file',
      { messages: [user('<system-reminder>https://a.example/</system-reminder>Hi')] },
    ],
  ])('are not named by %s', async (_, request) => {
    expect(await namedIn(request)).not.toContain('a.example');
  });

  it.each([
    [
      'a tool result',
      {
        messages: [
          user([{ type: 'tool_result', tool_use_id: 't', content: `https://a.example/?q=${ANN}` }]),
        ],
      },
    ],
    [
      'a tool call',
      {
        messages: [
          {
            role: 'assistant',
            content: [
              {
                type: 'tool_use',
                id: 't',
                name: 'n',
                input: { url: `https://a.example/${ANN}/b` },
              },
            ],
          },
        ],
      },
    ],
  ])('are those whose URL holds the value, in %s', async (_, request) => {
    const urls = await urlsOf(request);
    expect(urls).toMatchObject({
      holding: [expect.stringMatching(/^PII_EMAIL_[a-z2-7]{8} a\.example$/)],
    });
  });

  it.each([
    `"https://a.example/ ${ANN}`,
    `https://a.example/?q=,${ANN}`,
    `https://a.example/?q="${ANN}`,
    `<https://a.example/?q=>${ANN}`,
    `|https://a.example/?q=|${ANN}`,
    `[a](https://a.example/)${ANN}`,
    `https://a.example/;${ANN}`,
    `https://a.example/\\n${ANN}`,
    `https://a.example/{${ANN}`,
    `//a.example/é${ANN}`,
  ])('are not those of a URL beside a value: %s', async (content) => {
    const urls = await urlsOf({
      messages: [user([{ type: 'tool_result', tool_use_id: 't', content }])],
    });
    expect(urls).toEqual({ named: [], holding: [] });
  });

  it('are bounded', async () => {
    const hosts = Array.from(
      { length: URL_HOSTS_MAX + 50 },
      (_, index) => `https://a${index}.example/`,
    );
    const named = await namedIn({ system: hosts.join(' ') });
    expect(named.length).toBe(URL_HOSTS_MAX);
  });

  it('are not sent where a choice of the operator makes them useless', async () => {
    const request = { messages: [user(`${ANN} https://a.example/`)] };
    expect(await urlsOf(request, 'version: 1\nrestore_in_urls: never')).toBe('never');
    expect(await urlsOf(request, 'version: 1\nkeys: { tester: { restore_in_urls: always } }')).toBe(
      'always',
    );
    expect(await urlsOf({ messages: [user('https://a.example/')] })).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { scrubbing, tokensIn } from '../../kit/scrubbing.ts';

/** What the upstream sees of a conversation. */
async function seen(...texts: string[]): Promise<string[]> {
  const messages = texts.map((content, turn) => ({
    role: turn % 2 === 0 ? 'user' : 'assistant',
    content,
  }));
  const { text } = await scrubbing()(JSON.stringify({ model: 'm', max_tokens: 1, messages }));
  return JSON.parse(text).messages.map(({ content }: { content: string }) => content);
}

describe('a person whom a label names', () => {
  it.each([
    ['Patient: Anna Lehmann', 'Yesterday Anna Lehmann called.'],
    ['Patient: Anna Lehmann', 'Yesterday Lehmann, Anna called.'],
    ['Patient: LEHMANN, ANNA', 'Yesterday Anna Lehmann called.'],
    ['Patientin: Dr. Anna Lehmann', 'Gestern rief Anna Lehmann an.'],
    ['Patient name: Margaret A. Holloway', 'Margaret Holloway is better.'],
    ['"fullName": "Anna Lehmann"', 'x = find("ANNA LEHMANN")'],
    ['患者：王伟', '昨天王伟来了'],
    ['お客様名: 佐藤 美咲', '昨日、佐藤美咲が来ました'],
    ['성함: 김철수', '어제 김철수가 왔습니다'],
    ['Name: Li Na, phone 0171 4829301', 'ask Li Na again'],
  ])('%j is not seen in %j', async (labelled, mention) => {
    const [, , later = ''] = await seen(labelled, 'ok', mention);
    expect(tokensIn(later)).toHaveLength(1);
    const [both = ''] = await seen(`${mention}\n${labelled}`);
    expect(tokensIn(both).length).toBeGreaterThanOrEqual(2);
  });

  it('has the same placeholder wherever the same name stands', async () => {
    const [first = '', , later = ''] = await seen('Patient: Anna Lehmann', 'ok', 'Anna Lehmann?');
    expect(tokensIn(later)).toEqual(tokensIn(first));
  });

  it('is not seen by the surname after a title', async () => {
    const [, , later = ''] = await seen('Patient: Anna Lehmann', 'ok', 'Was hat Frau Lehmann?');
    expect(later).not.toContain('Lehmann');
  });

  it.each(['Anna', 'Lehmann'])('stays by %s alone, which may be a word', async (part) => {
    const mention = `${part} is here`;
    expect(await seen('Patient: Anna Lehmann', 'ok', mention)).toContain(mention);
  });

  it('is not known in earlier texts, so that prompt caches hold', async () => {
    const mention = 'Yesterday Anna Lehmann called.';
    expect(await seen(mention, 'ok', 'Patient: Anna Lehmann')).toContain(mention);
  });
});

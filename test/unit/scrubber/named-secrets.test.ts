// Secrets that a name, a command or a sentence identifies do not reach the upstream, wherever they stand.

import { describe, expect, it } from 'vitest';
import { scrubbing } from '../../kit/scrubbing.ts';
import { recordOf } from '../../kit/vaults.ts';

/** Text as it may arrive: as typed, inside JSON in a text, or between other lines. */
const FORMS: Readonly<Record<string, (text: string) => string>> = {
  'as typed': (text) => text,
  'between other lines': (text) => `Hello,\n\n${text}\n\nThanks`,
  'in JSON in a text': (text) => JSON.stringify({ log: `first\n${text}\nlast` }),
};

const inMessage = (text: string) => JSON.stringify({ messages: [{ role: 'user', content: text }] });

describe.each(Object.entries(FORMS))('a secret in a message, %s', (_form, write) => {
  it.each([
    ['a short name', 'pass := "A0$Ufie$Kthko!w"', 'A0$Ufie$Kthko!w'],
    ['a short name in capitals', 'PASS=JrE63AH4zeA', 'JrE63AH4zeA'],
    ['an abbreviation', 'pw: JrE63AH4zeA', 'JrE63AH4zeA'],
    ['an abbreviation in capitals', 'PW: JrE63AH4zeA', 'JrE63AH4zeA'],
    ['a part of a name', 'const dbPass = "JrE63AH4zeA";', 'JrE63AH4zeA'],
    ['words before the name', 'my wifi password: Plover!42x', 'Plover!42x'],
    ['words before a name with a prefix', 'my db_password=Plover!42x', 'Plover!42x'],
    ['French', 'mot de passe : Winter2026!', 'Winter2026!'],
    ['Japanese', 'パスワード: Winter2026!', 'Winter2026!'],
    ['Polish', 'hasło: Winter2026!', 'Winter2026!'],
    ['Spanish', 'La contraseña nueva es Winter2026!', 'Winter2026!'],
    ['Russian', 'пароль: Winter2026!', 'Winter2026!'],
    ['Chinese', '密码：Winter2026!', 'Winter2026!'],
    ['Korean', '비밀번호: Winter2026!', 'Winter2026!'],
    ['a sentence', 'the password for staging is Plover!42x btw', 'Plover!42x'],
    ['a sentence about the past', 'the pw was Plover!42x', 'Plover!42x'],
    ['sshpass', "sshpass -p 'JrE63AH4zeA' ssh root@db", 'JrE63AH4zeA'],
    ['docker', 'docker login -u tr -p JrE63AH4zeA reg.kranich.net', 'JrE63AH4zeA'],
    ['a call', 'smtp.login("billing@kranich.net", "Wq7!fennel-Lark")', 'Wq7!fennel-Lark'],
    ['an option of curl', 'curl_easy_setopt(c, CURLOPT_USERPWD, "root:dkb82VddSD");', 'dkb82VddSD'],
    ['a manifest', '- name: DB_PASSWORD\n  value: "dkb82VddSD"', 'dkb82VddSD'],
    ['a pair in JSON', '{"key":"api_key","value":"dkb82VddSD7q"}', 'dkb82VddSD7q'],
    ['words', 'SESSION_SECRET=correct-horse-battery-staple-91', 'correct-horse-battery-staple-91'],
    ['a URL', 'mysql://devuser:mySecret2024@10.0.0.3:3306/dev_db', 'mySecret2024'],
    ['a column', 'user;passwort\njo;dkb82VddSD', 'dkb82VddSD'],
    ['an element', '<password>\n  dkb82VddSD\n</password>', 'dkb82VddSD'],
    ['SQL', "ALTER USER jo IDENTIFIED BY 'dkb82VddSD';", 'dkb82VddSD'],
    ['the default of a variable', 'image: ${DB_PASSWORD:-dkb82VddSD}', 'dkb82VddSD'],
  ])('is replaced with %s', async (_kind, text, value) => {
    const written = write(text);
    const { text: scrubbed, vault } = await scrubbing()(inMessage(written));
    expect(scrubbed).not.toContain(value);
    expect(Object.values(recordOf(vault.values)).join(' ')).toContain(value);
  });
});

describe('a secret in the input of a tool', () => {
  it.each([
    '{"name":"DB_PASSWORD","value":"hunter22"}',
    '{"env":[{"name":"PORT","value":"8080"},{"name":"DB_PASSWORD","value":"hunter22"}]}',
    '{"Parameters":[{"Key":"adminPassword","Value":"hunter22"}]}',
    '{"db":{"pass":"hunter22"}}',
    '{"contraseña":"hunter22"}',
  ])('is replaced in %s', async (input) => {
    const body = `{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"n","input":${input}}]}]}`;
    const { text, vault } = await scrubbing()(body);
    expect(text).not.toContain('hunter22');
    expect(Object.values(recordOf(vault.values))).toEqual(['hunter22']);
  });

  it.each([
    '{"name":"BRANCH","value":"hunter22"}',
    '{"name":"DB_PASSWORD","value":"changeme"}',
    '{"name":"DB_PASSWORD","value":"${DB_PASSWORD}"}',
    '{"name":"password","required":true}',
  ])('stays when it is none: %s', async (input) => {
    const body = `{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"n","input":${input}}]}]}`;
    expect((await scrubbing()(body)).text).toBe(body);
  });
});

describe('what only looks like a secret', () => {
  it.each([
    "password = r'([a-f0-9]{48}(?![a-f0-9]))'",
    'password = getpass.getpass("Password2: ")',
    'password: Optional[Str50] = None',
    '&hf_servingcellpriorityparametersdescription_h_prio),',
    'export DB_PASSWORD=${VAULT_DB_PASSWORD}',
    'password: process.env.DB_PASSWORD',
    'API_KEY=<your-key>',
    'secret: xxxxxxxxxxxxxxxx',
    'password: changeme',
  ])('stays: %s', async (text) => {
    const body = inMessage(text);
    expect((await scrubbing()(body)).text).toBe(body);
  });
});

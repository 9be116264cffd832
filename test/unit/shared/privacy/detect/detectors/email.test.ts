import { email } from '../../../../../../shared/privacy/detect/detectors/email.ts';
import fc from 'fast-check';
import validator from 'validator';
import { describe, expect, it } from 'vitest';
import { describeDetector, findWith } from '../../../../../kit/find-with.ts';
import { checkProperty } from '../../../../../kit/properties.ts';

describeDetector('the e-mail detector', [email], {
  finds: [
    '«ada@lovelace.org»',
    'Write to «ada.lovelace+work@mail.lovelace.co.uk».',
    'Ada Lovelace <«ada@lovelace.org»>, "Babbage, Charles" <«charles_b@analytical-engine.com»>',
    'mailto:«ada@lovelace.org»?subject=Hi',
    '{"email":"«ada@lovelace.org»"}',
    'email=«ada@lovelace.org»&next=1',
    'https://app.lovelace.org/reset?user=«ada@lovelace.org»',
    'https://app.lovelace.org/reset?user=«ada%40lovelace.org»&x=1',
    'a%3D«ada@lovelace.org»',
    String.raw`"To:\n«ada@lovelace.org»\n"`,
    '-«ada@lovelace.org»\n+«eda@lovelace.org»',
    '«ada@lovelace.org».',
    '«ada@lovelace.org»...',
    '«ada@lovelace.org»,«eda@lovelace.org»;«ida@lovelace.org»',
    '...«ada@lovelace.org»',
    '«ada@lovelace.org»:hunter2',
    '«12345@163.com»',
    '«müller@bäckerei.de»',
    '«иван@почта.рф»',
    '请联系«ada@lovelace.org»谢谢',
    '«用户@例子.中国»',
    '«ada@xn--bcher-kva.ch»',
    '«ada@lovelace.technology»',
    '(«ada@lovelace.org»)',
    "'«ada@lovelace.org»'",
    'Author: Ada <«ada@lovelace.local»>',
    '«noreply2@lovelace.org»',
    `«${'a'.repeat(64)}@lovelace.org»`,
    '«a@b.co»',
    '@«ada@mastodon.social»',
    '«this@lovelace.org», «super@lovelace.org»',
  ],
  ignores: [
    'this@MainActivity.binding',
    'val owner = this@MainActivity.lifecycleScope.launch',
    'super@Outer.name',
    'this@forEach.size',
    'return@forEach.also',
    'return@map.size, break@outer.loop, continue@outer.loop',
    'git@github.com:owner/repo.git',
    'git clone ssh://git@gitlab.lovelace.org/engine.git',
    'scp notes.txt ada@lovelace.org:/home/ada',
    'rsync ada@lovelace.org:~/notes .',
    'ssh ada@lovelace.org',
    'https://ada@lovelace.org/',
    'postgres://ada:secret@db.lovelace.org/engine',
    'postgres://ada_app:Fj0rd-und.Wind!@db.lovelace.org/engine, amqp://a-b:x%2142@mq.lovelace.org',
    'lodash@4.17.21',
    'golang.org/x/net@v0.17.0',
    '@scope/pkg@1.2.3',
    'npm install @types/node@24.0.0-beta.rc',
    'react@^18.2.0',
    'icon@2x.png and logo@3x.webp',
    'getty@tty1.service',
    '@Component.Decorator class A {}',
    'scores = q@k.transpose(1, 2)',
    'x@y.T',
    'ada@example.com, ada@mail.example.org, a@b.test, a@b.invalid, a@localhost',
    'Co-Authored-By: Claude <noreply@anthropic.com>',
    'image@sha256:0123456789abcdef',
    'ada@lovelace',
    '@lovelace.org',
    'ada@.org',
    'ada@-lovelace.org',
    'ada.@lovelace.org',
    'ada @ lovelace.org',
    `${'a'.repeat(65)}@lovelace.org`,
    `ada@${'a'.repeat(64)}.org`,
    'ada@lovelace.o',
    'ada@lovelace.123',
  ],
});

describe('the e-mail detector', () => {
  const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/);
  const local = fc
    .stringMatching(/^[a-z0-9]+([._+-][a-z0-9]+){0,3}$/)
    .filter((text) => text.length < 64);

  it('finds every plain address that validator accepts', () => {
    checkProperty(
      fc.property(
        local,
        label,
        fc.constantFrom('com', 'de', 'co.jp', 'museum'),
        (name, host, top) => {
          const address = `${name}@${host}.${top}`;
          fc.pre(validator.isEmail(address) && !/noreply|no-reply|^git@|@example\./.test(address));
          expect(findWith([email], `<${address}>`)).toEqual([address]);
        },
      ),
    );
  });

  it.each(['a.a.a.', 'a@a-a-a-', 'a@', '@', 'a@a.', '%40', 'é'])(
    'looks at a bounded part of many %s',
    (part) => {
      const text = part.repeat(20_000);
      expect(findWith([email], text).join('').length).toBeLessThanOrEqual(text.length);
    },
  );
});

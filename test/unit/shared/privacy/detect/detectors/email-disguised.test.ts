import {
  emailEncoded,
  emailSpelled,
} from '../../../../../../shared/privacy/detect/detectors/email-disguised.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detector of addresses with an encoded sign', [emailEncoded], {
  finds: [
    '«marek&#64;wp&#46;pl»',
    '«marek&#64;wp.pl»',
    '<a href="mailto:«ann.lee&#x40;acme.io»">',
    'Write to «ann&commat;acme.io».',
    '«k.vogelsang&#064;gmx.de»',
  ],
  ignores: [
    '&#64;',
    '&#64;wp.pl',
    'marek&#64;',
    'noreply&#64;wp.pl',
    'ann&#64;example.com',
    'a&#65;b.co',
  ],
});

describeDetector('the detector of addresses with a spelled sign', [emailSpelled], {
  finds: [
    '«k.vogelsang (at) gmx.de»',
    'mail «ann.lee[at]acme-corp.io», or «bob {at} acme.co.uk»',
    '«ann [at] acme [dot] io»',
    '«john [dot] doe (at) mail (dot) acme (dot) io»',
    'write to «john at acme dot io» please',
    '«lukasz at langa.pl»'.replace('at langa.pl', '(at) langa.pl'),
    '{"contact":"«ann(at)acme.io»"}',
    '«ANN [AT] ACME [DOT] IO»',
    '«k.vogelsang [ät] gmx.de»',
    '«k.vogelsang(ät)gmx(punkt)de»',
    '«anna.koch arroba gmail.com»',
    '«anna.koch (arroba) gmail (punto) com»',
    '«anna.koch [chiocciola] libero.it»',
    '«anna.koch(małpa)wp.pl»',
    '«anna.koch собака mail.ru»',
    '«anna.koch (zavináč) seznam.cz»',
  ],
  ignores: [
    'una arroba de trigo',
    'la chiocciola lenta',
    'look (at) acme.io',
    'we met at acme.io',
    'at Object.foo (at) line 3',
    'ann (at) example (dot) com',
    'ann (at) noon',
    'arrive at noon dot',
    '(at) acme.io',
    'ann [at] acme',
  ],
});

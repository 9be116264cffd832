import { likelyName } from '../../../../../../shared/privacy/detect/detectors/likely-name.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detector of likely names', [likelyName], {
  finds: [
    'yesterday «Katharina Vogelsang» called',
    'with «Peter van den Berg», of course',
    '(«Anna Koch» and «Jean-Luc Moreau»)',
    'Вчера «Анна Петрова» звонила',
    'met «Ayşe Yılmaz».',
    String.raw`x\n«Anna Koch» wrote`,
  ],
  ignores: [
    'ANNA KOCH',
    'anna koch',
    'Anna',
    'annaKoch Foo',
    'Anna koch',
    'class Peter extends Foo',
    'Peter Foo()',
    'Martin Software Inc'.replace('Martin ', 'Martin '),
    'const Anna = 1',
    'new.Anna Koch',
    'Anna\nKoch',
  ],
});

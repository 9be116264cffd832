import { LETTER_NAMES } from '../../../../../../shared/privacy/detect/detectors/letter-names.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detectors of names by their place in a text', LETTER_NAMES, {
  finds: [
    'Rechnung\n\nFrau\n«Katharina Vogelsang»\nLindenallee 14a',
    String.raw`Herrn\n«Max Weber»\nLindenallee 14a`,
    'Monsieur\n«Jean Dupont»\n12 rue de la Paix',
    'CURRICULUM VITAE\n«Katharina Vogelsang»\n',
    'Lebenslauf\n\n«Katharina Vogelsang»',
    'Lebenslauf von «Katharina Vogelsang»',
    'text\n-- \n«Helena Marchetti»\nStudio',
    '-- \n«Helena Marchetti»\nStudio',
    'LG\n«Anna»',
    'MfG\n«Max Weber»',
    'vg,\n«Anna»\n',
    'made between «Margaret Holloway», residing at',
    'zwischen «Max Weber» und',
    'Hier spricht «Anna Koch» aus Köln',
    '«Anna Koch»  9:14 AM\nhi',
    '**«Anna Koch»** [9:14 PM]\nhi',
  ],
  ignores: [
    'Frau\nist nicht da',
    'for (;;) i--\nName X',
    'x\n-- \nStudio Marchetti',
    'between Monday Morning and noon',
    'between Start and End',
    'lg\nCompiling Sources',
    'Backup Job  9:14 AM\nok',
    'entre Ríos y Corrientes',
    'algorithm lg\n',
    'spoke to Customer Support',
  ],
});

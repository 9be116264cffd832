import { deIdCard } from '../../../../../../shared/privacy/detect/detectors/de-id-card.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detector of German identity cards', [deIdCard], {
  finds: [
    'Personalausweis «L01X00T471»',
    'Ausweisnummer: «T220001293», Ausweisnummer «T22000129»',
    'Reisepass «C01X00T478».',
  ],
  ignores: [
    'L01X00T471',
    'Personalausweis L01X00T472',
    'Personalausweis A01X00T471',
    'Personalausweis LO1X00T471',
    'Personalausweis l01x00t471',
    'Personalausweis L01X00T4711',
    'Personalausweis LXXXXXXX7',
  ],
});

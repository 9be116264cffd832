import { deHandelsregister } from '../../../../../../shared/privacy/detect/detectors/de-handelsregister.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detector of German register entries', [deHandelsregister], {
  finds: [
    'Amtsgericht Köln, «HRB 48213».',
    '«HRB48213», «HRB 7», «hrb 48213»',
    'eingetragen im «HRA 99999» Köln',
    'AG Charlottenburg «HRB 12345 B»',
  ],
  ignores: [
    'HRB',
    'HRB 1234567',
    'HRA 12',
    'the HRA 1998',
    'XHRB 48213',
    'HRB 48213x',
    'thrb 48213',
  ],
});

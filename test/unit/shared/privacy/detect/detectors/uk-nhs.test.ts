import { ukNhs } from '../../../../../../shared/privacy/detect/detectors/uk-nhs.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the NHS detector', [ukNhs], {
  finds: [
    'NHS number «943 476 5919»',
    'nhs_no=«9434765919»',
    'NHS: «943-476-5919».',
    '«4010232137» is their NHS number',
    'seen 12 NHS «401 023 2137»',
  ],
  ignores: [
    '943 476 5919',
    'NHS 943 476 5918',
    'NHS 9434 765919',
    'NHS 0000000000',
    'NHS 99434765919',
    'NHS 943.476.5919',
    'NHS x9434765919',
    'conhs 9434765919',
  ],
});

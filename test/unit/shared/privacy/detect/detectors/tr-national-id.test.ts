import { trNationalId } from '../../../../../../shared/privacy/detect/detectors/tr-national-id.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detector of Turkish identity numbers', [trNationalId], {
  finds: ['TCKN: «10000000146»', 'T.C. Kimlik No «10000000146»', 'kimlik numarası «19191919190»'],
  ignores: [
    '10000000146',
    'TCKN 10000000147',
    'TCKN 10000000156',
    'TCKN 00000000146',
    'TCKN 100000001460',
  ],
});

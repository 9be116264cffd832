import { zaId } from '../../../../../../shared/privacy/detect/detectors/za-id.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detector of South African identity numbers', [zaId], {
  finds: [
    'ID number: «8001015009087»',
    'id «8001015009087»',
    'RSA ID «800101 5009 087»',
    'idNumber="«8001015009087»"',
  ],
  ignores: [
    '8001015009087',
    'id 8001015009088, id 1712345678901',
    'ID number 8001015009088',
    'ID number 8013015009087',
    'ID number 8001015009387',
    'ID number 80010150090870',
  ],
});

import { krRrn } from '../../../../../../shared/privacy/detect/detectors/kr-rrn.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detector of Korean residents', [krRrn], {
  finds: [
    '주민등록번호 «900101-1234568»',
    'RRN: «850715-2345670», rrn=«9001011234568»',
    'born since the check digit was dropped, RRN «210315-3123456»',
  ],
  ignores: [
    '900101-1234568',
    'RRN 900101-1234567',
    'RRN 901301-1234568',
    'RRN 900132-1234568',
    'RRN 900101-12345689',
  ],
});

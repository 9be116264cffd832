import { inGstin, inPan } from '../../../../../../shared/privacy/detect/detectors/in-pan.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the PAN detector', [inPan], {
  finds: ['PAN: «ABCPE1234F»', 'panNumber="«AAAPL1234C»"', 'income tax «ABCPE1234F».'],
  ignores: [
    'ABCPE1234F',
    'PAN ABCDE1234F',
    'PAN abcpe1234f',
    'PAN ABCPE1234',
    'PAN ABCPE1234FG',
    'japan ABCPE1234F',
  ],
});

describeDetector('the GSTIN detector', [inGstin], {
  finds: ['GSTIN «27AAPFU0939F1ZV»', '«29AAGCB7383J1Z4».'],
  ignores: [
    '27AAPFU0939F1ZX',
    '00AAPFU0939F1ZV',
    '27AAPFU0939F1YV',
    '27aapfu0939f1zv',
    '27AAPFU0939F1ZVA',
  ],
});

import { frNir, frNirBare } from '../../../../../../shared/privacy/detect/detectors/fr-nir.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detector of French social security numbers', [frNir], {
  finds: ['«2 55 08 14 168 025 38»', 'NIR «1 85 05 78 006 084 91».', '«2-55-08-14-168-025-38»'],
  ignores: [
    '2 55 08 14 168 025 39',
    '3 55 08 14 168 025 38',
    '2 55 00 14 168 025 38',
    '2 55 08 14 168 025 381',
    '255081416802538',
  ],
});

describeDetector('the detector of French social security numbers without groups', [frNirBare], {
  finds: [
    'numéro de sécurité sociale : «255081416802538»',
    'NIR=«2550814168025 38», sécu «269052A58815717»',
    'INSEE «185057800608491»',
  ],
  ignores: [
    '255081416802538',
    'NIR 255081416802539',
    'NIR 269052C58815717',
    'NIR 2550814168025380',
  ],
});

import { vin, vinUnchecked } from '../../../../../../shared/privacy/detect/detectors/vin.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the VIN detector', [vin], {
  finds: ['«1M8GDM9AXKP042788»', 'VIN: «1HGCM82633A004352».'],
  ignores: [
    '1M8GDM9A1KP042788',
    '1m8gdm9axkp042788',
    '1M8GDM9AXKPO42788',
    '1M8GDM9AXKP0427888',
    '0M8GDM9AXKP042788',
    'WVWZZZ1JZ3W386752',
  ],
});

describeDetector('the detector of VINs without a check character', [vinUnchecked], {
  finds: ['VIN «WVWZZZ1JZ3W386752»', 'Fahrgestellnummer: «WDB9066351S123456»'],
  ignores: ['WVWZZZ1JZ3W386752', 'VIN WVWZZZ1JZ3W38675', 'VIN WVWZZZ1JZ3W38675O'],
});

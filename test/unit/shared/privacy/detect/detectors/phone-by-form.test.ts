import {
  phoneByForm,
  phoneOfContact,
} from '../../../../../../shared/privacy/detect/detectors/phone-by-form.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detector of telephone numbers in the groups of a country', [phoneByForm], {
  finds: [
    'Called back, «06 71 22 90 14», no answer («06.71.22.90.14»)',
    'Peter Holloway «07700 900412», «020 7946 0958», «0121 496 0123», «01179 460188»',
    '«0171 4829301», «0152/04412238», «0176-55512348»',
    '«079 123 45 67» | «0532 123 45 67» | «070-123 45 67»',
    '«06-48291730», «0470 12 34 56», «0412 345 678»',
    '«090-8123-4567» / «03-5456-7890», «010-9123-4567»',
    '{"value":"«0803 123 4567»"}, «050 123 4567», «050-712-3456»',
  ],
  ignores: [
    'order 0171 4829301, Bestellnummer: 0171 4829301, ref. 020 7946 0958',
    'invoice #0171-4829301, Kundennr. 0171 4829301, номер 0532 123 45 67',
    '01 02 03 04 05',
    'ff 06 71 22 90 14 0a',
    '06 71 22 90 14 15',
    '0671229014, 01714829301, 02079460958',
    '1.06 71 22 90 14, x06 71 22 90 14',
    '0100644 0100755, 0000010 000000 000020',
    '00 12 34 56 78, 0999 123 45 67',
  ],
});

describeDetector('the detector of telephone numbers of contacts', [phoneOfContact], {
  finds: [
    'Next of kin: Peter Holloway (son) «0779 912345»',
    'Emergency contact: Park Min-seo, «010-8877-6655»',
    'please call Dr. Weber on «030 901820»',
    'Contact Anna Koch («0728 593 861»)',
    'Ansprechpartner: Jonas Weber, «0251 482930»',
    'contact 杨丽娟 («08 7880 458»)',
  ],
  ignores: [
    'Peter Holloway 0779 912345',
    'contact: see order 4410231',
    'call f with 12345678',
    'call the service on 2026-11-12 10',
    'contact {a} = 0779 912345',
  ],
});

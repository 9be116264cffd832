import { foreignPlate } from '../../../../../../shared/privacy/detect/detectors/foreign-plate.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detector of number plates of other scripts', [foreignPlate], {
  finds: [
    'госномер «А123ВС77»',
    'гос. номер: «А 123 ВС 77»',
    'автомобиль «М456ОР197» синий',
    '车牌号：«京A12345»',
    '車牌 «粤B·12345»',
    '차량번호 «12가 3456»',
    '번호판: «서울 12가 3456»',
    'ナンバー：«品川 300 あ 12-34»',
    '"车牌": "«沪C12345»"',
  ],
  ignores: [
    'номер машины в цехе',
    '车牌识别系统',
    'ナンバーワン',
    '차량번호 인식',
    '登録番号 12345',
    'автомобиль 1234',
  ],
});

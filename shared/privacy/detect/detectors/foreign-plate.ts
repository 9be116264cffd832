// Number plates with letters of other scripts, beside their name: Russian, Chinese, Korean and Japanese.

import type { Detector } from '../detector.ts';

const LABELS =
  'госномер,гос. номер,гос номер,номерной знак,номер авто,номер машины,регистрационный знак,автомобиль,车牌,车牌号,车牌号码,車牌,車牌號碼,车号,차량번호,차량 번호,번호판,차번호,ナンバー,ナンバープレート,登録番号,車両番号';
const GAP = String.raw`(?:\p{L}{1,12})?[ \t\u3000]{0,3}["']?[:：=は]?["'「]?[ \t\u3000]{0,3}["'「]?`;
const FORM = [
  String.raw`[АВЕКМНОРСТУХ] ?\d{3} ?[АВЕКМНОРСТУХ]{2} ?\d{2,3}`,
  String.raw`[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·•. ]?[A-Z\d]{5,6}`,
  String.raw`(?:[가-힣]{2} ?)?\d{2,3}[가-힣] ?\d{4}`,
  String.raw`[\p{sc=Han}\p{sc=Hiragana}]{1,4} ?\d{2,3} ?[\p{sc=Hiragana}A-Z] ?\d{1,2}-\d{2}`,
].join('|');
const AFTER = new RegExp(`${GAP}(?<plate>${FORM})(?![A-Za-z0-9])`, 'uy');

export const foreignPlate: Detector = {
  entity: 'LICENSE_PLATE',
  label: 'PLATE',
  tier: 'A',
  triggers: [{ kind: 'word', words: LABELS.split(',') }],
  find(text, _start, end) {
    AFTER.lastIndex = end;
    const plate = AFTER.exec(text)?.groups?.['plate'];
    return plate === undefined
      ? undefined
      : { start: AFTER.lastIndex - plate.length, end: AFTER.lastIndex };
  },
};

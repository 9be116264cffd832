// Dates as people write dates of birth: figures, months by name, and the forms of East Asia.

const DAY = '(?:0?[1-9]|[12]\\d|3[01])';
const MONTH = '(?:0?[1-9]|1[0-2])';
const YEAR = '(?:19|20|2[45])\\d\\d';
const NAMES =
  'jan(?:uary|uar|uari|vier)?|jän(?:ner)?|feb(?:ruary|ruar|ruari)?|févr?(?:ier)?|mar(?:ch|s|zo|ço|t|ca|zec)?|märz|mrt|maart|apr(?:il|ile)?|avr(?:il)?|may|mai|mei|maj|maja|mayıs|' +
  'june?|juni|juin|jul(?:y|i|io|ho)?|juill?(?:et)?|aug(?:ust|ustus)?|ao[uû]t|sept?(?:ember|embre)?|oct(?:ober|obre)?|okt(?:ober)?|nov(?:ember|embre|embro)?|dec(?:ember)?|dez(?:ember|embro)?|déc(?:embre)?|' +
  'enero|febrero|abril|mayo|junio|agosto|septiembre|octubre|noviembre|diciembre|gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|' +
  'janeiro|fevereiro|maio|junho|julho|setembro|outubro|dezembro|stycznia|lutego|marca|kwietnia|czerwca|lipca|sierpnia|września|października|listopada|grudnia|' +
  'января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря|ocak|şubat|nisan|haziran|temmuz|ağustos|eylül|ekim|kasım|aralık|' +
  'januára?|februára?|marca|apríla?|mája|júna|júla|augusta|septembra|októbra|novembra|decembra|ledna|února|března|dubna|května|června|července|srpna|září|října|listopadu|prosince|' +
  'január|február|március|április|május|június|július|augusztus|szeptember|október|ianuarie|februarie|martie|aprilie|iunie|iulie|septembrie|octombrie|noiembrie|decembrie|' +
  'januari|februari|maj|juni|juli|augusti|oktober|december|marts|tammikuuta|helmikuuta|maaliskuuta|huhtikuuta|toukokuuta|kesäkuuta|heinäkuuta|elokuuta|syyskuuta|lokakuuta|marraskuuta|joulukuuta|' +
  'ιανουαρίου|φεβρουαρίου|μαρτίου|απριλίου|μαΐου|ιουνίου|ιουλίου|αυγούστου|σεπτεμβρίου|οκτωβρίου|νοεμβρίου|δεκεμβρίου|' +
  'січня|лютого|березня|квітня|травня|червня|липня|серпня|вересня|жовтня|листопада|грудня|januari|februari|maret|mei|agustus|desember|' +
  'มกราคม|กุมภาพันธ์|มีนาคม|เมษายน|พฤษภาคม|มิถุนายน|กรกฎาคม|สิงหาคม|กันยายน|ตุลาคม|พฤศจิกายน|ธันวาคม|' +
  'يناير|فبراير|مارس|أبريل|إبريل|مايو|يونيو|يوليو|أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر';
const JOINT = String.raw`(?:[-./ ]|\. )`;

const FORMS = [
  `${YEAR}[-./] ?${MONTH}[-./] ?${DAY}(?:T00:00:00(?:\\.0{1,6})?Z?)?`,
  `${DAY}[-./]${DAY}[-./](?:${YEAR}|\\d\\d)`,
  `${DAY}\\. ?${MONTH}\\. ?(?:${YEAR}|\\d\\d)`,
  `${YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])`,
  `${DAY}(?:st|nd|rd|th|er|º|°)?${JOINT}?(?: ?(?:of|de|d'))? ?(?:${NAMES})\\.?,?${JOINT}?(?:de |г\\. ?)?(?:${YEAR}|\\d\\d)`,
  `(?:${NAMES})\\.? ${DAY}(?:st|nd|rd|th)?,? ${YEAR}`,
  `${YEAR} ?年 ?${MONTH} ?月(?: ?${DAY} ?日?)?`,
  `[MTSHR]\\d{1,2}[./]${MONTH}[./]${DAY}`,
  `${YEAR}\\. (?:${NAMES}) ${DAY}\\.?`,
  `${YEAR} ?년 ?${MONTH} ?월 ?${DAY} ?일?`,
  `(?:昭和|平成|令和|大正)(?:\\d{1,2}|元)年${MONTH}月${DAY}日`,
  '[٠-٩]{1,2}[-/.][٠-٩]{1,2}[-/.][٠-٩]{4}',
  '[٠-٩]{4}[-/.][٠-٩]{1,2}[-/.][٠-٩]{1,2}',
].join('|');
const AT = new RegExp(`(?:${FORMS})(?![\\p{L}\\d]|[-./]\\d)`, 'iuy');

/** The end of the date at `at`. */
export function dateEnd(text: string, at: number): number | undefined {
  AT.lastIndex = at;
  return AT.test(text) ? AT.lastIndex : undefined;
}

export function isDate(value: string): boolean {
  return dateEnd(value, 0) === value.length;
}

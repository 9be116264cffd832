// Identifiers beside their own name, without regard to check digits: a mistyped number, or one of a
// newer series, is personal too. Names in English and the languages of the country.

import { luhn } from '../checksums.ts';
import { labelledDetectors, type Form, type LabelledOptions } from '../labelled.ts';
import { byStrength, checked, code, either, pattern } from '../value-forms.ts';
import { LABELLED_COMPANY_IDS } from './labelled-company-ids.ts';
import { LABELLED_PHONE } from './labelled-phone.ts';
import { LABELLED_NATIONAL_IDS } from './labelled-national-ids.ts';

/** Digits with a valid check digit, of any issuer. */
const card = checked(pattern(String.raw`\d(?:[ -]?\d){11,18}`), (digits) => luhn(digits));

const PLATE =
  /(?:[A-ZÄÖÜ]{1,4}[- ]?(?:[A-Z]{1,3}[- ]?)?\d{1,5}(?:[- ]?[A-Z]{1,3})?|[A-Z]{3}\d[A-Z]\d{2}|[A-Z]{2}[- ]?\d{1,2}[- ]?[A-Z]{1,3}[- ]?\d{4}|[A-Z]{1,3}\d{5,6}|\d{1,4}[- ]?[A-Z]{1,4}(?:[- ]?\d{1,4})?|[a-z]{2}\d\d ?[a-z]{3}|[a-z]{2}\d{1,2}[a-z]{1,3}\d{4})(?!\w)/y;
const PLATE_LENGTH_MIN = 4;

/** Capital letters and digits in the groups of most countries. */
const plate: Form = (text, start) => {
  PLATE.lastIndex = start;
  if (!PLATE.test(text)) return undefined;
  return PLATE.lastIndex - start >= PLATE_LENGTH_MIN ? PLATE.lastIndex : undefined;
};

const IBAN =
  /[A-Z]{2}\d{2}(?: ?-? ?[A-Z\d]{4}){2,6}(?:[ -]?[A-Z\d]{1,4})?(?!\w)|[a-z]{2}\d{2}[a-z\d]{11,30}(?!\w)/y;
const IBAN_DIGITS_MIN = 8;

/** An IBAN of any country and length, mistyped or cut. */
const ibanForm: Form = (text, start) => {
  IBAN.lastIndex = start;
  const written = IBAN.exec(text)?.[0];
  if (written === undefined || written.replaceAll(/\D/g, '').length < IBAN_DIGITS_MIN)
    return undefined;
  return start + written.length;
};

const DEA_FORM = pattern(String.raw`[A-Z][A-Z9]\d{7}`);

/** A number of the US Drug Enforcement Administration with its check digit. */
const deaNumber: Form = (text, start, isWeak) => {
  const end = DEA_FORM(text, start, isWeak);
  if (end === undefined) return undefined;
  const digits = Array.from(text.slice(start + 2, end), Number);
  const sum = digits.slice(0, 6).reduce((all, digit, at) => all + digit * (1 + (at % 2)), 0);
  return sum % 10 === digits[6] ? end : undefined;
};

const ROWS: readonly LabelledOptions[] = [
  LABELLED_PHONE,
  {
    entity: 'IBAN_CODE',
    label: 'IBAN',
    names: 'iban,iban number,iban no,iban nr,iban code,rib,آيبان,الآيبان,ایبان,شماره شبا,شبا'.split(
      ',',
    ),
    form: ibanForm,
    digits: [22, 22],
    run: [4, 34],
  },
  {
    entity: 'CREDIT_CARD',
    label: 'CARD',
    names: (
      'card,credit,debit,credit card,debit card,bank card,card number,card no,cc,ccn,pan,cc number,visa,mastercard,' +
      'maestro,amex,karte,kreditkarte,kreditkartennummer,kartennummer,carte,carte bancaire,carte bleue,' +
      'numéro de carte,tarjeta,cartão,carta di credito,carta,kaart,kaartnummer,creditcard,kort,' +
      'kortnummer,karta,numer karty,kart no,kart numarası,карта,номер карты,信用卡,卡号,银行卡,カード番号,카드번호'
    ).split(','),
    form: card,
    digits: [12, 19],
    run: [22, 22],
  },
  ...LABELLED_NATIONAL_IDS,
  ...LABELLED_COMPANY_IDS,
  {
    entity: 'MEDICAL_RECORD_NUMBER',
    label: 'MRN',
    names: (
      'mrn,hospital nr,medical record,medical record number,medical record no,patient id,patient number,patient no,' +
      'patient identifier,med rec no,med rec,medical rec no,hospital no,hospital id,chart no,encounter id,patienten nr,patientennr,pat nr,fallnummer,fall nr,aufnahmenummer,aufnahme nr,hospital number,chart number,patientennummer,patienten id,patientnr,' +
      'ipp,n de dossier,n dossier,numéro de dossier,dossier patient,nip patient,numéro patient,numéro de dossier médical,historia clínica,número de historia clínica,nhc,' +
      'cartella clinica,prontuário,patiëntnummer,病历号,患者番号,カルテ番号,환자번호'
    ).split(','),
    form: code({ min: 5, max: 14, digitsMin: 4, lettersMax: 4 }),
  },
  {
    entity: 'HEALTH_INSURANCE_NUMBER',
    label: 'HEALTHID',
    names: (
      'insurance id,insurance number,insurance no,health insurance,health insurance number,member id,' +
      'member number,subscriber id,policy number,policy no,policy id,medicaid,medicaid id,medicare number,' +
      'health plan id,health card number,insurance policy,policyholder id,versicherungsnummer,' +
      'versicherungsnr,versicherungsschein nr,versicherungsscheinnummer,versicherungsscheinnr,police n,police nr,policennummer,krankenversicherung,numéro d assuré,numéro de police,póliza,' +
      'número de póliza,polizza,numero polizza,apólice,polisnummer,numer polisy,保険証番号,被保険者番号,保单号'
    ).split(','),
    weakNames: ['policy'],
    form: byStrength(
      code({ min: 6, max: 16, digitsMin: 5, lettersMax: 5 }),
      pattern(String.raw`[A-Z]{1,4}[ -]?\d{6,10}`),
    ),
  },
  {
    entity: 'FINANCIAL_ACCOUNT_NUMBER',
    label: 'BANK',
    names: (
      'account number,aba,aba number,aba routing,routing,account no,account num,account nr,acct,acct no,acct number,acc no,a/c no,bank account,' +
      'bank account number,checking,checking account,savings,savings account,routing number,sort code,' +
      'bsb,ifsc,kontonummer,kontonr,konto nr,kto,kto nr,ktonr,conta corrente,c c n,bankverbindung,bankleitzahl,blz,numéro de compte,' +
      'compte bancaire,número de cuenta,cuenta bancaria,clabe,cbu,conto corrente,numero di conto,' +
      'número da conta,conta corrente,conta poupança,conta bancária,rekeningnummer,bankrekening,numer konta,nr konta,kontonummer,' +
      'číslo účtu,bankgiro,plusgiro,hesap no,hesap numarası,номер счета,номер счёта,расчетный счет,' +
      'бик,р с,лицевой счет,лицевой счёт,на счет,на счёт,账号,银行账号,口座番号,계좌번호,رقم الحساب,מספר חשבון'
    ).split(','),
    weakNames: [
      'account',
      'konto',
      'compte',
      'cuenta',
      'conto',
      'conta',
      'rekening',
      'счет',
      'счёт',
    ],
    form: byStrength(
      code({ min: 5, max: 26, digitsMin: 5, lettersMax: 4 }),
      pattern(String.raw`\d(?:[ -]?\d){7,10}|\d{20}|\d{2}(?: ?\d{4}){6}`),
    ),
    digits: [4, 28],
  },
  {
    entity: 'IMEI_HARDWARE_ID',
    label: 'DEVICE',
    names: [
      'imei',
      'imei number',
      'imeisv',
      'imei sv',
      'meid',
      'imsi',
      'iccid',
      'esn',
      'eid',
      'sim card number',
    ],
    form: code({ min: 14, max: 22, digitsMin: 12, lettersMax: 4 }),
    digits: [6, 22],
  },
  {
    entity: 'MAC_ADDRESS',
    label: 'MAC',
    names: [
      'mac',
      'mac address',
      'hwaddr',
      'hardware address',
      'physical address',
      'ethernet',
      'bssid',
      'ethernet address',
    ],
    form: pattern('[0-9a-f]{12}|[0-9a-f]{6}-[0-9a-f]{6}|[0-9a-f]{4}(?:[.-][0-9a-f]{4}){2}'),
    digits: [6, 12],
    run: [6, 12],
  },
  {
    entity: 'LICENSE_PLATE',
    label: 'PLATE',
    names: (
      'registration,license plate,vehicle,plates,licence plate,plate,plate number,plate no,number plate,registration plate,vrn,vehicle registration mark,car reg,' +
      'vehicle reg,vehicle registration,vehicle registration number,rto,bike registration,reg plate,reg no,reg nr,kennz,kennzeichen,pol kennzeichen,kfz kennzeichen,kraftfahrzeugkennzeichen,fahrzeugkennzeichen,' +
      'amtliches kennzeichen,autokennzeichen,nummernschild,immatriculation,plaque d immatriculation,plaque,n d immatriculation,nr rej,nr rejestracyjny,' +
      'matrícula,placa,targa,kenteken,kentekennummer,plaka,plakası,plaka no,plaka numarası,araç plakası,numer rejestracyjny,' +
      'registreringsnummer,nummerplade,rekisterinumero,spz,rendszám,tablica rejestracyjna,' +
      'госномер,номер авто,车牌,车牌号,ナンバープレート,차량번호,رقم اللوحة,לוחית רישוי'
    ).split(','),
    form: plate,
    digits: [1, 8],
    run: [4, 10],
  },
  {
    entity: 'MEDICAL_LICENSE',
    label: 'LICENSE',
    names: [
      'dea',
      'dea number',
      'dea no',
      'gmc',
      'gmc number',
      'gmc no',
      'nmc pin',
      'medical council',
      'medical license',
      'medical license number',
      'certificate number',
      'medical certificate',
    ],
    weakNames: ['medical', 'certificate', 'license', 'licence', 'prescriber'],
    form: byStrength(pattern(String.raw`[A-Z]{2}\d{7}|[A-Z]{0,3}\d{5,8}`), deaNumber),
  },
  {
    entity: 'PASSPORT',
    label: 'PASSPORT',
    names: (
      'passport,dokumentennummer,passport number,passport no,travel document,travel document number,passeport,reisepass,' +
      'reisepassnummer,reisepassnr,passnummer,pass nr,pass no,ausweisnummer,pasaporte,número de pasaporte,pasaporte núm,pasaporte n,passaporto n,passeport n,n passeport,passaporto,' +
      'passaporte,paspoort,paspoortnummer,paszport,pas nr,passnr,passi,pasaport,pasaport no,' +
      'паспорт,паспорт серия,серия и номер паспорта,серия паспорта,загранпаспорт,номер паспорта,паспорта,paszportu,numer paszportu,nr paszportu,pasu,číslo pasu,cestovní pas,útlevél,útlevélszám,pașaport,护照,护照号,护照号码,パスポート,パスポート番号,旅券番号,여권,여권번호,' +
      'جواز السفر,جواز سفر,جواز سفر رقم,رقم الجواز,דרכון,passaporto elettronico,passaporto italiano,passeport français,pasaporte español,' +
      'us passport,british passport,passport card,biometric passport'
    ).split(','),
    weakNames: ['pass', 'ausweis', 'paß'],
    form: byStrength(
      code({ min: 6, max: 12, digitsMin: 5, lettersMax: 4 }),
      pattern(
        String.raw`[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ\d]{7}\d(?<=\d{2}[A-Z\d]{0,3}\d)|[A-Z]{2}\d{7}`,
      ),
    ),
  },
  {
    entity: 'DRIVER_LICENSE',
    label: 'LICENSE',
    names: (
      'driver license,driver s license,driver license number,driving license,driving licence,driver licence,' +
      'driver s licence,driver permit,fahrerlaubnis,fahrerlaubnisnummer,licenza di guida,면허번호,driving licence number,license number,licence number,dl,dl no,dl number,dln,' +
      'permis n,permis numéro,patente n,licence no,licence nr,licence number,driver id,führerschein,führerscheinnummer,führerscheinnr,permis de conduire,numéro de permis,permiso de conducir,' +
      'licencia de conducir,carnet de conducir,patente,patente di guida,rijbewijs,rijbewijsnummer,prawo jazdy,' +
      'körkort,kørekort,førerkort,carteira de motorista,cnh,carta de condução,ehliyet,ehliyet no,' +
      'водительское удостоверение,运转免许证,驾驶证号,運転免許証番号,免許証番号,운전면허,운전면허번호'
    ).split(','),
    weakNames: ['licence', 'license', 'licencia', 'permis', 'driver', 'permit', 'licenza'],
    form: byStrength(
      code({ min: 5, max: 20, digitsMin: 4, lettersMax: 11 }),
      either(
        pattern(String.raw`[A-Z9]{5}\d{6}[A-Z9]{2}\d[A-Z]{2}(?: ?\d\d)?`),
        pattern(
          String.raw`\d{2}-\d{2}-\d{6}-\d{2}|[A-Z]{2}\d{7}[A-Z]|U1[A-Z\d]{7}[A-Z]|[A-Z]\d{7,8}`,
        ),
        pattern(String.raw`[A-Z]\d{3}-\d{3,4}-\d{3,4}(?:-\d{3})?`),
      ),
    ),
  },
];

export const LABELLED_IDS = labelledDetectors(ROWS);

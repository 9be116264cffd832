// National, tax and health numbers beside their own name; formats as the issuers publish them.

import { luhn } from '../checksums.ts';
import type { Form, LabelledOptions } from '../labelled.ts';
import { byStrength, checked, code, pattern } from '../value-forms.ts';

type Row = readonly [entity: string, names: string, form: Form];

const raw = String.raw;
const nineDigits = pattern(raw`\d(?:[ .-]?\d){8}`);
const tenDigits = pattern(raw`\d(?:[ .-]?\d){9}`);
const elevenDigits = pattern(raw`\d(?:[ ./-]?\d){10}`);
const thirteenDigits = pattern(raw`\d(?:[ -]?\d){12}`);

const ROWS: readonly Row[] = [
  [
    'GOVERNMENT_ID',
    'rg,registro geral,carteira de identidade,cédula de identidade',
    pattern(raw`\d{1,2}\.\d{3}\.\d{3}(?:-?[\dX])?`),
  ],
  [
    'US_ITIN',
    'itin,individual taxpayer,individual taxpayer identification number,individual taxpayer id,taxpayer',
    pattern(raw`\d{3}[- ]?\d{2}[- ]?\d{4}`),
  ],
  [
    'UK_NINO',
    'nino,n i number,ni number,ni no,national insurance,national insurance number,national insurance no,insurance number',
    pattern(raw`[A-Z]{2}(?:[ -]?\d{2}){3}[ -]?[A-D]`),
  ],
  [
    'UK_NHS',
    'nhs,national health service,nhs id,nhs number,nhs no,health services authority,health authority',
    tenDigits,
  ],
  [
    'ES_NIE',
    'nie,número de identificación de extranjero,número de identificación de extranjeros,n i e,número de identidad de extranjero',
    pattern(raw`[XYZ][- ]?\d{7}[- ]?[A-Z]`),
  ],
  [
    'ES_NIF',
    'nif,documento nacional de identidad,número de identificación fiscal,n i f,dni,d n i,cif',
    pattern(raw`(?:\d{1,2}\.?\d{3}\.?\d{3}|[A-Z][- ]?\d{7})[- ]?[A-Z\d]?`),
  ],
  [
    'DE_TAX_ID',
    'steuer id,steuerid,persönliche identifikationsnummer,steuer idnr,steuer id nr,idnr,id nr,steueridentifikationsnummer,steuer identifikationsnummer,steuerliche identifikationsnummer,identifikationsnummer',
    elevenDigits,
  ],
  [
    'DE_TAX_NUMBER',
    'steuernummer,steuernr,steuer nr,st nr,stnr',
    pattern(raw`\d{2,4}[ /]?\d{3,4}[ /]?\d{4,5}|\d{13}`),
  ],
  [
    'DE_HEALTH_INSURANCE',
    'kvnr,kv nummer,kv nr,krankenversichertennr,krankenversicherten nr,krankenversicherungsnr,krankenversicherungs nr,gesundheitskarte,elektronische gesundheitskarte,krankenversichertennummer,krankenversicherungsnummer,versichertennummer,versicherten nr,versicherten id,egk nummer,egk,krankenkasse',
    pattern(raw`[A-Z] ?\d{3} ?\d{3} ?\d{3}`),
  ],
  [
    'DE_SOCIAL_SECURITY',
    'rvnr,rv nummer,rv nr,sozialversicherungs nr,sozialversicherungsnr,sozialvers nr,vsnr,sozialversicherungsnummer,sv nummer,sv nr,svnr,rentenversicherungsnummer,rentenversicherung,versicherungsnummer,sozialversicherungsausweis,ahv,ahv nummer,avs',
    pattern(raw`\d{2} ?\d{6} ?[A-Z] ?\d{3}|\d{4} ?\d{6}|756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}`),
  ],
  ['DE_LANR', 'lanr,arzt nr,arztnummer,lebenslange arztnummer', nineDigits],
  [
    'DE_BSNR',
    'bsnr,betriebsstättennummer,betriebsstättennr,betriebsstätten nr,betriebsstätten nummer,praxisnummer,betriebsstaettennummer',
    nineDigits,
  ],
  [
    'DE_ID_CARD',
    'personalausweis,personalausweisnr,personalausweis nr,perso nr,personalausweisnummer,ausweisnummer,ausweis nr,ausweisnr,id card,identity card',
    pattern(raw`[A-Z\d]{9,10}(?<=\d[A-Z\d]{0,4})|[A-Z]{2}\d{5}[A-Z]{2}|[A-Z]{2} ?\d{7}`),
  ],
  [
    'FR_NIR',
    'nir,n ss,no ss,numéro ss,n de sécurité sociale,numéro de sécu,numéro de sécurité sociale,sécurité sociale,n sécu,sécu,numéro insee,carte vitale',
    pattern(raw`[12] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3}(?: ?\d{2})?`),
  ],
  [
    'IT_FISCAL_CODE',
    'codice fiscale,cod fiscale,c f,cf',
    pattern(raw`[A-Z]{6} ?\d{2}[A-Z]\d{2} ?[A-Z]\d{3}[A-Z]`),
  ],
  [
    'KR_RRN',
    'rrn,frn,resident registration number,resident registration,alien registration,foreigner registration,주민등록번호,주민번호,외국인등록번호,외국인번호,foreigner registration number,alien registration number',
    pattern(raw`\d{6}[- ]?(?:\d{7}|\d[*]{6})`),
  ],
  [
    'US_MBI',
    'mbi,beneficiary,hicn,medicare,medicare beneficiary,medicare id,medicare beneficiary identifier,beneficiary id,patient',
    pattern(raw`[1-9][A-Z][A-Z\d]\d-?[A-Z][A-Z\d]\d-?[A-Z]{2}\d{2}`),
  ],
  [
    'US_NPI',
    'npi,national provider,provider id,provider identifier,national provider identifier,npi number',
    tenDigits,
  ],
  [
    'US_NPI',
    'provider,physician,prescriber',
    checked(tenDigits, (digits) => /^[12]/.test(digits) && luhn(`80840${digits}`)),
  ],
  [
    'CA_SIN',
    'sin,sin number,social insurance number,assurance sociale,numéro nas,social insurance,numéro d assurance sociale,nas',
    pattern(raw`\d{3}[ -]?\d{3}[ -]?\d{3}`),
  ],
  [
    'IN_AADHAAR',
    'aadhaar,aadhar,aadhaar number,uidai,आधार,आधार संख्या',
    pattern(raw`\d{4}[ :-]?\d{4}[ :-]?\d{4}`),
  ],
  [
    'IN_PAN',
    'pan,pan card,pan number,pan no,permanent account number',
    pattern(raw`[A-Z]{5}\d{4}[A-Z]|[A-Z]\d{4}[A-Z]{5}`),
  ],
  [
    'IN_GSTIN',
    'gstin,goods and services tax,gst registration,gst number,gst no,gst',
    pattern(raw`\d{2}[A-Z]{5}\d{4}[A-Z][A-Z\d]{3}`),
  ],
  [
    'IT_IDENTITY_CARD',
    'carta,identità,elettronica,carta d identità,carta identità,carta d identità elettronica,carta d identità n,cie',
    pattern(raw`[A-Z]{2} ?\d{7}|\d{7} ?[A-Z]{2}|[A-Z]{2}\d{5}[A-Z]{2}`),
  ],
  ['IT_VAT_CODE', 'piva,partita iva,p iva,pi', checked(elevenDigits, (digits) => luhn(digits))],
  ['AU_TFN', 'tfn,tax file number', pattern(raw`\d{3} ?\d{3} ?\d{2,3}`)],
  [
    'AU_MEDICARE',
    'medicare card,medicare number,medicare no',
    pattern(raw`\d{4} ?\d{5} ?\d(?:[ /-]?\d)?`),
  ],
  ['AU_ABN', 'abn,australian business number', pattern(raw`\d{2} ?\d{3} ?\d{3} ?\d{3}`)],
  ['AU_ACN', 'acn,australian company number', pattern(raw`\d{3} ?\d{3} ?\d{3}`)],
  ['BR_CPF', 'cpf', pattern(raw`\d{3}\.?\d{3}\.?\d{3}[- ]?\d{2}`)],
  ['BR_CNPJ', 'cnpj', pattern(raw`\d{2}\.?\d{3}\.?\d{3}/?\d{4}-?\d{2}`)],
  [
    'CN_RESIDENT_ID',
    '身份证,身份证号,身份证号码,居民身份证,公民身份号码,身份證,身份證字號,resident identity card',
    pattern(raw`\d{17}[\dX]|\d{15}|[A-Z][12]\d{8}`),
  ],
  [
    'JP_INDIVIDUAL_NUMBER',
    'マイナンバー,個人番号,my number card,individual number',
    pattern(raw`\d{4}[ -]?\d{4}[ -]?\d{4}`),
  ],
  ['NL_BSN', 'bsn,burgerservicenummer,sofinummer', nineDigits],
  [
    'BE_NATIONAL_NUMBER',
    'rijksregisternummer,insz,niss,numéro national,registre national,rrn',
    elevenDigits,
  ],
  ['PL_PESEL', 'pesel,numer pesel', elevenDigits],
  [
    'SE_PERSONNUMMER',
    'company identity code,personal identity code,personnummer,svenskt personnummer,svensk id,swedish id,orgnr,företagsnummer,personal identity number,samordningsnummer,orgnummer,org nr,organisationsnummer,organization number',
    pattern(raw`(?:\d{6}|\d{8})[-+ ]?\d{4}`),
  ],
  ['DK_CPR', 'cpr,cpr no,cpr nr,cpr nummer,cprnummer', pattern(raw`\d{6}[- ]?\d{4}`)],
  ['NO_FODSELSNUMMER', 'fødselsnummer,fodselsnummer,fnr', pattern(raw`\d{6} ?\d{5}`)],
  [
    'FI_PERSONAL_IDENTITY_CODE',
    'hetu,personbeteckning,personbeteckningen,finnish id,henkilötunnus,personal identity code',
    pattern(raw`\d{6}[-+A-FU-Y]\d{3}[A-Z\d]`),
  ],
  [
    'TR_NATIONAL_ID',
    'tc kimlik,tc no,turkish id,türk kimlik,nüfus cüzdanı,tc kimlik no,t c kimlik no,tckn,kimlik no,kimlik numarası',
    elevenDigits,
  ],
  [
    'TH_TNIN',
    'เลขประจำตัวประชาชน,เลขบัตรประชาชน,tnin,thai id number,บัตรประชาชน,thai id,thai national id',
    thirteenDigits,
  ],
  [
    'ZA_ID_NUMBER',
    'id no,id nr,south african id,smart id,identity number,sa id,rsa id,id number,permanent resident number',
    thirteenDigits,
  ],
  ['SG_NRIC_FIN', 'nric,nric fin,fin,nric no,fin no', pattern(raw`[A-Z]\d{7}[A-Z]`)],
  ['MX_CURP', 'curp', pattern(raw`[A-Z]{4}\d{6}[A-Z]{6}[A-Z\d]\d`)],
  [
    'MX_RFC',
    'rfc,registro federal de contribuyentes',
    pattern(raw`[A-ZÑ&]{3,4}-?\d{6}-?[A-Z\d]{3}`),
  ],
  [
    'NG_NIN',
    'nin,national identification number,national identity number,nimc,national identity,nigeria id',
    elevenDigits,
  ],
  [
    'TAX_IDENTIFICATION_NUMBER',
    'tin,taxpayer identification number,bir tin,tax registration number,tin no,tax id,tax number,taxpayer id,tax identification number,tax reference,utr,ein,fein,employer identification number,' +
      'vat,vat no,vat id,vat number,ust id,ust idnr,ustid,umsatzsteueridentifikationsnummer,umsatzsteuer identifikationsnummer,ust identifikationsnummer,mwst nummer,mwst nr,umsatzsteuer id,numéro fiscal,numéro de tva,tva intracommunautaire,número fiscal,ruc,rut,' +
      'cuit,cuil,partita iva,p iva,btw nummer,btw,nip,regon,oib,αφμ,afm,vkn,vergi no,vergi kimlik no,инн,огрн,' +
      '税号,统一社会信用代码,사업자등록번호,brn,business registration number,사업자번호,사업자,unique entity number,business registration,uen,kvk,kvk nummer,ustid nr',
    code({ min: 8, max: 18, digitsMin: 6, lettersMax: 6 }),
  ],
  [
    'GOVERNMENT_ID',
    'r č,rč,dowód osobisty,nr dowodu,numer dowodu,seria i nr dowodu,seria i numer dowodu,nr dowodu osobistego,ic no,registro geral,' +
      'national id,national id number,national identity number,identity number,identity card number,id card number,citizen id,' +
      'government id,cnic,nik,nomor ktp,ktp,no ktp,mykad,ic number,cccd,cmnd,số cccd,cédula,cedula,cédula de identidad,' +
      'documento de identidad,carta d identità,carta identità,carte d identité,cni,bilhete de identidade,cartão de cidadão,cnp,' +
      'dowód osobisty,dowodu osobistego,numer dowodu,nr dowodu,číslo op,občanský průkaz,egn,егн,rodné číslo,rodne cislo,oib,taj,taj szám,amka,αμκα,emso,jmbg,asmens kodas,isikukood,personas kods,kennitala,' +
      'pps,ppsn,pps number,снилс,паспорт рф,рнокпп,ипн,іпн,hkid,hong kong id,香港身份证,voter id,voter,voter card,elector photo identity card,epic,epic no,' +
      'emirates id,iqama,الهوية,رقم الهوية,الرقم القومي,رقم الإقامة,کد ملی,کدملی,תעודת זהות,ת ז,מספר זהות,teudat zehut',
    code({ min: 7, max: 20, digitsMin: 6, lettersMax: 4 }),
  ],
];

export const LABELLED_NATIONAL_IDS: readonly LabelledOptions[] = [
  {
    entity: 'US_SSN',
    label: 'SSN',
    names: (
      's s n,sozialversicherungsnummer,ssn,ssn number,social security,social security number,social security no,social,soc sec,' +
      'ss number,ss no,seguro social,número de seguro social'
    ).split(','),
    weakNames: ['ss'],
    form: byStrength(pattern(raw`\d{3}[- .]?\d{2}[- .]?\d{4}`), pattern(raw`\d{3}-\d{2}-\d{4}`)),
  },
  ...ROWS.map(([entity, names, form]) => ({
    entity,
    label:
      entity === 'US_ITIN' ? 'ITIN' : entity === 'TAX_IDENTIFICATION_NUMBER' ? 'TAXID' : 'NATID',
    names: names.split(','),
    form,
    run: [4, 22] as const,
  })),
];

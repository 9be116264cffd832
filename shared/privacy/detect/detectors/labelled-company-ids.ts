// Numbers of companies in public registers, beside their name: a sole trader's number identifies a person.

import type { LabelledOptions } from '../labelled.ts';
import { code, pattern } from '../value-forms.ts';

const raw = String.raw;

export const LABELLED_COMPANY_IDS: readonly LabelledOptions[] = [
  {
    entity: 'DE_HANDELSREGISTER',
    label: 'COMPANYID',
    names:
      'handelsregister,handelsregisternummer,handelsregister nr,registernummer,hrb,hra,hrb nr,hra nr'.split(
        ',',
      ),
    form: pattern(raw`(?:HR[AB] ?)?\d{2,6}(?: [A-Z])?`),
    digits: [2, 6],
    run: [5, 9],
  },
  {
    entity: 'COMPANY_NUMBER',
    label: 'COMPANYID',
    names: (
      'company number,company no,company registration,company registration number,company registration no,companies house,' +
      'registered number,registered in england no,crn,cro number,duns,duns number,lei,' +
      'firmenbuch,firmenbuchnummer,unternehmens id,' +
      'siret,siren,n siret,n siren,numéro siret,numéro siren,rcs,numéro rcs,numéro d entreprise,bce,kbo,ondernemingsnummer,' +
      'kvk nr,kamer van koophandel,krs,numer krs,ičo,ico,identifikační číslo,cégjegyzékszám,cui,cif,eik,еик,' +
      'cvr,cvr nr,y tunnus,ly tunnus,yrityksen tunnus,foretaksnummer,organisasjonsnummer,numero rea,rea,' +
      'nit,rnc,nipc,nire,огрнип,окпо,法人番号,会社法人等番号,統一編號,统一编号,법인등록번호,السجل التجاري,رقم السجل التجاري'
    ).split(','),
    form: code({ min: 7, max: 20, digitsMin: 6, lettersMax: 6 }),
  },
];

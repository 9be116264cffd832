import { LABELLED_COMPANY_IDS } from '../../../../../../shared/privacy/detect/detectors/labelled-company-ids.ts';
import { labelledDetectors } from '../../../../../../shared/privacy/detect/labelled.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector(
  'the detectors of labelled company numbers',
  labelledDetectors(LABELLED_COMPANY_IDS),
  {
    finds: [
      'Handelsregisternummer: «48213», HRB «48213 B»',
      'SIRET «73282932000074», SIREN : «732 829 320»',
      'Company No. «SC123456», company registration number «09876543»',
      'IČO: «27074358», KRS «0000123456», CVR-nr. «12 34 56 78»',
      'Y-tunnus «1234567-8», organisasjonsnummer «974 760 673»',
      '法人番号：«1180301018771»',
    ],
    ignores: [
      '73282932000074',
      'uid=16777216, fn 48213000, cui 12',
      'Company: 3 employees, company number: none',
      'Handelsregister 2026-11-12',
    ],
  },
);

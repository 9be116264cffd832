// All detectors, in order of precedence: the first one names a range that several find. The most
// certain and most harmful come first.

import type { Detector } from './detector.ts';
import { abaRouting } from './detectors/aba-routing.ts';
import { auAcn, auAbn } from './detectors/au-acn.ts';
import { auMedicare } from './detectors/au-medicare.ts';
import { auTfn } from './detectors/au-tfn.ts';
import {
  basicHeader,
  bearerHeader,
  authorizationHeader,
  curlUser,
} from './detectors/authorization-header.ts';
import { awsSecretKeyByName, awsSecretKeyById } from './detectors/aws-secret-key.ts';
import { beNationalNumber, beNationalNumberBare } from './detectors/be-nn.ts';
import { brCpf, brCnpj, brCpfBare, brCnpjBare } from './detectors/br-cpf.ts';
import { caSin } from './detectors/ca-sin.ts';
import { cardCode, cardExpiry, pin, bankCode } from './detectors/card-details.ts';
import { CLOUD_KEYS } from './detectors/cloud-keys.ts';
import { cnResidentId } from './detectors/cn-resident-id.ts';
import {
  COMMAND_PASSWORDS,
  hereString,
  pipedPassword,
  sentPassword,
} from './detectors/command-password.ts';
import { COMPLETE_ADDRESSES } from './detectors/complete-address.ts';
import { creditCard, creditCardBare } from './detectors/credit-card.ts';
import { bitcoin, ethereum } from './detectors/crypto-wallet.ts';
import { dateOfBirth } from './detectors/date-of-birth.ts';
import { deIdCard } from './detectors/de-id-card.ts';
import { deTaxId } from './detectors/de-tax-id.ts';
import { deHandelsregister } from './detectors/de-handelsregister.ts';
import { deVatId } from './detectors/de-vat-id.ts';
import { dkCpr, dkCprBare } from './detectors/dk-cpr.ts';
import { email } from './detectors/email.ts';
import { emailEncoded, emailSpelled } from './detectors/email-disguised.ts';
import { esNif, esNie } from './detectors/es-nif.ts';
import { fiHetu } from './detectors/fi-hetu.ts';
import { foreignPlate } from './detectors/foreign-plate.ts';
import { FORGE_KEYS } from './detectors/forge-keys.ts';
import { frNir, frNirBare } from './detectors/fr-nir.ts';
import { genericSecret } from './detectors/generic-secret.ts';
import { HL7 } from './detectors/hl7.ts';
import { httpCookie } from './detectors/http-cookie.ts';
import { iban, ibanMistyped } from './detectors/iban.ts';
import { passport, driverLicense } from './detectors/identity-document.ts';
import { inAadhaar } from './detectors/in-aadhaar.ts';
import { inGstin, inPan } from './detectors/in-pan.ts';
import { ipv4, ipv6 } from './detectors/ip-address.ts';
import { itFiscalCode } from './detectors/it-fiscal-code.ts';
import { jwt } from './detectors/jwt.ts';
import { krRrn } from './detectors/kr-rrn.ts';
import { birthDateBefore, labelledBirthDate } from './detectors/labelled-birth-date.ts';
import { labelledName } from './detectors/labelled-name.ts';
import { LETTER_NAMES } from './detectors/letter-names.ts';
import { likelyName } from './detectors/likely-name.ts';
import { LABELLED_IDS } from './detectors/labelled-ids.ts';
import { macAddress, macAddressDotted } from './detectors/mac-address.ts';
import { firstArgument, loginCall, signingKey, userPassword } from './detectors/login-call.ts';
import {
  connectionString,
  netrcPassword,
  pgpassLine,
  shadowLine,
} from './detectors/login-lines.ts';
import { leakedLogin, loginPair } from './detectors/login-pair.ts';
import { mailboxName } from './detectors/mailbox-name.ts';
import { MARKED_KEYS } from './detectors/marked-keys.ts';
import { MODEL_KEYS } from './detectors/model-keys.ts';
import { mxCurp } from './detectors/mx-curp.ts';
import { namedElement, namedPair } from './detectors/named-pair.ts';
import { NAMED_KEYS } from './detectors/named-keys.ts';
import { nlBsn } from './detectors/nl-bsn.ts';
import { passwordHash } from './detectors/password-hash.ts';
import { phoneByForm, phoneOfContact } from './detectors/phone-by-form.ts';
import {
  phoneInternational,
  phoneBracketed,
  phoneNorthAmerican,
  phoneWithExitCode,
  phoneNational,
  phoneSpoken,
} from './detectors/phone.ts';
import { plPesel } from './detectors/pl-pesel.ts';
import { postcode, postcodeWithLetters } from './detectors/postcode.ts';
import { PRIVATE_KEYS } from './private-keys.ts';
import { sePersonnummer } from './detectors/se-personnummer.ts';
import { seedPhrase } from './detectors/seed-phrase.ts';
import { RECORD_NAMES } from './detectors/record-names.ts';
import { SECRET_MANIFEST } from './detectors/secret-manifest.ts';
import { SERVICE_KEYS } from './detectors/service-keys.ts';
import { sgNric } from './detectors/sg-nric.ts';
import { labelledAddress } from './detectors/street-address.ts';
import { thTnin } from './detectors/th-tnin.ts';
import {
  addressedName,
  introducedName,
  nameReading,
  salutedName,
  signedName,
  speakerName,
  titledName,
} from './detectors/titled-name.ts';
import { trNationalId } from './detectors/tr-national-id.ts';
import { ukNhs } from './detectors/uk-nhs.ts';
import { ukNino } from './detectors/uk-nino.ts';
import { urlCredentials } from './detectors/url-credentials.ts';
import {
  accessLogUser,
  commandUser,
  homeDirectory,
  labelledUserName,
  listedOwner,
  promptUser,
} from './detectors/user-name.ts';
import { codeOwner, domainUser, USER_RECORDS } from './detectors/user-records.ts';
import { usBankAccount } from './detectors/us-bank-account.ts';
import { usItin, usItinBare } from './detectors/us-itin.ts';
import { usMbi } from './detectors/us-mbi.ts';
import { usNpi } from './detectors/us-npi.ts';
import { usSsn, usSsnBare } from './detectors/us-ssn.ts';
import { vin, vinUnchecked } from './detectors/vin.ts';
import { zaId } from './detectors/za-id.ts';

/** Tier and configuration decide which of them are on. */
export const DETECTORS: readonly Detector[] = [
  // Keys with a published format.
  ...PRIVATE_KEYS,
  ...MODEL_KEYS,
  ...CLOUD_KEYS,
  ...FORGE_KEYS,
  ...SERVICE_KEYS,
  ...MARKED_KEYS,
  awsSecretKeyByName,
  awsSecretKeyById,
  ...NAMED_KEYS,
  jwt,
  passwordHash,
  // Credentials found by position.
  urlCredentials,
  connectionString,
  pgpassLine,
  netrcPassword,
  shadowLine,
  loginCall,
  firstArgument,
  signingKey,
  userPassword,
  loginPair,
  leakedLogin,
  ...COMMAND_PASSWORDS,
  pipedPassword,
  hereString,
  sentPassword,
  basicHeader,
  bearerHeader,
  authorizationHeader,
  curlUser,
  // Addresses and money.
  email,
  emailEncoded,
  emailSpelled,
  creditCard,
  iban,
  bitcoin,
  ethereum,
  // Identifiers with a distinctive format or a check digit.
  usSsn,
  usItin,
  ukNino,
  usMbi,
  itFiscalCode,
  esNif,
  esNie,
  fiHetu,
  mxCurp,
  sgNric,
  inGstin,
  deVatId,
  deHandelsregister,
  deIdCard,
  beNationalNumber,
  brCpf,
  brCnpj,
  dkCpr,
  frNir,
  vin,
  // Telephone numbers.
  phoneInternational,
  phoneBracketed,
  phoneNorthAmerican,
  phoneWithExitCode,
  phoneNational,
  phoneSpoken,
  phoneByForm,
  phoneOfContact,
  // Identifiers with a check digit that need context.
  creditCardBare,
  ibanMistyped,
  ukNhs,
  usNpi,
  abaRouting,
  caSin,
  auTfn,
  auMedicare,
  auAcn,
  auAbn,
  zaId,
  inAadhaar,
  inPan,
  deTaxId,
  frNirBare,
  beNationalNumberBare,
  nlBsn,
  dkCprBare,
  sePersonnummer,
  plPesel,
  trNationalId,
  thTnin,
  krRrn,
  cnResidentId,
  brCpfBare,
  brCnpjBare,
  usSsnBare,
  usItinBare,
  vinUnchecked,
  // Machine addresses.
  ipv4,
  ipv6,
  macAddress,
  macAddressDotted,
  // Values that only context identifies.
  cardCode,
  cardExpiry,
  pin,
  bankCode,
  usBankAccount,
  passport,
  driverLicense,
  ...LABELLED_IDS,
  foreignPlate,
  // People, where a label, a title or the place says so.
  labelledBirthDate,
  birthDateBefore,
  ...HL7,
  labelledName,
  ...RECORD_NAMES,
  ...LETTER_NAMES,
  mailboxName,
  titledName,
  salutedName,
  signedName,
  addressedName,
  introducedName,
  speakerName,
  nameReading,
  labelledAddress,
  ...COMPLETE_ADDRESSES,
  homeDirectory,
  labelledUserName,
  commandUser,
  accessLogUser,
  listedOwner,
  promptUser,
  ...USER_RECORDS,
  codeOwner,
  domainUser,
  likelyName,
  dateOfBirth,
  postcode,
  postcodeWithLetters,
  // Secrets that only a name identifies.
  httpCookie,
  seedPhrase,
  ...SECRET_MANIFEST,
  namedPair,
  namedElement,
  genericSecret,
];

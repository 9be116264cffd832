// Telephone numbers beside a label in some forty languages, or in a column of that name. No
// numbering plan is asked: local numbers, extensions and mistyped ones are personal too.

import type { LabelledOptions } from '../labelled.ts';
import { labelledPhoneEnd } from '../phone-forms.ts';
import { PHONE_PHRASES, WEAK_PHONE_PHRASES } from './phone-phrases.ts';

const NAMES =
  'fone,fones,handynr,phone,phone number,telephone,tel,tel no,tel nr,mobile,mobile phone,mob,cell,cell phone,cellphone,' +
  'cellular,fax,telefax,whats app,whatsapp,viber,sms,gsm,msisdn,call me,call us,dial,landline,' +
  'home phone,work phone,phone home,phone work,caller id,hotline,switchboard,text me,phone me,ring me,' +
  'reach me,caller number,contact number,contact no,daytime number,emergency contact,' +
  // German, Dutch, Nordic
  'telefon,telefonnummer,telefonnr,handy,handynummer,handynr,mobil,mobilnummer,mobiltelefon,rufnummer,' +
  'festnetz,festnetznummer,rückrufnummer,durchwahl,mobilfunk,mobilfunknummer,faxnummer,telefoon,' +
  'telefoonnummer,mobiel,mobiele nummer,gsm nummer,vaste lijn,tlf,tlfnr,telefonnummer,mobilnr,mobiltelefonnummer,' +
  'puhelin,puhelinnumero,puh,matkapuhelin,gsm numero,sími,símanúmer,farsími,' +
  // Romance
  'téléphone,telephone,tél,portable,numéro de portable,mobile perso,fixe,teléfono,telefono,móvil,' +
  'movil,celular,fijo,telefone,telemóvel,telemovel,cellulare,cell,recapito telefonico,telefonino,' +
  'telèfon,mòbil,tfno,tlfno,tel fijo,fono,contato,número de telefone,telefón,' +
  // Slavic, Baltic, Greek, Hungarian, Romanian, Turkish and others
  'telefonu,komórka,komórkowy,tel kom,numer telefonu,nr telefonu,telefonní číslo,telefonne cislo,mobilní,' +
  'mobilný telefón,mobitel,broj telefona,kućni telefon,телефон,тел,моб,мобильный,номер телефона,сотовый,' +
  'мобільний,номер телефону,мобилен,телефонен номер,мобилни,број телефона,tālrunis,telefonas,' +
  'mobilusis,telefoni number,mobiil,τηλέφωνο,τηλ,κινητό,κιν,mobiltelefon,telefonszám,telefonos elérhetőség,' +
  'telefon mobil,număr de telefon,cep,cep no,cep telefonu,cep tel,telefon no,telefon numarası,gsm no,' +
  'telepono,nomor telepon,no hp,nomor hp,hp,telepon,no telp,telp,nombor telefon,no tel,điện thoại,số điện thoại,' +
  'sđt,di động,simu,nambari ya simu,' +
  // Other scripts
  '电话,电话号码,手机,手机号,手机号码,联系电话,座机,传真,電話,電話番号,手機,手機號碼,聯絡電話,' +
  '携帯,携帯電話,携帯番号,連絡先,お電話,ファックス,電話號碼,전화,전화번호,휴대폰,휴대전화,핸드폰,연락처,휴대폰번호,' +
  'หมายเลขโทรศัพท์,เบอร์โทร,เบอร์โทรศัพท์,โทรศัพท์,โทร,มือถือ,เบอร์มือถือ,फ़ोन,फोन,मोबाइल,मोबाइल नंबर,फोन नंबर,दूरभाष,' +
  'ফোন,মোবাইল,தொலைபேசி,கைபேசி,فون,موبائل,فون نمبر,' +
  'هاتف,الهاتف,رقم الهاتف,جوال,الجوال,رقم الجوال,موبايل,الموبايل,رقم الموبايل,محمول,واتساب,تليفون,' +
  'تلفن,شماره تلفن,موبایل,تلفن همراه,شماره موبایل,טלפון,טל,נייד,מספר טלפון,סלולרי,פלאפון,פקס';

/** Need a number in groups, or one with a prefix. */
const WEAK_NAMES =
  'voice,desk,rückfragen,bereitschaft,notruf,auskunft,praxis,klinik,reception,front desk,helpline,infoline,office,home,work,direct,direct line,main line,line,extension,ext,contact,call,callback,' +
  'call back,reach out,ph,büro,privat,dienstlich,geschäftlich,zentrale,bureau,' +
  'domicile,standard,oficina,casa,trabajo,ufficio,casa,kantoor,thuis,werk,praca,dom,dienst,ev,iş,' +
  'офис,рабочий,домашний,الرقم,自宅,会社,勤務先,집,사무실,公司,家庭';

export const LABELLED_PHONE: LabelledOptions = {
  entity: 'PHONE_NUMBER',
  label: 'PHONE',
  names: [...new Set([...NAMES.split(','), ...PHONE_PHRASES])],
  weakNames: [...new Set([...WEAK_NAMES.split(','), ...WEAK_PHONE_PHRASES])],
  form: labelledPhoneEnd,
  digits: [3, 15],
  run: [8, 22],
};

// Labels of postal addresses and their parts, in some thirty languages.

import { spellings } from './labelled-field.ts';

const WHOLE = spellings(
  'address,addr,addr.,home address,place of residence,mailing addr,last known address,correspondence address,service address,property address,residing at,lives at,living at,resides at,resident at,resident of,residing in,i live at,we live at,domiciled at,' +
    'postal address,mailing address,street address,billing address,shipping address,delivery address,residential address,residence,' +
    'address line 1,address line 2,address1,address2,addr1,anschrift,adresse,wohnanschrift,lieferadresse,rechnungsadresse,lieferanschrift,wohnhaft,wohnhaft in,' +
    'adresse postale,domicile,demeurant,domicilié,domiciliée,demeurant au,dirección,direccion,domicilio,domiciliado en,residente en,indirizzo,residente in,residenza,' +
    'meldeadresse,wohnsitz,wohne,wohne in,wohne in der,wohnt,wohnt in,wohnt in der,wohnt am,wohnt im,wohnend,habite,habite au,habitant,habitant au,résidant,résidant au,vive en,vivo en,con domicilio en,abita in,residente a,abitante in,mora na,mora em,woont,woont op,woont aan,woonachtig te,woonachtig,' +
    'zam.,zamieszkały przy,zamieszkała przy,mieszka przy,adres korespondencyjny,проживает,проживающий,проживающая,зарегистрирован по адресу,зарегистрирована по адресу,место жительства,адреса,місце проживання,' +
    'adresa,bydliště,trvalé bydliště,lakcím,cím,domiciliu,adresă,διεύθυνση,kodin osoite,osoite,adress,bostadsadress,bopæl,bostedsadresse,adresse complète,địa chỉ,alamat,alamat rumah,כתובת,ที่อยู่,पता,ikamet adresi,ikametgah,家住,現住址,' +
    'morada,endereço,endereco,residente na,adres,woonadres,zamieszkały,zamieszkała,adres zamieszkania,адрес,проживает по адресу,адрес доставки,' +
    '住所,現住所,ご住所,お届け先,配送先,送付先,地址,住址,家庭住址,收货地址,通讯地址,주소,배송지,거주지,adresi,ev adresi,العنوان,عنوان السكن,عنوان',
);
const STREET = spellings(
  'street,street 1,street name,straße,strasse,rue,calle,via,rua,straat,ulica,улица,sokak,cadde,straße und hausnummer,straße hausnummer,straße/hausnummer,straße/hausnr.,straße/hausnr,straße/nr.,straße/nr,straße nr,straße und hausnr.,straße u. nr.,str./nr.,str.,street no,street and number,line 1,line1,street 2,street address 1,rue et numéro,vía,utca,gatuadress,katuosoite,街道,番地',
);
const CODE = spellings(
  'postal zone,zip,zip code,cp,c.p.,psč,irányítószám,cod poștal,τ.κ.,postnummer,postnr,postinumero,mã bưu điện,kode pos,מיקוד,zipcode,postal code,postcode,post code,plz,postleitzahl,code postal,código postal,codigo postal,cap,cep,código de endereçamento postal,kod pocztowy,индекс,почтовый индекс,posta kodu,郵便番号,邮编,邮政编码,우편번호,الرمز البريدي',
);
const TOWN = spellings(
  'city name,town name,place of residence,lieu de résidence,city,town,město,obec,település,oraș,πόλη,postort,poststed,kaupunki,kota,thành phố,עיר,ort,wohnort,stadt,ville,localité,ciudad,localidad,città,comune,cidade,localidade,stad,plaats,woonplaats,miasto,miejscowość,город,şehir,市区町村,城市,도시,المدينة',
);
/** A code and a town in one field. */
const CODE_AND_TOWN = spellings(
  'plz/ort,plz / ort,plz ort,plz und ort,zip/city,zip city,cp/ville,code postal et ville,code postal / ville,cp ville,cap/città,cap città,postcode en plaats,postcode/plaats,kod i miasto,psč a město,postnr./sted',
);
const NUMBER = spellings(
  'house number,house no,building number,hausnummer,hausnr,haus nr,numéro de rue,numero civico,civico,huisnummer,número exterior,nr domu,номер дома',
);
export type AddressPart = 'whole' | 'street' | 'code' | 'town' | 'codeAndTown' | 'number';
export const PART_BY_LABEL: ReadonlyMap<string, AddressPart> = new Map<string, AddressPart>([
  ...['straße, nr.', 'straße, hausnummer', 'strasse, nr.', 'rue, n°'].map(
    (label) => [label, 'street'] as const,
  ),
  ...['plz, ort', 'plz,ort', 'zip, city', 'cp, ville', 'cap, città'].map(
    (label) => [label, 'codeAndTown'] as const,
  ),
  ...CODE_AND_TOWN.map((label) => [label, 'codeAndTown'] as const),
  ...NUMBER.map((label) => [label, 'number'] as const),
  ...['line":[', 'line": [', 'line\\":[', 'line\\": ['].map((label) => [label, 'street'] as const),
  ...WHOLE.map((label) => [label, 'whole'] as const),
  ...STREET.map((label) => [label, 'street'] as const),
  ...CODE.map((label) => [label, 'code'] as const),
  ...TOWN.map((label) => [label, 'town'] as const),
]);

/** Before an address without any sign, in a sentence. */
export const PROSE: ReadonlySet<string> = new Set(
  (
    'wohne,wohne in,wohne in der,wohnhaft,wohnhaft in,wohnt,wohnt in,wohnt in der,wohnt am,wohnt im,wohnend,demeurant,demeurant au,domicilié,domiciliée,habite,habite au,habitant,habitant au,résidant,résidant au,domiciliado en,' +
    'residente en,vive en,vivo en,con domicilio en,residente in,residente a,abita in,residente na,mora na,mora em,woont,woont op,woont aan,woonachtig te,woonachtig,zamieszkały,zamieszkała,zamieszkały przy,zamieszkała przy,' +
    'mieszka przy,zam.,проживает по адресу,проживает,проживающий,проживающая,зарегистрирован по адресу,зарегистрирована по адресу,residing at,lives at,living at,resides at,resident at,resident of,residing in,i live at,we live at,domiciled at,家住,收货地址,住址,住所'
  ).split(','),
);

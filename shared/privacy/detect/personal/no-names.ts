// Words that are no part of a person's name where a name is expected: field names, types, roles,
// placeholders and organisations.

const WORDS = `
name names first last full middle given family surname nickname maiden user username login email mail phone address city street
vorname nachname familienname benutzer benutzername vollständiger nom prénom prenom utilisateur nombre apellido apellidos usuario
nome cognome sobrenome utente naam voornaam achternaam gebruiker imię nazwisko имя фамилия отчество ad soyad isim
your my our their his her the this that these those a an and or of for with from to by in on at is are was not no yes
date datetime timestamp decimal float double uuid nullable maybe schema model
string text varchar char integer int number boolean bool null none nil undefined true false object array list map set type any void
optional required default example sample placeholder test testing dummy mock fake value key id uuid index field column data
unknown anonymous anon nobody someone everyone everybody all team teams group staff support service services customer customers
client clients guest member members admin administrator owner manager sir madam madame colleagues colleague friend friends folks
there world reader readers hiring department office company organization organisation inc corp corporation llc ltd gmbh foundation
project contributors contributor authors author maintainers maintainer community labs software systems technologies university
institute committee association studio agency bank hospital clinic
male female diverse married single divorced active inactive enabled disabled pending deleted new old
damen herren damen kolleginnen kollegen unbekannt kunde kundin kunden mesdames messieurs tous toutes équipe
señores todos equipo cliente clientes signori tutti
monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october november december
github gitlab google microsoft amazon facebook apple linux windows ubuntu debian docker kubernetes python java javascript typescript node react
claude chatgpt openai anthropic assistant model bot system
error warning info debug status date time version license copyright rights reserved page file path url link code html json xml sql http https
see note please thanks thank regards best kind sincerely click select enter choose search save cancel delete update create add edit
description title subject message content comment summary details label button input form view menu header footer home settings profile account
am pm uhr foo bar baz qux lorem ipsum dolor asc desc yes n/a na tbd tba todo xxx
会社 株式会社 様 名前 氏名 姓名 名字 名称 用户 用户名 客户 患者 不明 未知 匿名 なし 無し 同上 이름 성명 고객 환자 없음
الاسم العميل المريض غير معروف
`;

/** In lower case. */
export const NO_NAMES: ReadonlySet<string> = new Set(
  WORDS.split(/\s+/).filter((word) => word !== ''),
);

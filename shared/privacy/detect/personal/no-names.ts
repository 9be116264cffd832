// Words that are no part of a person's name where a name is expected: field names, types, roles,
// placeholders and organisations.

const WORDS = `
name names first last full middle given family surname nickname maiden user username login email mail phone address city street
vorname nachname familienname straße strasse hausnummer plz ort wohnort benutzer benutzername vollständiger nom prénom prenom utilisateur nombre apellido apellidos usuario
nome cognome sobrenome utente naam voornaam achternaam gebruiker imię nazwisko имя фамилия отчество ad soyad isim
your my our their his her the this that these those a an and or of for with from to by in on at is are was not no yes
date datetime timestamp decimal float double uuid nullable maybe schema model
string text varchar char integer int number boolean bool null none nil undefined true false object array list map set type any void
optional required default example sample placeholder test testing dummy mock fake value key id uuid index field column data
unknown anonymous anon nobody someone everyone everybody all team teams group staff support service services customer customers
client clients guest member members admin administrator owner manager sir madam kollegin kollege minister ministerin präsident präsidentin direktor direktorin nachbar nachbarin doktor professor grüße grüsse wünsche president chairman colleagues colleague friend friends folks
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
am pm uhr foo bar baz qux lorem ipsum dolor asc desc yes n/a tbd tba todo xxx
会社 株式会社 様 名前 氏名 姓名 名字 名称 用户 用户名 客户 患者 不明 未知 匿名 なし 無し 同上 이름 성명 고객 환자 없음
الاسم العميل المريض غير معروف
`;

/** Words of programs, workflows and forms. */
const SOFTWARE_WORDS = `
password passwords passwd login foo bar baz qux quux hoo foobar bio addresses firstname lastname fullname middlename displayname employeename firstnames lastnames
action actions android ios aws gcp azure tf cli sdk ui ux io ide qa ci cd pr api apis dev ops sec llm sql css cpu gpu tcp udp dns ssl tls
add-on addon agent agents alert app application apps archive artifact artifacts asset assets audit backend backup base batch binaries binary board  browser
build builder builds cache catalog chart charts check checkout checks class classic client cluster code collection command commands commerce
commit common compiler component components config configuration configure console container content context controller controllers core coverage create
custom dashboard database dataset demo deploy deployment deployments design desktop details developer developers device dialog directory disk distribution doc docs documentation
domain download  dynamic editor element email engine engineering entry environment environments event events example experimental export extension feature features feedback
filter firewall fix font format framework frontend function functions gateway generate generator generic global  graph grid handler health hello helper helpers hook icon image
images import index info infrastructure input install installer instance integration interface internal invalid invoice issue issues item items job jobs kernel language languages layer layout
lint linter listener load loader local log logger login logs main management map mapper master menu merge message messages metadata metric metrics middleware migration mobile mode model models
module modules monitor monitoring network networks new node nodes notification object objects operator operations option options order orders output package packages parameter parser patch payload payment
pipeline platform  plugin plugins pod policy   prepare preview print private process processor product products profile program prompt property protocol provider proxy public publish pull push
query queue random reader record records region registry release releases remote renamed replica report reports repository request resource resources response restore result results review role  router routine rule
rules run runner runtime sample scan scanner schedule scheduler schema scope screen script scripts sdk section secret secrets security sender server servers service session sessions setup shared shell site size
skill snapshot source space spec stage staging standard start static storage store stream studio style sub submit success   switch sync synopsys table tables tag target task tasks template templates terminal terraform
test tests theme thread ticket time timer timeout title token tool tools toolbar topic total tracker trigger trivy type types ui undefined unit update updated upgrade upload uploader url usage users util utils
validate validation validator value values variable variables version versions video view viewer visual volume web webhook website widget window wizard word worker workers workflow workflows workspace wrapper zone zones
`;

/** Words of companies, places and institutions. */
const PLACE_WORDS = `
acme contoso northwind audio books cafe college commerce consulting consultants electronics enterprise enterprises foods group hardware holding holdings hotel industries international
intercontinental airport air airlines airways arena stadium museum theatre theater library school academy station terminal warehouse factory district county province municipality republic kingdom states america
europe africa australia germany italy spain china japan brazil canada mexico us usa uk eu emea apac mitte city-west headquarters hq branch
logistics media motors music news partners pharmacy pharma  productions publishing records restaurant retail  shop shopping solutions sports studios supply systems tech technology telecom trading ventures
works workshop worldwide legal billing accounting accounts finance financial marketing procurement purchasing shipping receiving
analytics center centre cloud council digital energy federation global health healthcare home insurance journal  lab market network online pro society super 
terminal tower university wholesale
american express visa mastercard testuser username birthdate gender years
namespace arn verified promo drupal wordpress joomla magento nginx redis postgres postgresql mysql mariadb mongodb kafka rabbitmq elasticsearch grafana prometheus
keycloak consul ansible webpack vite babel eslint prettier golang django flask laravel symfony angular vue svelte nextjs firebase slack jira confluence trello figma
`;

/** Words for a name, a contact and an owner in other languages, which translations of forms hold. */
const TRANSLATED = `
fornavn efternavn etternavn mellemnavn mellomnavn pigenavn navn kontakt kontaktperson kontaktname mädchenname mittelname förnamn efternamn mellannamn namn etunimi sukunimi nimi
cognom nom prénoms nome sobrenome apelido voornamen tussenvoegsel meno priezvisko jméno příjmení keresztnév vezetéknév név nume prenume ime prezime іʼмя імʼя ім'я прізвище
όνομα ονομα επίθετο επώνυμο πατρώνυμο имя фамилия отчество презиме име
ファーストネーム ラストネーム ミドルネーム 苗字 名字 姓 名 旧姓 氏 連絡先 必須 必填 任意 所有者 担当 作成者 联系方式 联系人姓名 姓氏 名前苗字 未設定 未入力 未定 無名 中间名
이름  성명 소유자 담당자 연락처 필수 선택 미정 필수항목
שם פרטי משפחה איש קשר הקשר נעורים אמצעי תן מחק בחר ערוך הוסף
नाम पहला अंतिम प्रथम मध्य उपनाम संपर्क चुनें मिटा
اسم الاسم العائلة الأول الأخير الأوسط الاتصال جهة اتصال بواسطة تم حذف أضف اختر تحرير الفوترة العنوان عنوان مالك المالك نام خانوادگی مخاطب
ad soyadı adı zorunlu kişi tên họ nama depan belakang ชื่อ นามสกุล
pflichtfeld erforderlich angeben eingeben obligatoire requis obligatorio requerido obbligatorio obrigatório verplicht wymagane обязательно
ringe
`;

/** Languages and districts in Han, which are as long as names. */
const NO_HAN_NAME = /^\p{sc=Han}{2,6}[语語省县縣區]$/u;

/** Whether a word, in lower case, is no part of a name. */
export function isNoName(word: string): boolean {
  return NO_NAMES.has(word) || (word.charCodeAt(0) > 0x7f && NO_HAN_NAME.test(word));
}

/** In lower case. */
const NO_NAMES: ReadonlySet<string> = new Set(
  [WORDS, SOFTWARE_WORDS, PLACE_WORDS, TRANSLATED]
    .flatMap((words) => words.split(/\s+/))
    .filter((word) => word !== ''),
);

// Labels of people's names, in some thirty languages.

import { spellings } from './labelled-field.ts';

/** Labels that name a person, whatever stands around them. */
export const SURE = spellings(
  'your name,your full name,your name please,ihr name,ihren namen,votre nom,su nombre,full name,first name,last name,given name,family name,middle name,maiden name,birth name,customer name,client name,patient name,' +
    'contact name,contact person,employee name,member name,guest name,recipient name,sender name,account holder,cardholder,card holder,' +
    'cardholder name,next of kin,emergency contact,patient,attending,attending physician,referring physician,surname,forename,forenames,' +
    'legal name,billing name,shipping name,signed by,author name,committer name,signed-off-by,co-authored-by,reviewed-by,acked-by,tested-by,reported-by,suggested-by,' +
    'name of patient,name of the patient,name of insured,name of the insured,passenger name,driver name,student name,policyholder name,printed name,' +
    'vorname,vornamen,nachname,familienname,vor- und nachname,vor- und zuname,name und vorname,vollständiger name,geburtsname,mädchenname,kundenname,ansprechpartner,ansprechpartnerin,' +
    'kontoinhaber,kontoinhaberin,karteninhaber,karteninhaberin,patientin,patient/in,patient:in,versicherter,versicherte,versicherungsnehmer,versicherungsnehmerin,' +
    'sachbearbeiter,sachbearbeiterin,name des patienten,name der patientin,name des versicherten,' +
    'prénom,prénoms,prenom,nom de famille,nom de naissance,nom complet,nom et prénom,nom et prénoms,nom du client,nom du patient,titulaire,titulaire du compte,patiente,' +
    'nombre completo,nombre y apellidos,apellido,apellidos,primer apellido,segundo apellido,paciente,titular,nombre del cliente,nombre del paciente,' +
    'cognome,nome e cognome,cognome e nome,nome completo,paziente,intestatario,nome do cliente,sobrenome,apelido,nome do paciente,' +
    'voornaam,voornamen,achternaam,volledige naam,patiënt,contactpersoon,imię i nazwisko,nazwisko i imię,imię,imiona,nazwisko,pacjent,pacjentka,' +
    'фамилия,отчество,фио,ф.и.о.,полное имя,пациент,пациентка,клиент,прізвище,піб,по батькові,ad soyad,adı soyadı,soyadı,soyad,hasta,hasta adı,müşteri adı,' +
    'fornavn,mellomnavn,etternavn,efternavn,fulde navn,fullt navn,förnamn,efternamn,etunimi,sukunimi,koko nimi,jméno a příjmení,příjmení,křestní jméno,' +
    'meno a priezvisko,priezvisko,vezetéknév,keresztnév,családi név,utónév,teljes név,nume și prenume,nume si prenume,prenume,nume complet,ονοματεπώνυμο,επώνυμο,' +
    'họ và tên,họ tên,nama lengkap,nama depan,nama belakang,שם מלא,שם פרטי,שם משפחה,ชื่อ-นามสกุล,ชื่อ-สกุล,นามสกุล,पूरा नाम,उपनाम,' +
    'お客様名,氏名,お名前,名前,患者名,患者氏名,担当者,担当者名,フリガナ,ふりがな,宛名,顧客名,姓名,姓 名,客户姓名,客户名称,患者姓名,患者,联系人,收件人,收货人,寄件人,聯絡人,' +
    '이름,성명,성함,고객명,환자명,환자,담당자,수신자,예금주,العميل,المريض,المريضة,الاسم,الاسم الكامل,اسم العميل,اسم المريض,الموظف',
);

/** Labels that also name other things: the value or its surroundings must be those of a person. */
export const UNSURE = spellings(
  'name,display name,contact,customer,client,employee,recipient,sender,owner,assignee,reviewer,manager,doctor,physician,attn,attention,' +
    'author,authors,created by,approved by,prepared by,requested by,reported by,assigned to,witness,applicant,tenant,beneficiary,payee,' +
    'reporter,signed,signature,undersigned,print name,pt,subject name,insured,policyholder,policy holder,claimant,driver,passenger,traveller,traveler,guest,guests,' +
    'suspect,victim,complainant,defendant,plaintiff,officer,reporting officer,landlord,seller,buyer,purchaser,borrower,lender,lessee,lessor,guardian,spouse,' +
    'husband,wife,mother,father,son,daughter,parent,partner,gp,nurse,surgeon,consultant,ordering provider,provider,student,pupil,teacher,attendees,participants,' +
    'unfallgegner,unfallgegnerin,unfallbeteiligter,other driver,third party,candidate,interviewer,supervisor,holder,cn,sn,gecos,sent by,written by,submitted by,verified by,checked by,issued by,' +
    'witness 1,witness 2,maintainer,maintainers,contributors,' +
    'kunde,kundin,autor,autorin,absender,empfänger,empfängerin,bearbeiter,bearbeiterin,mieter,mieterin,vermieter,vermieterin,arzt,ärztin,hausarzt,hausärztin,' +
    'behandelnder arzt,überweisender arzt,z. hd.,mitarbeiter,mitarbeiterin,auftraggeber,auftraggeberin,zeuge,zeugin,geschädigter,geschädigte,beschuldigter,beschuldigte,' +
    'halter,halterin,fahrer,fahrerin,antragsteller,antragstellerin,käufer,käuferin,verkäufer,verkäuferin,teilnehmer,teilnehmende,anwesend,anwesende,' +
    'unterschrift,gezeichnet,gesendet von,erstellt von,bearbeitet von,geprüft von,genehmigt von,erziehungsberechtigte,ehegatte,ehegattin,ehefrau,ehemann,' +
    'nom,auteur,expéditeur,destinataire,assuré,assurée,locataire,bailleur,conducteur,témoin,rédigé par,créé par,signé par,médecin,médecin traitant,' +
    'nombre,remitente,destinatario,cliente,médico,inquilino,arrendador,testigo,conductor,asegurado,elaborado por,firmado por,creado por,autore,medico,mittente,' +
    'conducente,testimone,inquilino,assicurato,redatto da,firmato da,' +
    'nome,naam,klant,arts,huisarts,huurder,verhuurder,getuige,bestuurder,opgesteld door,klient,klientka,autorka,lekarz,najemca,kierowca,świadek,' +
    'имя,автор,врач,получатель,отправитель,водитель,свидетель,заявитель,исполнитель,ad,adı,isim,müşteri,doktor,yazar,' +
    "navn,namn,nimi,jméno,meno,név,nume,όνομα,ім'я,ім’я,име,tên,nama,שם,ชื่อ,नाम,姓,名,客户,客戶,お客様",
);

/** Nouns and phrases before a name without any sign: `the witness John Carter`, `bearbeitet von Anna Koch`. */
export const BARE: ReadonlySet<string> = new Set(
  (
    'patient,witness,suspect,victim,claimant,complainant,defendant,plaintiff,policyholder,customer,client,employee,tenant,landlord,driver,passenger,nurse,student,applicant,' +
    'requested by,approved by,prepared by,reported by,signed by,sent by,submitted by,verified by,assigned to,contact,attn,gez.,i. a.,i.a.,i. v.,i.v.,ppa.,' +
    'inh.,inhaber,inhaberin,geschäftsführer,geschäftsführerin,gérant,gérante,titolare,ehemann,ehefrau,ehegatte,ehegattin,sohn,tochter,husband,wife,daughter,spouse,épouse,marido,esposa,moglie,marito,patientin,kunde,kundin,zeuge,zeugin,mieter,mieterin,vermieter,vermieterin,geschädigter,geschädigte,beschuldigter,beschuldigte,halter,halterin,fahrer,fahrerin,' +
    'versicherungsnehmer,versicherungsnehmerin,versicherter,versicherte,antragsteller,antragstellerin,mitarbeiter,mitarbeiterin,bearbeiter,bearbeiterin,sachbearbeiter,sachbearbeiterin,' +
    'ansprechpartner,ansprechpartnerin,erstellt von,bearbeitet von,geprüft von,genehmigt von,gesendet von,' +
    'patiente,témoin,locataire,assuré,assurée,cliente,rédigé par,signé par,paciente,testigo,inquilino,firmado por,paziente,testimone,patiënt,pacjent,pacjentka,' +
    'пациент,пациентка,клиент,свидетель,водитель,заявитель,фио,ф.и.о.,hasta,müşteri,' +
    'お名前,氏名,患者,担当者,联系人,客户,姓名,收件人,收货人,이름,성명,환자,담당자,المريض,المريضة,اسم المريض,العميل,الاسم'
  ).split(','),
);

/** Headers of letters and mails, at the beginning of a line. */
export const HEADERS: readonly string[] =
  'fn:,bill to:,ship to:,sold to:,deliver to:,rechnung an:,lieferung an:,from:,to:,cc:,bcc:,von:,an:,kopie:,de :,de:,à :,da:,para:,van:,aan:,od:,do:,от:,кому:,kimden:,kime:,re:,betr.:,betreff:,x-original-from:,reply-to:,sender:'.split(
    ',',
  );

/** A label of another part of the name, or of other data of a person. */
export const COMPANION =
  /e-?mail|phone|telefon|téléphone|teléfono|\btel\b|mobile|handy|\bdob\b|birth|geb\.|geboren|geburt|naissance|nacimiento|nascita|nascimento|addres|anschrift|adress|street|straße|postal|\bzip|\bplz\b|\bssn\b|\biban\b|passport|\w@[a-z][\w-]{1,40}\.[a-z]{2}/i;
export const PARTNER =
  /\b(?:first|last|given|family|sur|fore|middle)[ _-]?names?\b|[a-z](?:First|Last|Given|Family)Name|\b[fl]name\b|vorname|nachname|familienname|prénom|apellido|cognome|sobrenome|apelido|achternaam|voornaam|nazwisko|imię|фамилия|отчество|прізвище|soyad|etternavn|efternavn|efternamn|förnamn|fornavn|sukunimi|etunimi|příjmení|priezvisko|prenume|επώνυμο|vezetéknév|keresztnév|姓|名/iu;

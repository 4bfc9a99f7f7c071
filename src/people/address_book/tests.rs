use super::*;

fn phone(text: &str) -> Phone {
    Phone::parse(text).unwrap()
}

fn book(text: &str) -> AddressBook {
    let mut book = AddressBook::default();
    book.add(text.as_bytes(), Some(&phone("+4915112345678")))
        .unwrap();
    book
}

#[test]
fn vcards_of_three_versions_are_parsed() {
    let text = "BEGIN:VCARD\r\nVERSION:2.1\r\nN:Marsh;Cleo;;;\r\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Cl=C3=A9o Mar=\r\nsh\r\nTEL;CELL:0151 2345679\r\nEND:VCARD\r\n\
                BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ben Coo\r\n per\r\nitem1.TEL;type=CELL:+353 86 123 4501\r\nitem1.X-ABLabel:x\r\nPHOTO;ENCODING=b:AAAA\r\n BBBB\r\nEND:VCARD\r\n\
                BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Dora\\, Dr. Quist\r\nTEL;VALUE=uri:tel:+44-7700-900123;ext=5\r\nTEL:+44 7700 900124\r\nEND:VCARD\r\n";
    let book = book(text);
    assert_eq!(book.cards(), 3);
    assert_eq!(
        book.number_of("Cléo Marsh"),
        NumberOfName::One(phone("+491512345679"))
    );
    // The form in which an iPhone joins the parts of a name.
    assert_eq!(
        book.number_of("Cleo Marsh"),
        NumberOfName::One(phone("+491512345679"))
    );
    assert_eq!(
        book.number_of("~ Ben\u{a0}Cooper"),
        NumberOfName::One(phone("+353861234501"))
    );
    assert_eq!(
        book.number_of("Dora, Dr. Quist"),
        NumberOfName::Several(vec![phone("+447700900123"), phone("+447700900124")])
    );
    assert_eq!(
        book.numbers_of_one_card("Dora, Dr. Quist"),
        Some(vec![phone("+447700900123"), phone("+447700900124")])
    );
    assert_eq!(book.numbers_of_one_card("Ben Cooper"), None);
    assert_eq!(book.number_of("Nobody"), NumberOfName::Unknown);
}

#[test]
fn google_and_outlook_tables_are_parsed() {
    let google = "First Name,Middle Name,Last Name,Labels,Phone 1 - Label,Phone 1 - Value,Phone 2 - Value\n\
                  Ben,,Cooper,,Mobile,+353 86 123 4501 ::: 0030 1,\nCleo,M.,Marsh,,,030 123456,\n";
    let first = book(google);
    // The second one, which could not be parsed, may be the one on WhatsApp.
    assert_eq!(
        first.number_of("Ben Cooper"),
        NumberOfName::Several(vec![phone("+353861234501")])
    );
    assert_eq!(
        first.number_of("Cleo M. Marsh"),
        NumberOfName::One(phone("+4930123456"))
    );
    assert_eq!(first.unread(), 1);
    let outlook = "\u{feff}First Name;Last Name;Company;Business Phone;Mobile Phone\r\nBen;Cooper;X;;+353861234501\r\n";
    assert_eq!(
        book(outlook).number_of("Ben Cooper"),
        NumberOfName::One(phone("+353861234501"))
    );
}

#[test]
fn no_person_is_chosen_among_several() {
    let text = "Name,Phone\nSam,+353861234501\nSam,+353861234502\nAnn,+353861234503\nAnn,+353 86 1234503\nEve,+353861234504\nEve,\n";
    let book = book(text);
    assert!(matches!(book.number_of("Sam"), NumberOfName::Several(numbers) if numbers.len() == 2));
    assert_eq!(book.numbers_of_one_card("Sam"), None);
    assert_eq!(
        book.number_of("Ann"),
        NumberOfName::One(phone("+353861234503"))
    );
    assert!(matches!(book.number_of("Eve"), NumberOfName::Several(numbers) if numbers.len() == 1));
}

#[test]
fn unsupported_file_is_refused() {
    for text in [
        "",
        "chat,participant\na,b\n",
        "just some text",
        "Name,Mail\na,b\n",
    ] {
        let added = AddressBook::default().add(text.as_bytes(), None);
        assert_eq!(added, Err(BookError::Unknown), "{text}");
    }
    for bytes in [&[0xff, 0xfe][..], &[0xff, 0xfe, 0x41], &[0x4e, 0x81, 0x00]] {
        let added = AddressBook::default().add(bytes, None);
        assert_eq!(added, Err(BookError::Encoding), "{bytes:?}");
    }
}

#[test]
fn number_of_several_people_is_shared() {
    let text = "First Name,Last Name,Company,Business Phone,Mobile Phone,Company Main Phone,Other Fax\n\
                Ben,Cooper,X,+4930123456,,+4930123400,+4930123401\n\
                Cleo,,X,+4930123456,+353861234502,+4930123400,\n\
                Dora,,X,,+353861234503,+4930123400,+4930123401\n\
                Eve,,X,,,+4930123400,\n";
    let mut book = book(text);
    let shared = || NumberOfName::Shared(phone("+4930123456"));
    assert_eq!(book.number_of("Ben Cooper"), shared());
    assert!(matches!(book.number_of("Cleo"), NumberOfName::Several(numbers) if numbers.len() == 2));
    assert_eq!(
        book.number_of("Dora"),
        NumberOfName::One(phone("+353861234503"))
    );
    assert_eq!(book.number_of("Eve"), NumberOfName::Unknown);
    // The same again, and again under another spelling, is the same person.
    book.add(
        "Name,Phone\nDora,+353861234503\nFlo,+353861234504\n".as_bytes(),
        None,
    )
    .unwrap();
    assert_eq!(
        book.number_of("Dora"),
        NumberOfName::One(phone("+353861234503"))
    );
    book.add(
        "BEGIN:VCARD\nVERSION:3.0\nFN:Cléo Marsh\nN:Marsh;Cleo\nTEL:+353861234505\nEND:VCARD\n\
         BEGIN:VCARD\nVERSION:3.0\nFN:Cleo Marsh\nTEL:+353861234505\nEND:VCARD\n\
         BEGIN:VCARD\nVERSION:3.0\nFN:Florence\nTEL:+353861234504\nEND:VCARD\n"
            .as_bytes(),
        None,
    )
    .unwrap();
    for name in ["Cléo Marsh", "Cleo Marsh"] {
        assert_eq!(
            book.number_of(name),
            NumberOfName::One(phone("+353861234505"))
        );
    }
    assert_eq!(
        book.number_of("Flo"),
        NumberOfName::Shared(phone("+353861234504"))
    );
}

#[test]
fn numbers_without_plus_must_be_complete() {
    let book = book("Name,Phone\nWhole,4915123456790\nNear,234567\nDialled,030 234567\n");
    assert_eq!(
        book.number_of("Whole"),
        NumberOfName::One(phone("+4915123456790"))
    );
    assert_eq!(book.number_of("Near"), NumberOfName::Unknown);
    assert_eq!(
        book.number_of("Dialled"),
        NumberOfName::One(phone("+4930234567"))
    );
    assert_eq!(book.unread(), 1);
}

#[test]
fn outlook_tables_in_all_languages_are_parsed() {
    for head in [
        "Vorname;Weitere Vornamen;Nachname;Telefon Firma;Fax geschäftlich;Mobiltelefon",
        "Prénom;Deuxième prénom;Nom;Téléphone société;Télécopie (bureau);Tél. mobile",
        "Nombre;Segundo nombre;Apellidos;Teléfono principal de la compañía;Fax del trabajo;Móvil",
        "Nome;Secondo nome;Cognome;Telefono principale società;Fax (uff.);Cellulare",
        "Nome;Segundo nome;Sobrenome;Telefone principal da empresa;Fax comercial;Telemóvel",
        "Voornaam;Middelste naam;Achternaam;Hoofdtelefoon bedrijf;Fax op werk;Mobiele telefoon",
    ] {
        let text = format!("{head}\r\nBen;;Cooper;+4930123400;+4930123401;+353861234502\r\n");
        for text in [
            text.clone(),
            text.replace(';', ","),
            text.replace(';', "\t"),
        ] {
            let answer = book(&text).number_of("Ben Cooper");
            assert_eq!(answer, NumberOfName::One(phone("+353861234502")), "{text}");
        }
    }
    for head in [
        "Name;Phone",
        "Nom;Téléphone",
        "\"Name\";\"Telefon geschäftlich 2\"",
    ] {
        let answer = book(&format!("{head}\nBen Cooper;+353861234502\n")).number_of("Ben Cooper");
        assert_eq!(answer, NumberOfName::One(phone("+353861234502")), "{head}");
    }
    let german = book("Name;Vorname;Handy\nCooper;Ben;+353861234502\n");
    assert_eq!(
        german.number_of("Ben Cooper"),
        NumberOfName::One(phone("+353861234502"))
    );
}

#[test]
fn windows_encodings_are_decoded() {
    let table = "Vorname;Nachname;Mobiltelefon\r\nJörg;Groß;+353861234502\r\n";
    let card =
        "BEGIN:VCARD\r\nVERSION:2.1\r\nFN:Jörg Groß\r\nTEL;CELL:+353861234502\r\nEND:VCARD\r\n";
    for text in [table, card] {
        let little = text.encode_utf16().flat_map(u16::to_le_bytes);
        let big = text.encode_utf16().flat_map(u16::to_be_bytes);
        let (western, _, _) = encoding_rs::WINDOWS_1252.encode(text);
        for (bytes, is_guessed) in [
            (
                [0xff, 0xfe].into_iter().chain(little).collect::<Vec<u8>>(),
                false,
            ),
            ([0xfe, 0xff].into_iter().chain(big).collect(), false),
            (western.to_vec(), true),
        ] {
            let mut book = AddressBook::default();
            book.add(&bytes, None).unwrap();
            assert_eq!(
                book.number_of("Jörg Groß"),
                NumberOfName::One(phone("+353861234502"))
            );
            assert_eq!(book.is_encoding_assumed(), is_guessed);
        }
    }
}

#[test]
fn fax_number_is_recognized_by_its_label() {
    let google = "First Name,Last Name,Phone 1 - Label,Phone 1 - Value,Phone 2 - Type,Phone 2 - Value\n\
                  Ben,,Work Fax,+353861234502,,\nSam,,Mobile,+353861234503,* Pager,+353861234504\n";
    let google = book(google);
    assert_eq!(google.number_of("Ben"), NumberOfName::Unknown);
    assert_eq!(
        google.number_of("Sam"),
        NumberOfName::One(phone("+353861234503"))
    );
    let apple = "BEGIN:VCARD\nVERSION:3.0\nFN:Ben\nitem1.TEL:+353861234502\n\
                 item1.X-ABLabel:_$!<HomeFAX>!$_\nitem2.TEL:+353861234503\n\
                 item2.X-ABLabel:_$!<Mobile>!$_\nTEL;type=WORK;type=FAX:+353861234504\nEND:VCARD\n";
    assert_eq!(
        book(apple).number_of("Ben"),
        NumberOfName::One(phone("+353861234503"))
    );
    let local = "BEGIN:VCARD\nVERSION:4.0\nFN:Ben\nTEL;VALUE=uri:TEL:086-1234502;phone-context=+353\nEND:VCARD\n";
    assert_eq!(
        book(local).number_of("Ben"),
        NumberOfName::One(phone("+353861234502"))
    );
}

/// A missing person is the namesake of another one.
#[test]
fn error_names_the_line_that_hides_contacts() {
    let add = |text: &str| AddressBook::default().add(text.as_bytes(), None);
    let head = "First Name,Last Name,Notes,Phone 1 - Value\n";
    let sam = "Sam,,,+353861234503\n";
    for (rows, line) in [
        ("Ben,\"Cooper,,+353861234504\n", 3),
        ("Ben,\"Cooper,,+353861234504\nEve,\"x\",,+353861234504\n", 3),
        ("Ben,,\"a\n\"\"b\"\"\",+353861234504\nEve,\"x,,\n", 5),
    ] {
        let text = format!("{head}{sam}{rows}{sam}");
        assert_eq!(add(&text), Err(BookError::Quote { line }), "{text}");
        let text = text.replace('\n', "\r");
        assert_eq!(add(&text), Err(BookError::Quote { line }), "{text}");
    }
    assert_eq!(
        add(&format!("{head}Ben \"B\",,\"a\n\"\"b\"\"\",1\n{sam}")),
        Ok(())
    );
    let card = |name: &str, more: &str, end: &str| {
        format!("BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nTEL:+353861234501\n{more}{end}")
    };
    let end = "END:VCARD\n";
    for (text, line) in [
        (
            [
                card("Sam", "", end),
                card("Sam", "", ""),
                card("Dup", "", end),
            ]
            .concat(),
            6,
        ),
        ([card("Sam", "", end), card("Lone", "", "")].concat(), 6),
        ([card("Sam", "", end).as_str(), end].concat(), 6),
    ] {
        assert_eq!(add(&text), Err(BookError::Card { line }), "{text}");
    }
    // A damaged card affects only itself.
    let damaged = card("Zed", "NOTE;ENCODING=QUOTED-PRINTABLE:abc=\n", end);
    let other = card("Sam", "", end).replace("01\n", "02\n");
    let fine = [&card("Sam", "", end), "\r\n", &damaged, &other].concat();
    assert!(
        matches!(book(&fine).number_of("Sam"), NumberOfName::Several(numbers) if numbers.len() == 2)
    );
}

proptest::proptest! {
    #[test]
    fn arbitrary_book_does_not_panic(text in "(BEGIN:VCARD\n|END:VCARD\n|TEL:|FN:|Name,Phone\n|[a,;\"\r\n=+0-9é]){0,60}") {
        let _ = AddressBook::default().add(text.as_bytes(), None);
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let _ = AddressBook::default().add(&bytes, None);
    }
}

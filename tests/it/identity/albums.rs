//! Bodies without content of their own: pictures, locations and contact cards of one minute. Which is
//! which is known by their bytes, what they show and their order, never by minute and number.

use super::conversation::{Body, Line, and, line, me, they, with, without};
use super::outcome::{
    clear, created, deleted, first, import, import_allowing, only, settled, world,
};
use super::sources::{Phone, android, export};
use crate::kit::Side::{self, Me, They};

/// Where the album begins in [`album`].
pub(super) const FIRST: usize = 3;

pub(super) fn photo(number: u8) -> Body {
    Body::Photo(number)
}

/// Texts, so many bodies a second apart in one minute, and texts again.
pub(super) fn album(side: Side, size: u8, body: impl Fn(u8) -> Body) -> Vec<Line> {
    let mut lines = vec![
        they("2024-05-20 18:02:11", "shall I send you the roof?"),
        me("2024-05-20 18:04:40", "yes please"),
        they("2024-05-20 18:10:25", "from the ladder"),
    ];
    for number in 0..size {
        let when = format!("2024-05-20 18:20:{:02}", 3 + number);
        lines.push(line(&when, side, body(number)));
    }
    lines.push(me("2024-05-20 18:31:17", "that is a lot of work"));
    lines.push(they("2024-05-20 18:33:52", "two days at least"));
    lines
}

/// Newer exports end with this.
pub(super) fn later(lines: &[Line]) -> Vec<Line> {
    and(lines, me("2024-05-21 09:12:08", "let us start on Monday"))
}

/// All was imported; its sender took `place` back since.
fn deleted_by_sender(phone: Phone, album: &[Line], place: usize) {
    let world = world("deleted_since = \"delete\"");
    only(&world, |folder| export(phone, album).put(folder));
    first(&world, album);
    let newer = with(album, FIRST + place, Body::Deleted);
    only(&world, |folder| export(phone, &newer).put(folder));
    let run = import_allowing(&world, 1);
    settled(&world, &run, deleted(1), &without(album, FIRST + place));
}

#[test]
fn first_of_four_pictures_deleted_incoming() {
    deleted_by_sender(Phone::Android, &album(They, 4, photo), 0);
}

#[test]
fn first_of_four_pictures_deleted_outgoing() {
    deleted_by_sender(Phone::Android, &album(Me, 4, photo), 0);
}

#[test]
fn first_of_four_pictures_deleted_incoming_on_iphone() {
    deleted_by_sender(Phone::Iphone, &album(They, 4, photo), 0);
}

#[test]
fn first_of_four_pictures_deleted_outgoing_on_iphone() {
    deleted_by_sender(Phone::Iphone, &album(Me, 4, photo), 0);
}

#[test]
fn fifth_of_ten_pictures_deleted() {
    deleted_by_sender(Phone::Android, &album(They, 10, photo), 4);
}

#[test]
fn last_of_two_pictures_deleted() {
    deleted_by_sender(Phone::Android, &album(They, 2, photo), 1);
}

#[test]
fn first_of_thirty_pictures_deleted() {
    deleted_by_sender(Phone::Android, &album(Me, 30, photo), 0);
}

#[test]
fn first_of_two_locations_deleted() {
    deleted_by_sender(Phone::Android, &album(They, 2, Body::Place), 0);
}

#[test]
fn first_of_two_locations_deleted_on_iphone() {
    deleted_by_sender(Phone::Iphone, &album(They, 2, Body::Place), 0);
}

#[test]
fn first_of_two_contact_cards_deleted() {
    deleted_by_sender(Phone::Android, &album(They, 2, Body::Card), 0);
}

#[test]
fn first_of_two_contact_cards_deleted_on_iphone() {
    deleted_by_sender(Phone::Iphone, &album(Me, 2, Body::Card), 0);
}

/// The newer export was made without media: the places of all four are there, and so is which is gone.
#[test]
fn first_of_four_pictures_deleted_in_an_export_without_media() {
    let album = album(They, 4, photo);
    let world = world("deleted_since = \"delete\"");
    only(&world, |folder| android(&album).put(folder));
    first(&world, &album);
    let mut newer = with(&album, FIRST, Body::Deleted);
    for line in &mut newer[FIRST + 1..FIRST + 4] {
        line.body = Body::Omitted;
    }
    only(&world, |folder| android(&newer).put(folder));
    let run = import_allowing(&world, 1);
    settled(&world, &run, deleted(1), &without(&album, FIRST));
}

/// The export at hand first was cut within the album; the whole one comes later.
fn cut_then_whole(phone: Phone, album: &[Line], cut: usize) {
    let world = world("");
    let part = &album[FIRST + cut..];
    only(&world, |folder| export(phone, part).put(folder));
    first(&world, part);
    let whole = later(album);
    only(&world, |folder| export(phone, &whole).put(folder));
    let run = import(&world);
    let news = (whole.len() - part.len()) as u64;
    settled(&world, &run, created(news), &whole);
}

#[test]
fn export_cut_in_an_album_then_the_whole_one() {
    cut_then_whole(Phone::Android, &album(They, 4, photo), 2);
}

#[test]
fn export_cut_in_an_album_then_the_whole_one_on_iphone() {
    cut_then_whole(Phone::Iphone, &album(Me, 4, photo), 2);
}

#[test]
fn export_cut_in_an_album_of_ten_then_the_whole_one() {
    cut_then_whole(Phone::Android, &album(They, 10, photo), 3);
}

#[test]
fn export_cut_between_two_locations_then_the_whole_one() {
    cut_then_whole(Phone::Android, &album(They, 2, Body::Place), 1);
}

#[test]
fn export_cut_between_two_contact_cards_then_the_whole_one() {
    cut_then_whole(Phone::Android, &album(They, 2, Body::Card), 1);
}

#[test]
fn whole_export_then_one_cut_in_an_album() {
    for phone in [Phone::Android, Phone::Iphone] {
        let album = album(They, 4, photo);
        let world = world("");
        only(&world, |folder| export(phone, &album).put(folder));
        first(&world, &album);
        let whole = later(&album);
        only(&world, |folder| {
            export(phone, &whole[FIRST + 2..]).put(folder)
        });
        settled(&world, &import(&world), created(1), &whole);
    }
}

#[test]
fn export_cut_in_an_album_together_with_the_whole_one() {
    for phone in [Phone::Android, Phone::Iphone] {
        let album = album(They, 4, photo);
        let whole = later(&album);
        let world = world("");
        let folder = world.exports();
        export(phone, &album).put(&folder.join("one"));
        export(phone, &whole[FIRST + 2..]).put(&folder.join("two"));
        first(&world, &whole);
    }
}

/// The first export was made within the minute. One message was deleted on this phone alone since, and
/// another was sent in the same minute: the old one stays in Close, the new one comes.
fn deleted_locally_and_new(phone: Phone, body: impl Fn(u8) -> Body, before: u8, gone: usize) {
    let all = album(They, before + 1, body);
    let world = world("");
    let older = &all[..FIRST + usize::from(before)];
    only(&world, |folder| export(phone, older).put(folder));
    first(&world, older);
    let newer = without(&all, FIRST + gone);
    only(&world, |folder| export(phone, &newer).put(folder));
    settled(&world, &import(&world), created(3), &all);
}

#[test]
fn picture_deleted_locally_and_a_new_one_in_its_minute() {
    deleted_locally_and_new(Phone::Android, photo, 1, 0);
}

#[test]
fn picture_deleted_locally_and_a_new_one_in_its_minute_on_iphone() {
    deleted_locally_and_new(Phone::Iphone, photo, 1, 0);
}

#[test]
fn one_of_three_pictures_deleted_locally_and_a_new_one_in_its_minute() {
    deleted_locally_and_new(Phone::Android, photo, 3, 1);
}

#[test]
fn location_deleted_locally_and_a_new_one_in_its_minute() {
    deleted_locally_and_new(Phone::Android, Body::Place, 1, 0);
}

#[test]
fn first_of_two_locations_deleted_locally_and_a_third_in_its_minute() {
    deleted_locally_and_new(Phone::Android, Body::Place, 2, 0);
}

#[test]
fn contact_card_deleted_locally_and_a_new_one_in_its_minute() {
    deleted_locally_and_new(Phone::Android, Body::Card, 1, 0);
}

/// The first of two locations is gone from the newer export, and nothing is in its place.
#[test]
fn first_of_two_locations_deleted_locally() {
    for phone in [Phone::Android, Phone::Iphone] {
        let all = album(They, 2, Body::Place);
        let world = world("");
        only(&world, |folder| export(phone, &all).put(folder));
        first(&world, &all);
        let newer = later(&without(&all, FIRST));
        only(&world, |folder| export(phone, &newer).put(folder));
        settled(&world, &import(&world), created(1), &later(&all));
    }
}

/// Both exports lie in one folder: what its sender took back never comes.
#[test]
fn first_of_four_pictures_deleted_before_the_first_import() {
    let album = album(They, 4, photo);
    let newer = later(&with(&album, FIRST, Body::Deleted));
    let world = world("");
    clear(&world);
    android(&album).put(&world.exports().join("one"));
    android(&newer).put(&world.exports().join("two"));
    first(&world, &later(&without(&album, FIRST)));
}

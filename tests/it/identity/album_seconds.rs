//! Pictures, locations and cards of an iPhone around a full minute: the next export has some of their
//! stamps a second later or earlier, and so in another minute.

use chrono::TimeDelta;

use super::albums::{FIRST, album, later, photo};
use super::conversation::Body;
use super::outcome::{created, first, import, only, settled, world};
use super::sources::iphone;
use crate::kit::Side::They;

/// Bodies of an iPhone at these seconds of 18:20, and the next export has some of them a second later
/// or earlier.
fn moved_by_a_second(body: impl Fn(u8) -> Body, seconds: &[i64], moved: &[(usize, i64)]) {
    let mut album = album(They, seconds.len() as u8, body);
    for (place, second) in seconds.iter().enumerate() {
        album[FIRST + place].at += TimeDelta::seconds(second - 3 - place as i64);
    }
    let world = world("");
    only(&world, |folder| iphone(&album).put(folder));
    first(&world, &album);
    let truth = later(&album);
    let mut newer = truth.clone();
    for (place, by) in moved {
        newer[FIRST + place].at += TimeDelta::seconds(*by);
    }
    only(&world, |folder| iphone(&newer).put(folder));
    settled(&world, &import(&world), created(1), &truth);
}

#[test]
fn picture_moves_into_the_minute_of_two_others() {
    moved_by_a_second(photo, &[58, 59, 62, 63], &[(1, 1)]);
}

#[test]
fn picture_moves_into_the_minute_of_another() {
    moved_by_a_second(photo, &[59, 90], &[(0, 1)]);
}

#[test]
fn picture_moves_back_into_the_minute_of_another() {
    moved_by_a_second(photo, &[30, 60], &[(1, -1)]);
}

#[test]
fn all_pictures_move() {
    moved_by_a_second(photo, &[58, 59, 62, 63], &[(0, 1), (1, 1), (2, 1), (3, 1)]);
}

#[test]
fn two_pictures_move_across_three_minutes() {
    moved_by_a_second(photo, &[59, 61, 119, 121], &[(0, 1), (2, 1)]);
}

#[test]
fn location_moves_into_the_minute_of_another() {
    moved_by_a_second(Body::Place, &[59, 90], &[(0, 1)]);
}

#[test]
fn contact_card_moves_into_the_minute_of_another() {
    moved_by_a_second(Body::Card, &[59, 90], &[(0, 1)]);
}

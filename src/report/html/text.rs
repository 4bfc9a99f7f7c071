//! Texts and numbers as a report shows them.

use crate::display_text;
pub(super) use crate::quantity::{count as counted, number as grouped};
use crate::settings::Device;

/// The name of a device; the only device of a migration has none.
pub(super) fn phone(name: &str) -> String {
    match name {
        Device::ALONE => "of this migration".to_owned(),
        name => clean(name),
    }
}

/// A text on one line, without controls.
pub(super) fn clean(text: &str) -> String {
    display_text::line(text).into_owned()
}

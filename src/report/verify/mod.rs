//! A verification as a view and as text.

mod text;
mod view;

pub(crate) use text::text;
pub(crate) use view::{VerifyView, verdict};

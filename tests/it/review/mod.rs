//! The local page: who may open it, and what each page does.

mod security;

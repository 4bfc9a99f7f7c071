//! The local page: who may open it, and what each page does.

mod documents;
mod people;
mod security;
mod setup;
mod shown;
mod steps;
mod tables;

//! The local page: who may open it, and what each page does.

mod documents;
mod groups;
mod look_up;
mod people;
mod readings;
mod same_number;
mod security;
mod setup;
mod steps;
mod tables;

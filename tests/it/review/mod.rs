//! The local page: who may open it, and what each page does.

mod documents;
mod during_a_run;
mod groups;
mod kept_results;
mod look_up;
mod people;
mod readings;
mod same_number;
mod security;
mod setup;
mod shown;
mod steps;
mod tables;

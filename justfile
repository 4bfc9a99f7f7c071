# One word for each thing that is done often: `just` lists them.

default:
    @just --list

# Formatting and lints, as .ci/run checks them.
check:
    cargo fmt --all --check
    cargo clippy --locked --all-targets -- -D warnings
    cargo clippy --locked --features fault-points,cloud --lib --bins --test it -- -D warnings

# Unit tests.
test:
    cargo test --locked --lib

# The integration tests of an area: `just it identity`. Without an area: all of them.
it area="":
    cargo test --locked --test it -- {{ area }}

# The tests on all cores by cargo-nextest: `just nextest` without random histories, `just nextest ci` with them.
nextest profile="default" *arguments:
    cargo nextest run --locked --profile {{ profile }} {{ arguments }}

# Random histories and faults: `just soak 500 100` runs 500 histories of each kind and 100 fault seeds.
soak histories="200" adversary="50":
    CHATFERRY_HISTORIES={{ histories }} CHATFERRY_SEQUENCES={{ histories }} CHATFERRY_ADVERSARY={{ adversary }} cargo test --locked --features fault-points --test it -- histories:: sequences:: adversary::

# Fuzzes one target of fuzz/ for a minute (needs nightly and cargo-fuzz).
fuzz target seconds="60":
    cargo +nightly fuzz run {{ target }} -- -max_total_time={{ seconds }}

# Benchmarks.
bench:
    cargo bench --locked

# Documentation of the code, the generated reference pages, and the picture in README.
docs:
    RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" cargo doc --locked --no-deps --document-private-items
    CHATFERRY_WRITE_DOCS=1 cargo test --locked --lib reference_page
    CHATFERRY_WRITE_DOCS=1 cargo test --locked --test it picture_of_readme

# Runs the tests and shows each snapshot that differs (needs cargo-insta).
snapshots:
    cargo insta test --review -- --locked

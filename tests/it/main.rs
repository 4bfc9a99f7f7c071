//! One integration binary, a module per area.
fn main() {}

//! Consumers of events and plans: what a person or a script reads.
pub mod inspect;

/// A number of bytes for people: `640 bytes`, `1.4 MB`. Decimal units, as Close's limit is
/// counted (`close-api.md` 1.9).
pub fn bytes(number: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    for (unit, size) in UNITS {
        if number >= size {
            let tenths = u128::from(number) * 10 / u128::from(size);
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
    }
    format!("{number} bytes")
}

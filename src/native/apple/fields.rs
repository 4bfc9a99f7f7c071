//! Schemaless protobuf decoding: iterates over the fields of a message.
//!
//! Terminates on any input and never reads beyond its end.

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::native) enum Value<'b> {
    /// A varint or a fixed-size number.
    Number(u64),
    /// A string, an embedded message, or bytes.
    Bytes(&'b [u8]),
}

/// Iterator over the fields of a message; ends at the first byte that is not part of a valid field.
pub(in crate::native) struct Fields<'b> {
    rest: &'b [u8],
}

impl<'b> Fields<'b> {
    pub(in crate::native) fn new(bytes: &'b [u8]) -> Fields<'b> {
        Fields { rest: bytes }
    }

    /// Whether every byte was part of a valid field.
    pub(in crate::native) fn is_complete(&self) -> bool {
        self.rest.is_empty()
    }
}

impl<'b> Iterator for Fields<'b> {
    type Item = (u64, Value<'b>);

    fn next(&mut self) -> Option<Self::Item> {
        let (tag, used) = varint(self.rest)?;
        let rest = &self.rest[used..];
        let (value, used) = match tag & 7 {
            0 => {
                let (number, used) = varint(rest)?;
                (Value::Number(number), used)
            }
            1 => {
                let bytes = rest.first_chunk::<8>()?;
                (Value::Number(u64::from_le_bytes(*bytes)), 8)
            }
            2 => {
                let (length, used) = varint(rest)?;
                let end = used.checked_add(usize::try_from(length).ok()?)?;
                (Value::Bytes(rest.get(used..end)?), end)
            }
            5 => {
                let bytes = rest.first_chunk::<4>()?;
                (Value::Number(u32::from_le_bytes(*bytes).into()), 4)
            }
            // Groups are not supported: they have no length.
            _ => return None,
        };
        self.rest = &rest[used..];
        Some((tag >> 3, value))
    }
}

/// Decodes a varint: its value and its length in bytes.
pub(in crate::native) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut number = 0u64;
    for (place, byte) in bytes.iter().take(10).enumerate() {
        let part = u64::from(byte & 0x7f);
        number |= part.checked_shl(7 * place as u32)?;
        if byte & 0x80 == 0 {
            return Some((number, place + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_are_decoded() {
        let bytes = [0x2a, 2, b'a', b'b', 0x08, 0x96, 0x01, 0x35, 1, 0, 0, 0];
        let all: Vec<_> = Fields::new(&bytes).collect();
        assert_eq!(
            all,
            [
                (5, Value::Bytes(&b"ab"[..])),
                (1, Value::Number(150)),
                (6, Value::Number(1)),
            ]
        );
    }

    proptest! {
        #[test]
        fn iteration_ends_on_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Fields::new(&bytes).count() <= bytes.len());
        }
    }
}

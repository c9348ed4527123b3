//! Reading a seed from a setting.

/// A seed from text: a number as it is (a negative one in two's complement), any
/// other text by its 64-bit hash of Fowler, Noll and Vo (FNV-1a).
#[must_use]
pub fn parse(text: &str) -> u64 {
    let text = text.trim();
    text.parse()
        .or_else(|_| text.parse().map(i64::cast_unsigned))
        .unwrap_or_else(|_| fnv_1a(text.as_bytes()))
}

fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_taken_as_they_are() {
        assert_eq!(parse("0"), 0);
        assert_eq!(parse(" 42 "), 42);
        assert_eq!(parse("18446744073709551615"), u64::MAX);
        assert_eq!(parse("-1"), u64::MAX);
    }

    #[test]
    fn text_is_hashed() {
        // From the test vectors that its authors publish.
        assert_eq!(parse(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(parse("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(parse("foobar"), 0x8594_4171_f739_67e8);
    }
}

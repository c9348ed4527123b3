//! Domain names beyond ASCII, as their ASCII form (IDNA, RFC 5890 and RFC 3492).
//!
//! RFC 5891 section 5.2 wants a name in lower case and in Unicode's normal form C.
//! Tables that make any name so would outweigh everything else here, so what is
//! mapped is what people type: capital letters of the Latin, Greek and Cyrillic
//! scripts, and the full stops of East Asia. The rest is taken as it is.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// What begins a label in ASCII form.
const PREFIX: &str = "xn--";

/// The ASCII form of a host name; none where it has no such form.
pub(super) fn to_ascii(name: &str) -> Option<Cow<'_, str>> {
    if name.is_ascii() {
        return Some(Cow::Borrowed(name));
    }
    let mut ascii = String::new();
    for label in name.split(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}']) {
        if !ascii.is_empty() {
            ascii.push('.');
        }
        if label.is_ascii() {
            ascii.push_str(label);
        } else {
            let lower: Vec<char> = label.chars().map(lower_case).collect();
            ascii.push_str(PREFIX);
            encode(&lower, &mut ascii)?;
        }
    }
    Some(Cow::Owned(ascii))
}

/// The small letter of a capital one, in the blocks where they lie a constant apart.
fn lower_case(letter: char) -> char {
    let distance = match letter {
        'A'..='Z' | 'À'..='Ö' | 'Ø'..='Þ' | 'Α'..='Ρ' | 'Σ'..='Ϋ' | 'А'..='Я' => 32,
        'Ѐ'..='Џ' => 80,
        _ => 0,
    };
    char::from_u32(u32::from(letter) + distance).unwrap_or(letter)
}

// The parameters of RFC 3492 section 5.
const BASE: u32 = 36;
const LEAST_THRESHOLD: u32 = 1;
const MOST_THRESHOLD: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const INITIAL: u32 = 128;

/// The encoding procedure of RFC 3492 section 6.3; none where it overflows.
fn encode(label: &[char], output: &mut String) -> Option<()> {
    let start = output.len();
    output.extend(label.iter().filter(|letter| letter.is_ascii()));
    let basic = (output.len() - start) as u32;
    if basic > 0 {
        output.push('-');
    }
    let mut bias = INITIAL_BIAS;
    let mut delta = 0u32;
    let mut from = INITIAL;
    let mut handled = basic;
    while (handled as usize) < label.len() {
        let next = label
            .iter()
            .map(|&letter| u32::from(letter))
            .filter(|&code| code >= from)
            .min()?;
        delta = delta.checked_add((next - from).checked_mul(handled + 1)?)?;
        for &letter in label {
            let code = u32::from(letter);
            if code < next {
                delta = delta.checked_add(1)?;
            }
            if code == next {
                number(delta, bias, output);
                bias = adapt(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta += 1;
        from = next + 1;
    }
    Some(())
}

/// A number of variable length, its least digit first.
fn number(mut value: u32, bias: u32, output: &mut String) {
    let mut position = BASE;
    loop {
        let threshold = position
            .saturating_sub(bias)
            .clamp(LEAST_THRESHOLD, MOST_THRESHOLD);
        if value < threshold {
            output.push(digit(value));
            return;
        }
        output.push(digit(threshold + (value - threshold) % (BASE - threshold)));
        value = (value - threshold) / (BASE - threshold);
        position += BASE;
    }
}

fn digit(value: u32) -> char {
    let letter = if value < 26 {
        b'a' + value as u8
    } else {
        b'0' + (value - 26) as u8
    };
    char::from(letter)
}

/// RFC 3492 section 6.1.
fn adapt(delta: u32, handled: u32, first: bool) -> u32 {
    let mut delta = if first { delta / DAMP } else { delta / 2 };
    delta += delta / handled;
    let mut steps = 0;
    while delta > (BASE - LEAST_THRESHOLD) * MOST_THRESHOLD / 2 {
        delta /= BASE - LEAST_THRESHOLD;
        steps += BASE;
    }
    steps + (BASE - LEAST_THRESHOLD + 1) * delta / (delta + SKEW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_registered() {
        for (name, ascii) in [
            ("localhost", "localhost"),
            ("127.0.0.1", "127.0.0.1"),
            ("", ""),
            ("bücher.example", "xn--bcher-kva.example"),
            ("MÜNCHEN.de", "xn--mnchen-3ya.de"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("παράδειγμα.δοκιμή", "xn--hxajbheg2az3al.xn--jxalpdlp"),
            ("ü.a.", "xn--tda.a."),
        ] {
            assert_eq!(to_ascii(name).as_deref(), Some(ascii), "{name}");
        }
    }

    #[test]
    fn small_letters_are_those_of_unicode() {
        for letter in ('\0'..'Ā').chain('Α'..'Ϗ').chain('Ѐ'..'Ѡ') {
            let mut small = letter.to_lowercase();
            // U+03A2 is nothing, and no letter here has more than one small letter.
            assert_eq!(
                (Some(lower_case(letter)), None),
                (small.next(), small.next()),
                "{letter}"
            );
        }
    }

    /// Section 7.1 of RFC 3492, samples (B) and (L).
    #[test]
    fn samples_of_the_rfc() {
        for (label, encoded) in [
            ("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"),
            ("3年b組金八先生", "3b-ww4c5e180e575a65lsy2b"),
        ] {
            let mut output = String::new();
            encode(&label.chars().collect::<Vec<_>>(), &mut output);
            assert_eq!(output, encoded);
        }
    }
}

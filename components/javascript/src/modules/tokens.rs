//! The words of a script, as far as finding its exports needs them.

/// A word, a sign or a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// An identifier or keyword.
    Word(String),
    /// A string without its quotes.
    Text(String),
    /// One character of punctuation; `.` three times for a spread.
    Sign(char),
    /// A number, a template or a regular expression: something with a value.
    Other,
}

impl Token {
    /// Whether it is this word.
    pub fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(own) if own == word)
    }
}

/// The tokens of `text`. Comments are left out. Text that is no script gives
/// tokens all the same.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut scanner = Scanner {
        rest: text,
        tokens: Vec::new(),
    };
    while scanner.step() {}
    scanner.tokens
}

/// The byte offsets of a word in `text`, where it is a token of its own outside of
/// templates, each with the tokens before and after it.
pub fn places(text: &str, word: &str) -> Vec<(usize, Option<Token>, Option<Token>)> {
    let mut scanner = Scanner {
        rest: text,
        tokens: Vec::new(),
    };
    // Where each token ends; templates drop the tokens within them.
    let mut ends: Vec<usize> = Vec::new();
    while scanner.step() {
        let end = text.len() - scanner.rest.len();
        ends.resize(scanner.tokens.len(), end);
    }
    let at = |index: usize| scanner.tokens.get(index).cloned();
    scanner
        .tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| token.is_word(word))
        .map(|(index, _)| {
            let before = index.checked_sub(1).and_then(at);
            (ends[index] - word.len(), before, at(index + 1))
        })
        .collect()
}

struct Scanner<'a> {
    rest: &'a str,
    tokens: Vec<Token>,
}

impl Scanner<'_> {
    fn step(&mut self) -> bool {
        let Some(c) = self.rest.chars().next() else {
            return false;
        };
        match c {
            _ if c.is_whitespace() => self.skip(c.len_utf8()),
            '/' if self.rest.starts_with("//") => {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.skip(end);
            }
            '/' if self.rest.starts_with("/*") => {
                let end = self.rest[2..]
                    .find("*/")
                    .map_or(self.rest.len(), |at| at + 4);
                self.skip(end);
            }
            '/' if self.value_expected() => self.regular_expression(),
            '\'' | '"' => self.string(c),
            '`' => self.template(),
            _ if c.is_alphabetic() || c == '_' || c == '$' => {
                let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
                let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
                self.tokens.push(Token::Word(self.rest[..end].to_owned()));
                self.skip(end);
            }
            _ if c.is_ascii_digit() => {
                let end = self
                    .rest
                    .find(|c: char| !c.is_alphanumeric() && c != '.' && c != '_')
                    .unwrap_or(self.rest.len());
                self.tokens.push(Token::Other);
                self.skip(end);
            }
            _ => {
                self.tokens.push(Token::Sign(c));
                self.skip(c.len_utf8());
            }
        }
        true
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    /// Whether a `/` here begins a regular expression rather than dividing.
    fn value_expected(&self) -> bool {
        match self.tokens.last() {
            None => true,
            Some(Token::Sign(sign)) => !matches!(sign, ')' | ']' | '}'),
            Some(Token::Word(word)) => {
                const BEFORE_VALUES: [&str; 10] = [
                    "return", "typeof", "case", "in", "of", "new", "delete", "void", "throw",
                    "else",
                ];
                BEFORE_VALUES.contains(&word.as_str())
            }
            Some(Token::Text(_) | Token::Other) => false,
        }
    }

    fn regular_expression(&mut self) {
        let mut in_class = false;
        let mut escaped = false;
        let mut end = self.rest.len();
        for (index, c) in self.rest.char_indices().skip(1) {
            match c {
                '\n' => {
                    // It was a division after all.
                    self.tokens.push(Token::Sign('/'));
                    self.skip(1);
                    return;
                }
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '[' => in_class = true,
                ']' => in_class = false,
                '/' if !in_class => {
                    end = index + 1;
                    break;
                }
                _ => {}
            }
        }
        self.skip(end);
        self.tokens.push(Token::Other);
    }

    fn string(&mut self, quote: char) {
        let mut value = String::new();
        let mut escaped = false;
        let mut end = self.rest.len();
        for (index, c) in self.rest.char_indices().skip(1) {
            if escaped {
                escaped = false;
                value.push(match c {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    other => other,
                });
            } else if c == '\\' {
                escaped = true;
            } else if c == quote || c == '\n' {
                end = index + 1;
                break;
            } else {
                value.push(c);
            }
        }
        self.skip(end);
        self.tokens.push(Token::Text(value));
    }

    /// Skips a template with all that its placeholders hold.
    fn template(&mut self) {
        self.skip(1);
        loop {
            let Some(at) = self.rest.find(['`', '\\', '$']) else {
                self.skip(self.rest.len());
                break;
            };
            let found = self.rest[at..].chars().next();
            self.skip(at + 1);
            match found {
                Some('`') => break,
                Some('\\') => {
                    let next = self.rest.chars().next().map_or(0, char::len_utf8);
                    self.skip(next);
                }
                _ if self.rest.starts_with('{') => {
                    self.skip(1);
                    self.placeholder();
                }
                _ => {}
            }
        }
        self.tokens.push(Token::Other);
    }

    fn placeholder(&mut self) {
        let first = self.tokens.len();
        let mut depth = 0_usize;
        loop {
            if depth == 0 && self.rest.starts_with('}') {
                self.skip(1);
                break;
            }
            if !self.step() {
                break;
            }
            match self.tokens.last() {
                Some(Token::Sign('{')) => depth += 1,
                Some(Token::Sign('}')) => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        self.tokens.truncate(first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_strings_and_signs() {
        let found = tokens("exports.a = /* no */ 'x\\'y'; // end");
        assert_eq!(
            found,
            [
                Token::Word("exports".into()),
                Token::Sign('.'),
                Token::Word("a".into()),
                Token::Sign('='),
                Token::Text("x'y".into()),
                Token::Sign(';'),
            ]
        );
    }

    #[test]
    fn places_of_words() {
        let text = "// using\nusing(x.using, 'using', `using`, using);";
        let found: Vec<usize> = places(text, "using")
            .into_iter()
            .map(|(at, _, _)| at)
            .collect();
        assert_eq!(found, [9, 17, 42]);
        assert!(found.iter().all(|at| text[*at..].starts_with("using")));
    }

    #[test]
    fn regular_expressions_and_templates_hide_their_text() {
        let found = tokens("a = /exports.x['\"]/g; b = `${exports.y = `}`}`; c / d");
        assert!(
            !found.iter().any(|token| token.is_word("exports")),
            "{found:?}"
        );
        assert!(found.iter().any(|token| token.is_word("d")));
    }
}

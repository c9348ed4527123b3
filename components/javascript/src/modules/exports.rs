//! The names that a CommonJS file exports, read off its text.
//!
//! The forms that are recognised are those of Node's own scanner:
//! <https://github.com/nodejs/cjs-module-lexer#grammar>.

use std::collections::{BTreeSet, HashMap};

use boa_engine::Context;

use super::commonjs::read;
use super::resolve::{Asker, Resolved, resolve};
use super::tokens::{Token, tokens};

/// What one text says.
#[derive(Debug, Default)]
struct Scan {
    names: BTreeSet<String>,
    /// What other files' exports become its own.
    reexports: Vec<String>,
}

/// The names that the file at `path` exports, through files that it hands on too.
pub fn names(path: &str, context: &mut Context) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut seen = BTreeSet::new();
    collect(path, &mut names, &mut seen, context);
    names
}

fn collect(
    path: &str,
    names: &mut BTreeSet<String>,
    seen: &mut BTreeSet<String>,
    context: &mut Context,
) {
    if !seen.insert(path.to_owned()) || path.ends_with(".json") {
        return;
    }
    let Ok(text) = read(path, context) else {
        return;
    };
    let scan = scan(&text);
    names.extend(scan.names);
    for specifier in scan.reexports {
        match resolve(&specifier, path, Asker::Require, context) {
            Ok(Resolved::File { path, .. }) => collect(&path, names, seen, context),
            Ok(Resolved::Builtin(name)) => {
                let exports = crate::host::Host::of(context).builtin(name, context);
                let object = exports.ok().and_then(|value| value.as_object());
                let keys = object.and_then(|object| object.own_property_keys(context).ok());
                names.extend(keys.into_iter().flatten().filter_map(|key| match key {
                    boa_engine::property::PropertyKey::String(name) => {
                        Some(crate::native::lossy(&name))
                    }
                    _ => None,
                }));
            }
            Err(_) => {}
        }
    }
}

fn scan(text: &str) -> Scan {
    let tokens = tokens(text);
    let mut scan = Scan::default();
    let mut required: HashMap<String, String> = HashMap::new();
    for at in 0..tokens.len() {
        let rest = &tokens[at..];
        // A property of something else that happens to be called so.
        let is_member = at > 0 && tokens[at - 1] == Token::Sign('.');
        if is_member && star_call(rest).is_none() {
            continue;
        }
        if let Some((name, specifier)) = assigned_require(rest) {
            required.insert(name, specifier);
        }
        if let Some(after) = exports_object(rest) {
            scan.assignment(after, rest[0].is_word("module"));
        } else if rest[0].is_word("Object") {
            scan.define_property(rest);
            scan.copy_of_all(rest, &required);
        } else if let Some(specifier) = star_call(rest) {
            scan.reexports.push(specifier);
        }
    }
    scan
}

/// What follows `exports` or `module.exports`.
fn exports_object(tokens: &[Token]) -> Option<&[Token]> {
    match tokens {
        [first, rest @ ..] if first.is_word("exports") => Some(rest),
        [first, Token::Sign('.'), second, rest @ ..]
            if first.is_word("module") && second.is_word("exports") =>
        {
            Some(rest)
        }
        _ => None,
    }
}

/// `name = require('specifier')`, also through helpers such as `_interop(require('x'))`.
fn assigned_require(tokens: &[Token]) -> Option<(String, String)> {
    let [Token::Word(name), Token::Sign('='), rest @ ..] = tokens else {
        return None;
    };
    let rest = match rest {
        [Token::Word(helper), Token::Sign('('), inner @ ..] if helper != "require" => inner,
        _ => rest,
    };
    Some((name.clone(), require_call(rest)?))
}

/// `require('specifier')`.
fn require_call(tokens: &[Token]) -> Option<String> {
    match tokens {
        [
            first,
            Token::Sign('('),
            Token::Text(specifier),
            Token::Sign(')'),
            ..,
        ] if first.is_word("require") => Some(specifier.clone()),
        _ => None,
    }
}

/// `__exportStar(require('x'))`, `__export(require('x'))`.
fn star_call(tokens: &[Token]) -> Option<String> {
    match tokens {
        [Token::Word(name), Token::Sign('('), rest @ ..]
            if name == "__exportStar" || name == "__export" =>
        {
            require_call(rest)
        }
        _ => None,
    }
}

/// `get: function () { return other.name; }` or `get() { return other['name']; }`, or a value.
fn forwards(tokens: &[Token]) -> bool {
    let after_head = match tokens {
        [first, ..] if first.is_word("value") => return true,
        [get, Token::Sign(':'), function, rest @ ..]
            if get.is_word("get") && function.is_word("function") =>
        {
            match rest {
                [Token::Word(_), rest @ ..] => rest,
                _ => rest,
            }
        }
        [get, rest @ ..] if get.is_word("get") => rest,
        _ => return false,
    };
    matches!(
        after_head,
        [Token::Sign('('), Token::Sign(')'), Token::Sign('{'), Token::Word(word), Token::Word(_), Token::Sign('.' | '['), ..]
            if word == "return"
    )
}

impl Scan {
    /// What stands after `exports` or `module.exports`.
    fn assignment(&mut self, after: &[Token], is_module: bool) {
        match after {
            [
                Token::Sign('.'),
                Token::Word(name),
                Token::Sign('='),
                next,
                ..,
            ] if *next != Token::Sign('=') => {
                self.names.insert(name.clone());
            }
            [
                Token::Sign('['),
                Token::Text(name),
                Token::Sign(']'),
                Token::Sign('='),
                ..,
            ] => {
                self.names.insert(name.clone());
            }
            [Token::Sign('='), value @ ..] if is_module => {
                // A new object takes the place of what was handed on before.
                self.reexports.clear();
                if let Some(specifier) = require_call(value) {
                    self.reexports.push(specifier);
                } else if let [Token::Sign('{'), members @ ..] = value {
                    self.literal(members);
                }
            }
            _ => {}
        }
    }

    /// The members of an object literal, up to the first that is not plain.
    fn literal(&mut self, mut members: &[Token]) {
        loop {
            match members {
                [
                    Token::Sign('.'),
                    Token::Sign('.'),
                    Token::Sign('.'),
                    rest @ ..,
                ] => {
                    let skipped = if let Some(specifier) = require_call(rest) {
                        self.reexports.push(specifier);
                        4
                    } else if matches!(rest, [Token::Word(_), ..]) {
                        1
                    } else {
                        return;
                    };
                    match rest.get(skipped) {
                        Some(Token::Sign(',')) => members = &rest[skipped + 1..],
                        _ => return,
                    }
                }
                [
                    Token::Word(name),
                    Token::Sign(sign @ (',' | '}')),
                    rest @ ..,
                ] => {
                    self.names.insert(name.clone());
                    if *sign == '}' {
                        return;
                    }
                    members = rest;
                }
                [
                    Token::Word(name) | Token::Text(name),
                    Token::Sign(':'),
                    rest @ ..,
                ] => {
                    self.names.insert(name.clone());
                    match rest {
                        [Token::Word(_), Token::Sign(','), rest @ ..] => members = rest,
                        _ => return,
                    }
                }
                _ => return,
            }
        }
    }

    /// `Object.defineProperty(exports, 'name', { enumerable: true, get … })`.
    fn define_property(&mut self, tokens: &[Token]) {
        let [_, Token::Sign('.'), method, Token::Sign('('), rest @ ..] = tokens else {
            return;
        };
        if !method.is_word("defineProperty") {
            return;
        }
        let Some(
            [
                Token::Sign(','),
                Token::Text(name),
                Token::Sign(','),
                Token::Sign('{'),
                body @ ..,
            ],
        ) = exports_object(rest)
        else {
            return;
        };
        let visible = match body {
            [first, Token::Sign(':'), truth, Token::Sign(','), rest @ ..] => {
                first.is_word("enumerable") && truth.is_word("true") && forwards(rest)
            }
            _ => false,
        };
        if visible || body.first().is_some_and(|first| first.is_word("value")) {
            self.names.insert(name.clone());
        }
    }

    /// `Object.keys(_x).forEach(function (k) { … exports[k] = _x[k] … })`.
    fn copy_of_all(&mut self, tokens: &[Token], required: &HashMap<String, String>) {
        let [
            _,
            Token::Sign('.'),
            keys,
            Token::Sign('('),
            Token::Word(from),
            Token::Sign(')'),
            Token::Sign('.'),
            each,
            ..,
        ] = tokens
        else {
            return;
        };
        let copies = keys.is_word("keys")
            && each.is_word("forEach")
            && tokens
                .iter()
                .take(100)
                .any(|token| token.is_word("exports"));
        if copies && let Some(specifier) = required.get(from) {
            self.reexports.push(specifier.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        scan(text).names.into_iter().collect()
    }

    #[test]
    fn assignments() {
        assert_eq!(
            found("exports.a = 1; module.exports.b = 2; exports['c d'] = 3"),
            ["a", "b", "c d"]
        );
        assert_eq!(
            found("if (exports.a == 1) {}; other.exports.z = 1"),
            [""; 0]
        );
        assert_eq!(found("exports.a = exports.b = void 0"), ["a", "b"]);
    }

    #[test]
    fn literals() {
        assert_eq!(
            found("module.exports = { a, b: c, 'd': e, f: 1, g }"),
            ["a", "b", "d", "f"]
        );
        assert_eq!(found("0 && (module.exports = { x, y });"), ["x", "y"]);
        assert_eq!(
            found("module.exports = { a, ...b, c: require('d') }"),
            ["a", "c"]
        );
    }

    #[test]
    fn defined_properties() {
        let text = "Object.defineProperty(exports, '__esModule', { value: true });
            Object.defineProperty(exports, 'a', { enumerable: true, get: function () { return b.a; } });
            Object.defineProperty(exports, 'b', { enumerable: true, get() { return b['c']; } });
            Object.defineProperty(exports, 'arrow', { enumerable: true, get: () => 1 });
            Object.defineProperty(exports, 'hidden', { enumerable: false, value: 1 });";
        assert_eq!(found(text), ["__esModule", "a", "b"]);
    }

    #[test]
    fn handed_on() {
        let on = |text: &str| scan(text).reexports;
        assert_eq!(on("module.exports = require('./a')"), ["./a"]);
        assert_eq!(on("tslib_1.__exportStar(require('./a'), exports)"), ["./a"]);
        assert_eq!(on("__exportStar(require('./a'), exports)"), ["./a"]);
        assert_eq!(
            on(
                "var _a = require('./a'); Object.keys(_a).forEach(function (k) { exports[k] = _a[k]; })"
            ),
            ["./a"]
        );
    }

    #[test]
    fn text_in_strings_and_comments_does_not_count() {
        assert_eq!(
            found("'exports.a = 1'; // exports.b = 2\n /* exports.c = 3 */"),
            [""; 0]
        );
    }
}

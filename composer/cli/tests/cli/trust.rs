//! Signatures: who signs, whose signature counts, and what is refused.

use crate::support::Place;

/// Makes keys and gives the public one.
pub fn keys(place: &Place, file: &str) -> String {
    place.run(&["-q", "index", "keygen", file]).succeeds();
    let text = place.read(&format!("{file}.pub"));
    text.lines().nth(1).unwrap().to_owned()
}

fn pull(place: &Place) -> crate::support::Ended {
    place.run(&["pull", "acme:log", "--registry", "index", "-o", "got.wasm"])
}

#[test]
fn only_what_its_publisher_signed_is_taken_where_that_is_asked_for() {
    let place = Place::new();
    let (key, other) = (keys(&place, "own.key"), keys(&place, "other.key"));
    place.sink("sink.wasm", &["put"], &[]);
    place.publish("sink.wasm", "acme:log@1.0.0", &[]).well();
    let trust = |keys: &str, required: &str| {
        let text = format!("[trust]\nrequire-signed = {required}\n[trust.keys]\nacme = [{keys}]\n");
        place.write("config/config.toml", text);
    };
    let (key, other) = (format!("{key:?}"), format!("{other:?}"));

    trust(&key, "false");
    let unsigned = pull(&place);
    unsigned.well();
    assert!(unsigned.stderr.contains("is not signed"), "{unsigned:#?}");
    trust(&key, "true");
    let refused = pull(&place);
    assert!(
        refused
            .fails(1)
            .contains("is not signed, and its namespace requires it"),
        "{refused:#?}"
    );

    place.sink("next.wasm", &["put", "flush"], &[]);
    place
        .publish("next.wasm", "acme:log@1.1.0", &["--sign", "own.key"])
        .well();
    let signed = pull(&place);
    signed.well();
    assert!(!signed.stderr.contains("signed"), "{signed:#?}");
    let again = pull(&place);
    assert!(!again.stderr.contains("signed"), "{again:#?}");

    trust(&other, "[\"acme\"]");
    let refused = pull(&place);
    assert!(
        refused.fails(1).contains("no key of its namespace"),
        "{refused:#?}"
    );
    trust(&format!("{other}, {key}"), "[\"acme\"]");
    pull(&place).well();
}

#[test]
fn keys_are_not_overwritten_and_need_their_password() {
    let place = Place::new();
    let with_password = |args: &[&str], password: &str| {
        let mut command = place.command(args);
        place.end(&command.env("BOX_KEY_PASSWORD", password).output().unwrap())
    };
    with_password(&["-q", "index", "keygen", "a.key"], "swordfish").succeeds();
    let again = place.run(&["index", "keygen", "a.key"]);
    assert!(again.fails(1).contains("is there already"), "{again:#?}");
    place.sink("sink.wasm", &["put"], &[]);
    place.run(&["-q", "index", "init", "index"]).succeeds();
    let args = [
        "publish",
        "sink.wasm",
        "--as",
        "acme:log@1.0.0",
        "--registry",
        "index",
        "--sign",
        "a.key",
    ];
    let locked = place.run(&args);
    let error = locked.fails(1);
    assert!(error.contains("it is encrypted"), "{error}");
    assert!(error.contains("BOX_KEY_PASSWORD"), "{error}");
    let wrong = with_password(&args, "guess");
    assert!(wrong.fails(1).contains("does not decrypt it"), "{wrong:#?}");
    with_password(&args, "swordfish").well();

    // What is no secret key is told, and a password that is not needed does not matter.
    let with_key = |key: &str, id: &str| {
        let mut args = args;
        (args[3], args[7]) = (id, key);
        with_password(&args, "swordfish")
    };
    let public = with_key("a.key.pub", "acme:log@1.1.0");
    assert!(
        public.fails(1).contains("it is a public key"),
        "{public:#?}"
    );
    let none = with_key("sink.wasm", "acme:log@1.1.0");
    assert!(none.fails(1).contains("sink.wasm"), "{none:#?}");
    keys(&place, "plain.key");
    with_key("plain.key", "acme:log@1.1.0").well();
}

//! Settings of a module as the lines that `boxer:kernel/config` hands it.

use toml::{Table, Value};

/// Makes names and texts of a table: `{ mounts = [{ guest = "/a" }] }` becomes
/// `mounts.0.guest` = `/a`.
///
/// Keys of tables are joined by dots and come in the order of their bytes,
/// entries of lists take their position, so the result depends on nothing but the
/// table. Numbers, booleans and dates are written as TOML writes them; an empty
/// table or list leaves no trace.
pub fn flatten_config(config: &Table) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    flatten_table("", config, &mut lines);
    lines
}

fn flatten_table(prefix: &str, table: &Table, lines: &mut Vec<(String, String)>) {
    // A feature of the toml crate, which any crate of a build may turn on, keeps
    // the order of the file.
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    for (key, value) in entries {
        flatten(format!("{prefix}{key}"), value, lines);
    }
}

fn flatten(name: String, value: &Value, lines: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => lines.push((name, text.clone())),
        Value::Table(table) => flatten_table(&format!("{name}."), table, lines),
        Value::Array(items) => {
            for (position, item) in items.iter().enumerate() {
                flatten(format!("{name}.{position}"), item, lines);
            }
        }
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {
            lines.push((name, value.to_string()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_settings_become_lines_in_a_fixed_order() {
        let config: Table = r#"
            address = "10.0.0.2/24"
            mtu = 1_500
            loss = 0.25
            trace = false
            nothing = {}
            routes = [{ to = "10.1.0.0/16", via = "10.0.0.1" }, { to = "::/0" }]
            since = 2024-01-02
            [a.b]
            c = "deep"
        "#
        .parse()
        .unwrap();
        let lines = flatten_config(&config);
        let lines: Vec<String> = lines
            .iter()
            .map(|(name, text)| format!("{name}={text}"))
            .collect();
        assert_eq!(
            lines,
            [
                "a.b.c=deep",
                "address=10.0.0.2/24",
                "loss=0.25",
                "mtu=1500",
                "routes.0.to=10.1.0.0/16",
                "routes.0.via=10.0.0.1",
                "routes.1.to=::/0",
                "since=2024-01-02",
                "trace=false",
            ]
        );
    }
}

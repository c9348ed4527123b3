//! `[grants]`.

use std::net::Ipv6Addr;

use super::files::Seen;
use super::reader::{Problems, Table};
use crate::manifest::{FsGrant, FsMode, Grants, NetGrants};
use crate::net_pattern::{HostPattern, NetPattern, NetPatternError, PortPattern};
use crate::problem::{Problem, quoted, reason, shown};
use crate::span::Spanned;

/// Keys of `[grants]`.
pub(crate) const GRANT_KEYS: &[&str] = &["stdio", "args", "clock", "random", "env", "fs", "net"];
/// Keys of an entry of `[grants] fs`.
pub(crate) const FS_KEYS: &[&str] = &["host", "guest", "mode"];
/// Keys of `[grants] net`.
pub(crate) const NET_KEYS: &[&str] = &["connect", "listen"];

pub(super) fn grants(root: &Table<'_>, problems: &mut Problems) -> Grants {
    let example = "grants = { stdio = true }";
    let table = root
        .get("grants")
        .and_then(|value| problems.table(root, "grants", value, example));
    let Some(table) = table else {
        return Grants::default();
    };
    problems.check_keys(&table, GRANT_KEYS);
    let mut flag = |key: &str| problems.boolean(table.what(key), table.get(key)?);
    let (stdio, args) = (flag("stdio"), flag("args"));
    let (clock, random) = (flag("clock"), flag("random"));
    let env = problems.strings(&table, "env");
    Grants {
        span: Some(table.span.clone()),
        stdio,
        args,
        clock,
        random,
        env: env
            .iter()
            .filter_map(|name| problems.granted_variable(name))
            .collect(),
        fs: fs(&table, problems),
        net: net(&table, problems),
    }
}

fn fs(grants: &Table<'_>, problems: &mut Problems) -> Vec<FsGrant> {
    let Some(value) = grants.get("fs") else {
        return Vec::new();
    };
    let example = "fs = [{ host = \"./out\", guest = \"/out\", mode = \"rw\" }]";
    let items = problems.list(&grants.what("fs"), value).unwrap_or_default();
    let mut mounts = Vec::new();
    let mut seen = Seen::new();
    for item in items {
        let Some(table) = problems.table(grants, "fs", item, example) else {
            continue;
        };
        problems.check_keys(&table, FS_KEYS);
        let host = problems
            .required(&table, FS_KEYS, "host", "host = \"./out\"")
            .and_then(|value| problems.host_path(&table.what("host"), value, "./out"));
        let guest = problems
            .required(&table, FS_KEYS, "guest", "guest = \"/out\"")
            .and_then(|value| {
                let text = problems.string(&table.what("guest"), value)?;
                problems.guest_path(text)
            });
        let mode = table.get("mode").map(|value| {
            let choices = [FsMode::ReadOnly, FsMode::ReadWrite];
            let words = choices.map(FsMode::as_str);
            let index = problems.one_of(&table.what("mode"), value, "a way to mount", &words);
            index.map(|index| choices[*index])
        });
        if let Some(guest) = &guest {
            problems.check_new_path(guest, &mut seen, "`fs` of `[grants]`");
        }
        if let (Some(host), Some(guest)) = (host, guest) {
            mounts.push(FsGrant {
                host,
                guest,
                mode: mode.flatten().unwrap_or_default(),
            });
        }
    }
    mounts
}

fn net(grants: &Table<'_>, problems: &mut Problems) -> NetGrants {
    let example = "net = { connect = [\"api.example.com:443\"] }";
    let table = grants
        .get("net")
        .and_then(|value| problems.table(grants, "net", value, example));
    let Some(table) = table else {
        return NetGrants::default();
    };
    problems.check_keys(&table, NET_KEYS);
    let connect = problems.strings(&table, "connect");
    let listen = problems.strings(&table, "listen");
    NetGrants {
        connect: connect
            .into_iter()
            .filter_map(|text| problems.connect(&text))
            .collect(),
        listen: listen
            .into_iter()
            .filter_map(|text| problems.listen(&text))
            .collect(),
    }
}

impl Problems {
    /// A variable of the host. Unlike the system, which would take it for a name,
    /// people mean a pattern when they write `*`, and there are none.
    fn granted_variable(&mut self, name: &Spanned<String>) -> Option<Spanned<String>> {
        if name.contains('*') {
            self.push(Problem::BadEnvName {
                text: quoted(name),
                span: name.span().into(),
                expected: "one name, not a pattern",
                help: "name each variable that may pass, as in `[\"HOME\", \"LANG\"]`".into(),
            });
            return None;
        }
        self.env_name(Spanned::new(name.as_str(), name.span()))
    }

    fn connect(&mut self, text: &Spanned<String>) -> Option<Spanned<NetPattern>> {
        let pattern = self.net_pattern(text)?;
        if pattern.port == PortPattern::Port(0) {
            self.bad_address(
                text,
                format!("nothing can be reached at port 0 in `{}`", shown(text)),
                "a port from 1 to 65535, or `*`",
                "write the port of the server, or `*` for every port".into(),
            );
            return None;
        }
        Some(pattern)
    }

    fn listen(&mut self, text: &Spanned<String>) -> Option<Spanned<NetPattern>> {
        let pattern = self.net_pattern(text)?;
        if let HostPattern::Name(name) = &pattern.host
            && name != "localhost"
        {
            self.bad_address(
                text,
                format!("`{}` is not an address of this machine", shown(name)),
                "an address to listen on",
                "write an IP address such as `127.0.0.1:8080`, or `*:8080` for all of this machine's"
                    .into(),
            );
            return None;
        }
        Some(pattern)
    }

    fn net_pattern(&mut self, text: &Spanned<String>) -> Option<Spanned<NetPattern>> {
        let error = match text.parse() {
            Ok(pattern) => return Some(Spanned::new(pattern, text.span())),
            Err(error) => error,
        };
        let help = match &error {
            NetPatternError::Url { host, port, .. } => match port {
                Some(port) => format!("write host and port alone: `{}:{port}`", shown(host)),
                None => format!("write host and port alone, as in `{}:443`", shown(host)),
            },
            NetPatternError::NoPort(host) => {
                format!(
                    "add the port, as in `{0}:443`, or `{0}:*` for every port",
                    shown(host)
                )
            }
            NetPatternError::BadPort(_) => "write a number from 1 to 65535, or `*`".into(),
            NetPatternError::Unbracketed(text) => {
                let (address, port) = unbracketed(text);
                format!(
                    "put the address in brackets: `[{}]:{}`",
                    shown(address),
                    shown(port)
                )
            }
            NetPatternError::BadIpv6(_) => {
                "write an IPv6 address in brackets and without a zone, as in `[2001:db8::1]:443`"
                    .into()
            }
            NetPatternError::BadIpv4(_) => {
                "write four numbers from 0 to 255, as in `192.0.2.1:443`".into()
            }
            NetPatternError::PartialWildcard(_) => {
                "write each name in full, or `*` alone for every host".into()
            }
            NetPatternError::BadName(name) if !name.is_ascii() => {
                "write the name in its ASCII form, which begins with `xn--`".into()
            }
            NetPatternError::Empty | NetPatternError::BadName(_) => {
                "write host and port, as in `api.example.com:443`".into()
            }
        };
        self.bad_address(text, reason(&error), "host:port", help);
        None
    }

    fn bad_address(
        &mut self,
        text: &Spanned<String>,
        reason: String,
        expected: &'static str,
        help: String,
    ) {
        self.push(Problem::BadAddress {
            reason,
            span: text.span().into(),
            expected,
            help,
        });
    }
}

/// An IPv6 address without brackets, and the port that its last part was meant to be.
fn unbracketed(text: &str) -> (&str, &str) {
    match text.rsplit_once(':') {
        Some((address, port)) if address.parse::<Ipv6Addr>().is_ok() => (address, port),
        _ => (text, "443"),
    }
}

//! What a program is started with: the Boxfile's part and the host's part merged.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// The program's name where neither the settings nor the host give one.
const DEFAULT_NAME: &str = "box";

/// The settings of an environment module, as the composer derives them from the
/// Boxfile.
///
/// | setting | is |
/// | --- | --- |
/// | `name` | `argv[0]` |
/// | `args.N` | an argument behind `argv[0]`, in the order of the numbers |
/// | `env.NAME` | a variable |
/// | `cwd` | the working directory |
/// | `grant.N` | the name of a host variable that may pass |
///
/// The last of several settings of one name counts; others are ignored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Process {
    name: Option<String>,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    directory: Option<String>,
    granted: Vec<String>,
}

impl Process {
    /// Sorts a module's settings.
    #[must_use]
    pub fn from_settings(settings: Vec<(String, String)>) -> Self {
        let mut process = Self::default();
        // By position. A sorted list: a map would be half of the driver.
        let mut arguments: Vec<(u32, String)> = Vec::new();
        for (key, value) in settings {
            if key == "name" {
                process.name = Some(value);
            } else if key == "cwd" {
                process.directory = Some(value);
            } else if let Some(name) = key.strip_prefix("env.") {
                set(&mut process.variables, name, value);
            } else if key.starts_with("grant.") {
                process.granted.push(value);
            } else if let Some(Ok(position)) = key.strip_prefix("args.").map(str::parse) {
                match arguments.binary_search_by_key(&position, |(known, _)| *known) {
                    Ok(place) => arguments[place].1 = value,
                    Err(place) => arguments.insert(place, (position, value)),
                }
            }
        }
        process.arguments = arguments.into_iter().map(|(_, value)| value).collect();
        process
    }

    /// `argv`: the name (the setting, else the host's), the Boxfile's arguments,
    /// then those of the host behind its name.
    #[must_use]
    pub fn arguments(self, host: Vec<String>) -> Vec<String> {
        let mut host = host.into_iter();
        let host_name = host.next();
        let name = self
            .name
            .or(host_name)
            .unwrap_or_else(|| DEFAULT_NAME.to_owned());
        let mut arguments = vec![name];
        arguments.extend(self.arguments);
        arguments.extend(host);
        arguments
    }

    /// `environ`: the Boxfile's variables, then the granted ones of the host; a
    /// granted variable that the host has replaces one of the Boxfile.
    #[must_use]
    pub fn variables(self, host: Vec<(String, String)>) -> Vec<(String, String)> {
        let mut variables = self.variables;
        for (name, value) in host {
            if self.granted.contains(&name) {
                set(&mut variables, &name, value);
            }
        }
        variables
    }

    /// Whether any host variable may pass.
    #[must_use]
    pub fn grants_variables(&self) -> bool {
        !self.granted.is_empty()
    }

    /// The working directory, as an absolute path; `/` where none is set.
    #[must_use]
    pub fn directory(self) -> String {
        match self.directory {
            Some(path) if path.starts_with('/') => path,
            Some(path) => ["/", &path].concat(),
            None => "/".to_owned(),
        }
    }
}

/// Replaces the value of `name` where it is, or adds it at the end.
fn set(variables: &mut Vec<(String, String)>, name: &str, value: String) {
    match variables.iter_mut().find(|(known, _)| known == name) {
        Some((_, old)) => *old = value,
        None => variables.push((name.to_owned(), value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn pairs(texts: &[(&str, &str)]) -> Vec<(String, String)> {
        texts
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn process(settings: &[(&str, &str)]) -> Process {
        Process::from_settings(pairs(settings))
    }

    #[test]
    fn without_settings_arguments_pass_and_variables_do_not() {
        assert_eq!(process(&[]).arguments(owned(&["host", "a"])), ["host", "a"]);
        assert_eq!(process(&[]).variables(pairs(&[("HOME", "/root")])), []);
        assert_eq!(process(&[]).directory(), "/");
        assert!(!process(&[]).grants_variables());
    }

    #[test]
    fn there_is_always_a_name() {
        assert_eq!(process(&[]).arguments(vec![]), ["box"]);
        assert_eq!(process(&[("name", "tool")]).arguments(vec![]), ["tool"]);
        assert_eq!(
            process(&[("name", "tool")]).arguments(owned(&["host"])),
            ["tool"]
        );
        assert_eq!(process(&[("args.0", "x")]).arguments(vec![]), ["box", "x"]);
    }

    #[test]
    fn baked_arguments_come_before_the_hosts() {
        let process = process(&[("name", "tool"), ("args.0", "--greeting"), ("args.1", "hi")]);
        let arguments = process.arguments(owned(&["host", "--loud", ""]));
        assert_eq!(arguments, ["tool", "--greeting", "hi", "--loud", ""]);
    }

    #[test]
    fn arguments_are_ordered_by_number() {
        let mut settings: Vec<(String, String)> = (0..12)
            .rev()
            .map(|n| (["args.", &n.to_string()].concat(), n.to_string()))
            .collect();
        settings.push(("args.3".to_owned(), "three".to_owned()));
        let arguments = Process::from_settings(settings).arguments(vec![]);
        assert_eq!(arguments[1..].join(" "), "0 1 2 three 4 5 6 7 8 9 10 11");
    }

    #[test]
    fn a_granted_variable_of_the_host_wins() {
        let process = process(&[
            ("env.LANG", "C.UTF-8"),
            ("env.HOME", "/baked"),
            ("grant.0", "HOME"),
            ("grant.1", "ABSENT"),
        ]);
        assert!(process.grants_variables());
        let host = pairs(&[("SECRET", "x"), ("HOME", "/root"), ("LANG", "de")]);
        let expected = pairs(&[("LANG", "C.UTF-8"), ("HOME", "/root")]);
        assert_eq!(process.variables(host), expected);
    }

    #[test]
    fn a_granted_variable_that_the_host_lacks_keeps_the_baked_value() {
        let process = process(&[("env.HOME", "/baked"), ("grant.0", "HOME")]);
        assert_eq!(process.variables(vec![]), pairs(&[("HOME", "/baked")]));
    }

    #[test]
    fn the_last_setting_of_a_name_counts() {
        let process = process(&[
            ("env.A", "1"),
            ("env.B", "2"),
            ("env.A", "3"),
            ("cwd", "/a"),
            ("cwd", "/b"),
        ]);
        assert_eq!(
            process.clone().variables(vec![]),
            pairs(&[("A", "3"), ("B", "2")])
        );
        assert_eq!(process.directory(), "/b");
    }

    #[test]
    fn a_variable_may_have_dots_or_nothing() {
        let process = process(&[("env.a.b", "1"), ("env.EMPTY", "")]);
        assert_eq!(
            process.variables(vec![]),
            pairs(&[("a.b", "1"), ("EMPTY", "")])
        );
    }

    #[test]
    fn the_directory_is_absolute() {
        assert_eq!(process(&[("cwd", "/app")]).directory(), "/app");
        assert_eq!(process(&[("cwd", "app")]).directory(), "/app");
    }

    #[test]
    fn other_settings_are_ignored() {
        assert_eq!(
            process(&[("args.x", "1"), ("color", "red"), ("env", "2")]),
            Process::default()
        );
    }
}

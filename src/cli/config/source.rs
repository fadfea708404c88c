//! What was stated, where: flags win over the environment, that over the file, that over what is
//! taken where nobody says anything.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::super::CliError;
use super::keys::{KEYS, Key};
use crate::law::did_you_mean;

/// The file that is read where it is there and none is named.
pub(super) const FILE: &str = "motcua.toml";
/// A file larger than this is none.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Where a value was stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// Nowhere.
    Default,
    /// In the file, on a line.
    File(PathBuf, usize),
    /// In the environment.
    Variable(&'static str),
    /// On the command line.
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}

/// A value as it was stated.
#[derive(Debug, Clone)]
pub(super) struct Stated {
    pub(super) text: String,
    pub(super) source: Source,
}

/// What was stated of every setting.
#[derive(Debug)]
pub(super) struct Sources(HashMap<&'static str, Stated>);

impl Sources {
    /// Puts together what the flags, the environment and the file say. A file that is named has to
    /// be there.
    pub(super) fn read(
        flags: &[(&'static str, Option<String>)],
        variable: impl Fn(&str) -> Option<String>,
        file: Option<&Path>,
    ) -> Result<Self, CliError> {
        let mut all = match file {
            Some(path) => of_file(path)?,
            None if Path::new(FILE).is_file() => of_file(Path::new(FILE))?,
            None => HashMap::new(),
        };
        for key in &KEYS {
            if let Some(text) = variable(key.variable).filter(|text| !text.is_empty()) {
                all.insert(key.name, Stated { text, source: Source::Variable(key.variable) });
            }
            let flag = flags.iter().find(|(name, _)| *name == key.name).and_then(|(_, text)| text.clone());
            if let Some(text) = flag {
                all.insert(key.name, Stated { text, source: Source::Flag(key.flag) });
            }
            if let (Some(text), false) = (key.default, all.contains_key(key.name)) {
                all.insert(key.name, Stated { text: text.to_owned(), source: Source::Default });
            }
        }
        Ok(Self(all))
    }

    /// What was stated of a setting.
    pub(super) fn get(&self, name: &str) -> Option<&Stated> {
        self.0.get(name)
    }
}

/// What a file states; everything that is wrong with it at once.
fn of_file(path: &Path) -> Result<HashMap<&'static str, Stated>, CliError> {
    use std::io::Read as _;
    let mut text = String::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_string(&mut text));
    read.map_err(|error| CliError::Usage(format!("{}: {error}", path.display())))?;
    let line = |at: usize| 1 + text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count();
    let (table, errors) = DeTable::parse_recoverable(&text);
    let mut wrong: Vec<String> = errors
        .iter()
        .map(|error| {
            let at = line(error.span().map_or(0, |span| span.start));
            format!("{}:{at}: {}", path.display(), error.message().lines().collect::<Vec<_>>().join("; "))
        })
        .collect();
    let mut found = HashMap::new();
    for (name, value, at) in values(table.get_ref(), "") {
        let place = format!("{}:{}", path.display(), line(at));
        match (KEYS.iter().find(|key| key.name == name), value) {
            (Some(key), Some(text)) => {
                let source = Source::File(path.to_owned(), line(at));
                found.insert(key.name, Stated { text, source });
            }
            (Some(key), None) => wrong.push(format!("{place}: `{}` takes {}", key.name, taken(key))),
            (None, _) => {
                let known = KEYS.iter().map(|key| key.name);
                let hint = did_you_mean(&name, known).unwrap_or_else(|| nearest(&name));
                wrong.push(format!("{place}: there is no setting `{name}`; {hint}"));
            }
        }
    }
    if wrong.is_empty() { Ok(found) } else { Err(CliError::Usage(wrong.join("\n"))) }
}

fn taken(key: &Key) -> &'static str {
    match key.shape {
        super::keys::Shape::Text => "a text in quotes",
        super::keys::Shape::Number => "a whole number",
    }
}

/// For a name that is like none: those of its table, or all.
fn nearest(name: &str) -> String {
    let (table, last) = name.rsplit_once('.').unwrap_or(("", name));
    // The name may be right and stand in the wrong table.
    if let Some(key) = KEYS.iter().find(|key| key.name.rsplit('.').next() == Some(last)) {
        return format!("did you mean `{}`?", key.name);
    }
    let of_table: Vec<&str> =
        KEYS.iter().map(|key| key.name).filter(|key| key.split_once('.').is_some_and(|(of, _)| of == table)).collect();
    let all = || KEYS.iter().map(|key| key.name).collect();
    let known = if of_table.is_empty() { all() } else { of_table };
    format!("there are {}", known.join(", "))
}

/// Every value of a table and the tables in it: its whole name, its text where it is a text or a
/// number, and where its name begins.
fn values(table: &DeTable<'_>, within: &str) -> Vec<(String, Option<String>, usize)> {
    let mut found = Vec::new();
    for (key, value) in table {
        let name = if within.is_empty() { key.get_ref().to_string() } else { format!("{within}.{}", key.get_ref()) };
        match value.get_ref() {
            DeValue::Table(table) => {
                let known = KEYS.iter().any(|key| key.name.starts_with(&format!("{name}.")));
                if known {
                    found.extend(values(table, &name));
                } else {
                    found.push((name, None, key.span().start));
                }
            }
            DeValue::String(text) => found.push((name, Some(text.to_string()), key.span().start)),
            DeValue::Integer(number) => {
                // As it is written, without the separators that toml allows.
                let text = number.to_string().replace('_', "");
                found.push((name, Some(text), key.span().start));
            }
            _ => found.push((name, None, key.span().start)),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<HashMap<&'static str, Stated>, String> {
        let path = std::env::temp_dir().join(format!("motcua-config-{}-{}", std::process::id(), text.len()));
        std::fs::write(&path, text).unwrap();
        let found = of_file(&path).map_err(|error| error.to_string().replace(&path.display().to_string(), "FILE"));
        std::fs::remove_file(&path).unwrap();
        found
    }

    #[test]
    fn a_file_states_settings_in_tables_and_each_has_its_line() {
        let found = file("database = \"a.db\"\n\n[limits]\nper_second = 5_000\nmessage_bytes = 100\n").unwrap();
        let of = |name: &str| found[name].text.as_str();
        assert_eq!((of("database"), of("limits.per_second"), of("limits.message_bytes")), ("a.db", "5000", "100"));
        assert!(matches!(&found["limits.per_second"].source, Source::File(_, 4)));
        assert!(file("tls = { cert = \"c\", key = \"k\" }").unwrap().contains_key("tls.key"));
    }

    #[test]
    fn all_that_is_wrong_with_a_file_is_told_with_its_line_and_the_nearest_name() {
        let wrong =
            "databse = \"a\"\nlisten = true\n[limits]\nper_secnd = 1\n[tsl]\ncert = \"x\"\n[log]\nlevel = \"info\"\n";
        let told = file(wrong).unwrap_err();
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines.len(), 5, "{told}");
        for line in [
            "FILE:1: there is no setting `databse`; did you mean `database`?",
            "FILE:2: `listen` takes a text in quotes",
            "FILE:4: there is no setting `limits.per_secnd`; did you mean `limits.per_second`?",
        ] {
            assert!(lines.contains(&line), "{line}\n{told}");
        }
        assert!(told.contains("FILE:8: there is no setting `log.level`; there are log.filter, log.format"), "{told}");
        let told = file("database = \"a\nlisten = 1").unwrap_err();
        assert!(told.starts_with("FILE:1: "), "{told}");
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file_and_that_over_the_default() {
        let path = std::env::temp_dir().join(format!("motcua-config-order-{}", std::process::id()));
        std::fs::write(&path, "listen = \"file\"\ndatabase = \"file\"\nrules = \"file\"\n").unwrap();
        let variable = |name: &str| match name {
            "MOTCUA_LISTEN" | "MOTCUA_DATABASE" => Some("variable".to_owned()),
            "MOTCUA_RULES" => Some(String::new()),
            _ => None,
        };
        let flags = [("listen", Some("flag".to_owned())), ("database", None)];
        let all = Sources::read(&flags, variable, Some(&path)).unwrap();
        std::fs::remove_file(&path).unwrap();
        let of = |name: &str| all.get(name).map(|stated| (stated.text.as_str(), stated.source.to_string()));
        assert_eq!(of("listen"), Some(("flag", "--listen".to_owned())));
        assert_eq!(of("database"), Some(("variable", "MOTCUA_DATABASE".to_owned())));
        assert_eq!(of("rules"), Some(("file", format!("{}:3", path.display()))));
        assert_eq!(of("log.filter"), Some(("info", "default".to_owned())));
        assert_eq!(of("tls.cert"), None);
    }
}

//! The procedures of the single window and their messages (`procedures.csv`, `messages.csv`).

use std::sync::OnceLock;

use crate::trade::Direction;

/// Who sends a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    /// The trader, through the single window.
    Trader,
    /// The agency.
    Agency,
}

/// A message of a procedure.
#[derive(Debug)]
pub(super) struct Message {
    procedure: String,
    kind: String,
    function: String,
    /// Who sends it.
    pub(super) sender: Sender,
    /// What it says.
    pub(super) meaning: String,
    /// The element that holds it, where a schema says so.
    pub(super) element: String,
}

impl Message {
    /// Whether it carries the application whole: it applies, or asks to change what was applied
    /// for.
    pub(super) fn carries_application(&self) -> bool {
        let edit = matches!(self.element.as_str(), "RequestEdit" | "RequestProEdit");
        self.sender == Sender::Trader && (self.kind == super::APPLICATION || edit)
    }
}

/// A procedure.
#[derive(Debug)]
pub(super) struct Procedure {
    /// Its code.
    pub(super) code: String,
    /// Which way its goods go.
    pub(super) goods: Direction,
    /// In the first generation of its schemas `preReference` stands before `preDocumentYear`.
    pub(super) reference_first: bool,
}

/// The tables that the program carries.
#[derive(Debug)]
pub(super) struct Catalogue {
    procedures: Vec<Procedure>,
    messages: Vec<Message>,
}

impl Catalogue {
    /// The tables.
    pub(super) fn get() -> &'static Self {
        static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
        CATALOGUE.get_or_init(|| Self {
            procedures: rows(include_str!("procedures.csv"))
                .map(|row| Procedure {
                    code: cell(&row, 0),
                    goods: if &row[1] == "export" { Direction::Export } else { Direction::Import },
                    reference_first: cell(&row, 3) == "reference",
                })
                .collect(),
            messages: rows(include_str!("messages.csv"))
                .map(|row| Message {
                    procedure: cell(&row, 0),
                    kind: cell(&row, 1),
                    function: cell(&row, 2),
                    sender: if &row[3] == "trader" { Sender::Trader } else { Sender::Agency },
                    meaning: cell(&row, 4),
                    element: cell(&row, 6).split('[').next().unwrap_or_default().to_owned(),
                })
                .collect(),
        })
    }

    /// The procedure of a code.
    pub(super) fn procedure(&self, code: &str) -> Option<&Procedure> {
        self.procedures.iter().find(|procedure| procedure.code == code)
    }

    /// The message of a procedure by type and function.
    pub(super) fn message(&self, procedure: &str, kind: &str, function: &str) -> Option<&Message> {
        self.of(procedure)
            .find(|message| message.kind == kind && (message.function == function || message.function == "*"))
    }

    /// The applications of a procedure as `type/function`, joined by commas.
    pub(super) fn applications(&self, procedure: &str) -> String {
        let list: Vec<String> = self
            .of(procedure)
            .filter(|message| message.kind == super::APPLICATION)
            .map(|message| format!("{}/{}", message.kind, message.function))
            .collect();
        list.join(", ")
    }

    fn of(&self, procedure: &str) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(move |message| message.procedure == procedure)
    }
}

/// The rows of an embedded table. A row that the csv reader cannot read would be lost; a test
/// counts them.
fn rows(table: &'static str) -> impl Iterator<Item = csv::StringRecord> {
    csv::Reader::from_reader(table.as_bytes()).into_records().filter_map(Result::ok)
}

fn cell(row: &csv::StringRecord, at: usize) -> String {
    row.get(at).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_every_procedure_known() {
        let catalogue = Catalogue::get();
        assert_eq!(catalogue.messages.len(), include_str!("messages.csv").lines().count() - 1);
        assert_eq!(catalogue.procedures.len(), include_str!("procedures.csv").lines().count() - 1);
        for message in &catalogue.messages {
            assert!(catalogue.procedure(&message.procedure).is_some(), "{}", message.procedure);
        }
        let applications = catalogue.messages.iter().filter(|m| m.kind == "10").count();
        assert_eq!(applications, 21);
    }
}

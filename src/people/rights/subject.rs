//! What rights are about: as much of a thing as decides whose it is.

use crate::people::PersonId;

/// What somebody wants to see or to act on. Agencies are those competent today: where one took over
/// from another, the caller says the successor.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// A declaration.
    Declaration {
        /// The tax code of the importer or exporter.
        holder: Option<&'a str>,
        /// The organisation that sent it.
        filer: &'a str,
        /// The agencies that have a task in it.
        agencies: &'a [&'a str],
        /// One of its steps is stuck.
        stuck: bool,
    },
    /// A dossier.
    Dossier {
        /// The tax code of the applicant.
        holder: Option<&'a str>,
        /// The organisation that sent it.
        filer: &'a str,
        /// The agency that handles it.
        agency: Option<&'a str>,
        /// It is stuck.
        stuck: bool,
    },
    /// A task of a declaration.
    Task {
        /// The agency; none: customs' own.
        agency: Option<&'a str>,
        /// The tax code of the importer or exporter.
        holder: Option<&'a str>,
    },
    /// A permit, certificate or quota of a holder, with what is left of it.
    Permit {
        /// The tax code of whom it was given to.
        holder: Option<&'a str>,
        /// The agency that gave it.
        agency: Option<&'a str>,
    },
    /// A certificate that is exchanged with a partner.
    Certificate {
        /// The organisation that sent it.
        from: &'a str,
        /// The organisation that it was sent to.
        to: &'a str,
        /// The tax code of the importer or exporter.
        holder: Option<&'a str>,
    },
    /// The messages that wait for an organisation.
    Outbox {
        /// Which.
        organisation: &'a str,
    },
    /// What an organisation sends in bulk.
    Bulk {
        /// Which.
        organisation: &'a str,
    },
    /// An organisation with its people, keys and endpoints.
    Organisation {
        /// Its id.
        id: &'a str,
    },
    /// The account of a person.
    Account {
        /// Which.
        person: PersonId,
    },
    /// The single window itself.
    Installation,
}

impl Subject<'_> {
    /// Whether a step of it is stuck.
    pub(super) fn is_stuck(&self) -> bool {
        matches!(self, Self::Declaration { stuck: true, .. } | Self::Dossier { stuck: true, .. })
    }
}

/// How much of a subject is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All of it.
    Whole,
    /// The goods, and the asker's own tasks with what was said in them. Not what other agencies and
    /// customs remarked and found.
    OwnTasks,
    /// The steps with their states, and what keeps the stuck ones. Neither goods nor parties; of a bulk
    /// job how far it has come, and nothing of what is in it.
    Steps,
}

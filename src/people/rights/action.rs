//! The actions, and which kind of organisation they are for.

use super::subject::Subject;
use crate::people::OrganisationKind;

/// Something that is asked of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// See a declaration.
    ReadDeclaration,
    /// See a dossier.
    ReadDossier,
    /// See a task.
    ReadTask,
    /// See a permit, certificate or quota, and what is left of it.
    ReadPermit,
    /// See a certificate that is exchanged with a partner.
    ReadCertificate,
    /// See an organisation with its people and keys; no secret of them is ever shown.
    ReadOrganisation,
    /// See one's own account.
    ReadAccount,
    /// See how the installation does: queues, dead letters, stuck cases.
    ReadOperations,
    /// See the journal, and who looked at what.
    ReadAudit,
    /// Send a declaration or dossier, or send it anew for another holder.
    File,
    /// Send many messages at once, or stop that.
    SendBulk,
    /// See how far that has come.
    ReadBulk,
    /// Amend, cancel, state facts, ask for storage.
    ActAsDeclarant,
    /// Attach a document.
    Attach,
    /// Accept, choose the channel, check, settle facts, decide otherwise.
    ActAsCustoms,
    /// Claim, ask for more, give a result.
    ActOnTask,
    /// Issue a permit, certificate or quota.
    IssueEvidence,
    /// Take one back.
    Revoke,
    /// Enter afterwards what was obtained while the service was down.
    EnterAfterwards,
    /// Send a certificate from another country.
    SendCertificate,
    /// Fetch the messages that wait, and acknowledge them.
    FetchOutbox,
    /// Send again what could not be delivered.
    Redeliver,
    /// Retry, skip, settle or abort a stuck step.
    SettleStuck,
    /// Look after the people, keys and endpoints of an organisation.
    ManageOrganisation,
    /// Change one's own password, set up the second factor.
    ManageAccount,
    /// Make and change organisations and mandates.
    Administer,
    /// Install an edition of the law, or take it back.
    InstallLaw,
}

/// With which subjects an action is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// With none.
    Never,
    /// With the asker's own.
    Own,
    /// With those that are stuck.
    Stuck,
    /// With all.
    Any,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 27] = [
        Self::ReadDeclaration,
        Self::ReadDossier,
        Self::ReadTask,
        Self::ReadPermit,
        Self::ReadCertificate,
        Self::ReadOrganisation,
        Self::ReadAccount,
        Self::ReadOperations,
        Self::ReadAudit,
        Self::File,
        Self::SendBulk,
        Self::ReadBulk,
        Self::ActAsDeclarant,
        Self::Attach,
        Self::ActAsCustoms,
        Self::ActOnTask,
        Self::IssueEvidence,
        Self::Revoke,
        Self::EnterAfterwards,
        Self::SendCertificate,
        Self::FetchOutbox,
        Self::Redeliver,
        Self::SettleStuck,
        Self::ManageOrganisation,
        Self::ManageAccount,
        Self::Administer,
        Self::InstallLaw,
    ];

    /// What seeing a subject is called.
    pub(super) fn to_see(subject: &Subject<'_>) -> Self {
        match subject {
            Subject::Declaration { .. } => Self::ReadDeclaration,
            Subject::Dossier { .. } => Self::ReadDossier,
            Subject::Task { .. } => Self::ReadTask,
            Subject::Permit { .. } => Self::ReadPermit,
            Subject::Certificate { .. } => Self::ReadCertificate,
            Subject::Outbox { .. } => Self::FetchOutbox,
            Subject::Bulk { .. } => Self::ReadBulk,
            Subject::Organisation { .. } => Self::ReadOrganisation,
            Subject::Account { .. } => Self::ReadAccount,
            Subject::Installation => Self::ReadOperations,
        }
    }

    /// Whether it changes nothing.
    pub fn only_reads(self) -> bool {
        match self {
            Self::ReadDeclaration
            | Self::ReadDossier
            | Self::ReadTask
            | Self::ReadPermit
            | Self::ReadCertificate
            | Self::ReadOrganisation
            | Self::ReadAccount
            | Self::ReadOperations
            | Self::ReadBulk
            | Self::ReadAudit => true,
            Self::File
            | Self::SendBulk
            | Self::ActAsDeclarant
            | Self::Attach
            | Self::ActAsCustoms
            | Self::ActOnTask
            | Self::IssueEvidence
            | Self::Revoke
            | Self::EnterAfterwards
            | Self::SendCertificate
            | Self::FetchOutbox
            | Self::Redeliver
            | Self::SettleStuck
            | Self::ManageOrganisation
            | Self::ManageAccount
            | Self::Administer
            | Self::InstallLaw => false,
        }
    }

    /// Whether it is an action on subjects of this kind.
    pub(super) fn fits(self, subject: &Subject<'_>) -> bool {
        match self {
            Self::ReadDeclaration | Self::ActAsCustoms => matches!(subject, Subject::Declaration { .. }),
            Self::ReadDossier => matches!(subject, Subject::Dossier { .. }),
            Self::File | Self::ActAsDeclarant | Self::Attach | Self::SettleStuck => {
                matches!(subject, Subject::Declaration { .. } | Subject::Dossier { .. })
            }
            Self::ReadTask => matches!(subject, Subject::Task { .. }),
            Self::ActOnTask | Self::IssueEvidence | Self::EnterAfterwards => {
                matches!(subject, Subject::Task { .. } | Subject::Dossier { .. })
            }
            Self::ReadPermit | Self::Revoke => matches!(subject, Subject::Permit { .. }),
            Self::ReadCertificate | Self::SendCertificate => matches!(subject, Subject::Certificate { .. }),
            Self::SendBulk | Self::ReadBulk => matches!(subject, Subject::Bulk { .. }),
            Self::FetchOutbox | Self::Redeliver => matches!(subject, Subject::Outbox { .. }),
            Self::ReadOrganisation | Self::ManageOrganisation => matches!(subject, Subject::Organisation { .. }),
            Self::ReadAccount | Self::ManageAccount => matches!(subject, Subject::Account { .. }),
            Self::ReadOperations | Self::ReadAudit | Self::Administer | Self::InstallLaw => {
                matches!(subject, Subject::Installation)
            }
        }
    }
}

/// What a kind of organisation may do at all.
pub fn reach(kind: OrganisationKind, action: Action) -> Reach {
    let [trader, broker, agency, customs, partner, operator, auditor] = row(action);
    match kind {
        OrganisationKind::Trader => trader,
        OrganisationKind::Broker => broker,
        OrganisationKind::Agency => agency,
        OrganisationKind::Customs => customs,
        OrganisationKind::Partner => partner,
        OrganisationKind::Operator => operator,
        OrganisationKind::Auditor => auditor,
    }
}

/// The table of rights.
fn row(action: Action) -> [Reach; 7] {
    use Reach::{Any, Never as No, Own, Stuck};
    match action {
        //                                               trader broker agency customs partner operator auditor
        Action::ReadDeclaration | Action::ReadDossier => [Own, Own, Own, Any, No, Stuck, Any],
        Action::ReadTask | Action::ReadPermit => [Own, Own, Own, Any, No, No, Any],
        Action::ReadCertificate => [Own, Own, No, Any, Own, No, Any],
        Action::ReadOrganisation => [Own, Own, Own, Own, Own, Any, Any],
        Action::ReadAccount | Action::ManageAccount => [Own, Own, Own, Own, Own, Own, Own],
        Action::ReadOperations => [No, No, No, No, No, Any, Any],
        Action::ReadAudit => [No, No, No, No, No, No, Any],
        // Customs files what comes to its counter on paper.
        Action::File => [Own, Own, No, Any, No, No, No],
        Action::SendBulk => [Own, Own, Own, Own, No, No, No],
        Action::ReadBulk => [Own, Own, Own, Own, No, Any, Any],
        // And amends or takes back, for the trader who comes to it, what it has filed itself.
        Action::ActAsDeclarant => [Own, Own, No, Own, No, No, No],
        Action::Attach => [Own, Own, Own, Any, No, No, No],
        Action::ActAsCustoms => [No, No, No, Any, No, No, No],
        Action::ActOnTask | Action::IssueEvidence | Action::Revoke => [No, No, Own, Own, No, No, No],
        Action::EnterAfterwards => [No, No, Own, Any, No, No, No],
        Action::SendCertificate => [No, No, No, No, Own, No, No],
        Action::FetchOutbox => [Own, Own, Own, Own, Own, Own, No],
        Action::SettleStuck => [No, No, No, No, No, Stuck, No],
        Action::ManageOrganisation => [Own, Own, Own, Own, Own, Any, No],
        Action::Redeliver | Action::Administer | Action::InstallLaw => [No, No, No, No, No, Any, No],
    }
}

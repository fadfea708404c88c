//! Rights: who may see and do what. Whatever is asked of the service passes here, and nowhere else
//! is it decided by whom.
//!
//! A right is the meeting of three things: the sign-in is complete, the table ([`reach`]) gives the
//! action to that kind of organisation, and where it does so for its own only, the subject is its own.

mod action;
mod subject;

pub use action::{Action, Reach, reach};
pub use subject::{Scope, Subject};

use super::principal::{Mandates, OrganisationKind, Principal, SecondFactor, SignIn};

/// Why something may not be seen or done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The second factor is set up and was not shown.
    #[error("the code of the second factor is to be given first")]
    SecondFactor,
    /// The second factor is needed and is not set up.
    #[error("a second factor is to be set up first")]
    Enrolment,
    /// The password was set by somebody else.
    #[error("the password is to be changed first")]
    PasswordChange,
    /// No organisation of this kind may do that.
    #[error("this is not for {}", .0.as_str())]
    Kind(OrganisationKind),
    /// It may, but not with this one. Whoever asks is not told whether there is such a thing.
    #[error("there is no such thing, or it is none of the asker's")]
    NotOwn,
}

impl Denied {
    /// Whether the answer must look as if there were no such thing.
    pub fn hides(self) -> bool {
        matches!(self, Self::NotOwn)
    }
}

/// Whose permits and quotas somebody may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose<'a> {
    /// Everybody's.
    Everybodys,
    /// Those of traders with these tax codes.
    Of(Vec<&'a str>),
    /// Those that this agency gave.
    GivenBy(&'a str),
}

impl Principal {
    /// How much of a subject may be seen.
    ///
    /// # Errors
    /// [`Denied`] where nothing of it may.
    pub fn may_see(&self, subject: &Subject<'_>) -> Result<Scope, Denied> {
        self.may_do(Action::to_see(subject), subject)?;
        Ok(self.scope(subject))
    }

    /// Whether an action on a subject is allowed.
    ///
    /// # Errors
    /// [`Denied`] where it is not.
    pub fn may_do(&self, action: Action, subject: &Subject<'_>) -> Result<(), Denied> {
        self.complete(action)?;
        let reach = if action.fits(subject) { reach(self.kind, action) } else { Reach::Never };
        let allowed = match reach {
            Reach::Never => return Err(Denied::Kind(self.kind)),
            Reach::Own => match action {
                Action::File => self.files_for(subject),
                // What a broker has filed stays his to read; acting takes the mandate, today.
                Action::ActAsDeclarant | Action::Attach if self.kind == OrganisationKind::Broker => {
                    self.owns(subject) && self.files_for(subject)
                }
                // Customs acts for nobody but at its counter: what others have filed is theirs.
                Action::ActAsDeclarant if self.kind == OrganisationKind::Customs => self.has_filed(subject),
                Action::SendCertificate => self.sends(subject),
                Action::ActOnTask | Action::IssueEvidence => self.handles(subject),
                _ => self.owns(subject),
            },
            Reach::Stuck => subject.is_stuck(),
            Reach::Any => true,
        };
        if allowed { Ok(()) } else { Err(Denied::NotOwn) }
    }

    /// Whose permits and quotas it may see: what [`Principal::may_see`] says of each, for lists.
    ///
    /// # Errors
    /// [`Denied`] where it may see none.
    pub fn whose_permits(&self) -> Result<Whose<'_>, Denied> {
        self.signed_in()?;
        match reach(self.kind, Action::ReadPermit) {
            Reach::Any => Ok(Whose::Everybodys),
            Reach::Own => Ok(match (self.kind, &self.mandates) {
                (OrganisationKind::Agency, _) => match self.agency.as_deref() {
                    Some(agency) => Whose::GivenBy(agency),
                    None => Whose::Of(Vec::new()),
                },
                (OrganisationKind::Broker, Mandates::Everybody) => Whose::Everybodys,
                (OrganisationKind::Broker, Mandates::Of(traders)) => {
                    Whose::Of(self.identity.iter().chain(traders).map(String::as_str).collect())
                }
                _ => Whose::Of(self.identity.as_deref().into_iter().collect()),
            }),
            Reach::Stuck | Reach::Never => Err(Denied::Kind(self.kind)),
        }
    }

    /// Whether the sign-in is complete: until it is, nothing may be done but with one's own account.
    ///
    /// # Errors
    /// [`Denied`] says what is still wanted.
    pub fn signed_in(&self) -> Result<(), Denied> {
        let SignIn::Session(second_factor) = self.sign_in else { return Ok(()) };
        if second_factor == SecondFactor::Missing {
            return Err(Denied::SecondFactor);
        }
        if self.person.as_ref().is_some_and(|person| person.must_change) {
            return Err(Denied::PasswordChange);
        }
        if second_factor == SecondFactor::NotEnrolled {
            return Err(Denied::Enrolment);
        }
        Ok(())
    }

    /// Whether the sign-in is complete enough for an action.
    fn complete(&self, action: Action) -> Result<(), Denied> {
        match self.signed_in() {
            Err(Denied::PasswordChange | Denied::Enrolment) if action == Action::ManageAccount => Ok(()),
            signed_in => signed_in,
        }
    }

    /// Whether a subject is the asker's own.
    fn owns(&self, subject: &Subject<'_>) -> bool {
        let own = |organisation: &str| self.organisation.as_str() == organisation;
        let for_holder = |holder: Option<&str>| holder.is_some_and(|holder| self.acts_for(holder));
        match *subject {
            Subject::Declaration { holder, filer, agencies, .. } => {
                own(filer) || for_holder(holder) || agencies.iter().any(|agency| self.is_agency(Some(agency)))
            }
            Subject::Dossier { holder, filer, agency, .. } => {
                own(filer) || for_holder(holder) || self.is_agency(agency)
            }
            // Customs' own tasks are those of no agency.
            Subject::Task { agency: None, .. } if self.kind == OrganisationKind::Customs => true,
            Subject::Task { holder, agency } | Subject::Permit { holder, agency } => {
                for_holder(holder) || self.is_agency(agency)
            }
            Subject::Certificate { from, to, holder } => own(from) || own(to) || for_holder(holder),
            Subject::Outbox { organisation } | Subject::Bulk { organisation } => own(organisation),
            Subject::Organisation { id } => own(id) && self.is_admin(),
            Subject::Account { person } => self.in_session().is_some_and(|asker| asker.id == person),
            Subject::Installation => false,
        }
    }

    /// Whether it is the one who has filed something.
    fn has_filed(&self, subject: &Subject<'_>) -> bool {
        match *subject {
            Subject::Declaration { filer, .. } | Subject::Dossier { filer, .. } => self.organisation.as_str() == filer,
            _ => false,
        }
    }

    /// Whether something may be filed. What is filed draws on its holder's permits and quotas, so
    /// that it is not enough to be the one who sends it.
    fn files_for(&self, subject: &Subject<'_>) -> bool {
        match *subject {
            Subject::Declaration { holder, .. } | Subject::Dossier { holder, .. } => {
                holder.is_none_or(|holder| self.acts_for(holder))
            }
            _ => false,
        }
    }

    /// Whether it is the desk of a task or dossier: that it has filed it makes nobody one.
    fn handles(&self, subject: &Subject<'_>) -> bool {
        match *subject {
            // Customs' own tasks are those of no agency.
            Subject::Task { agency: None, .. } => self.kind == OrganisationKind::Customs,
            Subject::Task { agency, .. } | Subject::Dossier { agency, .. } => self.is_agency(agency),
            _ => false,
        }
    }

    /// Whether it is the one from whom a certificate comes.
    fn sends(&self, subject: &Subject<'_>) -> bool {
        matches!(subject, Subject::Certificate { from, .. } if self.organisation.as_str() == *from)
    }

    /// Whether it is, or may act for, whom a tax code names.
    fn acts_for(&self, holder: &str) -> bool {
        match self.kind {
            OrganisationKind::Trader => self.identity.as_deref() == Some(holder),
            OrganisationKind::Broker => self.identity.as_deref() == Some(holder) || self.mandates.cover(holder),
            _ => false,
        }
    }

    fn is_agency(&self, agency: Option<&str>) -> bool {
        // Customs is one too, where the law gives it dossiers to judge.
        let is_desk = matches!(self.kind, OrganisationKind::Agency | OrganisationKind::Customs);
        is_desk && agency.is_some() && self.agency.as_deref() == agency
    }

    fn is_admin(&self) -> bool {
        self.in_session().is_some_and(|person| person.admin)
    }

    /// The person that asks from a session. A key may be a person's, but it looks after nobody.
    fn in_session(&self) -> Option<&super::Person> {
        self.person.as_ref().filter(|_| self.sign_in != SignIn::ApiKey)
    }

    /// How much is shown of a subject that may be seen.
    fn scope(&self, subject: &Subject<'_>) -> Scope {
        match (self.kind, subject) {
            (OrganisationKind::Agency, Subject::Declaration { .. }) => Scope::OwnTasks,
            (
                OrganisationKind::Operator,
                Subject::Declaration { .. } | Subject::Dossier { .. } | Subject::Bulk { .. },
            ) => Scope::Steps,
            _ => Scope::Whole,
        }
    }
}

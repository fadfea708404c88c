//! Messages about cases that are there: amendments, cancellations, letters of dossiers.

use super::super::desk::{ActError, Desk, Namesake, number_taken};
use super::super::examine;
use super::super::ids::new_case;
use super::super::sender::{author, not_for};
use super::given::{Given, together};
use super::on_dossier::{DossierAct, goods};
use super::on_task::LineResult;
use crate::approval::dossier::{allowed, begin};
use crate::clearance::case::declaration::{Command as DeclarationCommand, DecidedBy, Registration, Status};
use crate::clearance::case::dossier::{Command, Opening};
use crate::clearance::case::{CaseId, MessageRef, Refused, RefusedReason};
use crate::law::life_cycle::{Act, MessageCode, Sender};
use crate::message::incoming::{Content, Family, Incoming, Letter, LetterLine};
use crate::people::{Action, OrganisationKind, Principal, Subject};
use crate::store::cases;

/// Where a WCO message gives its reason.
const WCO_REASON: &str = "`Declaration/AdditionalInformation` with `StatementTypeCode` AES is missing: its \
    `StatementDescription` says";

impl Desk<'_> {
    /// Does what a message says about a case that is there, or opens the dossier that it applies
    /// for. Gives the case.
    ///
    /// # Errors
    /// [`ActError`]
    pub async fn follow(
        &mut self,
        incoming: &Incoming<'_>,
        message: MessageRef,
        principal: &Principal,
    ) -> Result<Option<CaseId>, ActError> {
        let by = author(principal);
        let family = incoming.head.family;
        match &incoming.content {
            // These say only that something was heard.
            Content::Receipt(_) | Content::Errors(_) => Ok(None),
            Content::Declaration(reading) => {
                let registration = self.registration(reading, message, principal);
                self.declared_again(registration, family, principal).await
            }
            Content::Replacement(reading) => {
                let registration = self.registration(reading, message, principal);
                let case =
                    self.meant(registration.number.as_deref(), registration.reference.as_deref(), principal).await?;
                self.amend(case, registration, (String::new(), family), principal).await.map(Some)
            }
            Content::Amendment(amendment) => {
                if !amendment.whole {
                    let message = "an amendment carries the whole declaration as it is to be; this one only points at what changes";
                    return Err(Refused::because(RefusedReason::Invalid, message).into());
                }
                let registration = self.registration(&amendment.reading, message, principal);
                let case =
                    self.meant(registration.number.as_deref(), registration.reference.as_deref(), principal).await?;
                let reason = amendment.reason.as_deref().unwrap_or_default().to_owned();
                self.amend(case, registration, (reason, family), principal).await.map(Some)
            }
            Content::Cancellation(cancellation) => {
                let reference = Some(incoming.head.subject.reference.as_ref()).filter(|text| !text.is_empty());
                let case = self.meant(cancellation.number.as_deref(), reference, principal).await?;
                self.declarant(case, principal).await?;
                let said = cancellation.reason.as_deref().or(cancellation.reason_code.as_deref());
                // The message that withdraws before acceptance has no place for more.
                let withdrawn = (cancellation.after_acceptance == Some(false)).then_some("withdrawn before acceptance");
                let reason = said.or(withdrawn).unwrap_or_default().to_owned();
                if reason.trim().is_empty() && family == Family::Wco {
                    let message = format!("{WCO_REASON} why the declaration is cancelled");
                    return Err(Refused::because(RefusedReason::Invalid, message).into());
                }
                self.command(case, &DeclarationCommand::Cancel { reason }, &by).await?;
                Ok(Some(case))
            }
            Content::Presentation(presentation) => {
                let reference = Some(incoming.head.subject.reference.as_ref()).filter(|text| !text.is_empty());
                let case = self.meant(presentation.number.as_deref(), reference, principal).await?;
                self.declarant(case, principal).await?;
                self.under_todays_law(case).await?;
                self.command(case, &DeclarationCommand::Accept, &by).await?;
                Ok(Some(case))
            }
            Content::Letter(letter) => self.letter(letter, message, principal).await.map(Some),
        }
    }

    /// A declaration comes under the name of one that is there. Where the family has no amendments it
    /// takes its place; else whoever wants to change it says so.
    async fn declared_again(
        &mut self,
        registration: Registration,
        family: Family,
        principal: &Principal,
    ) -> Result<Option<CaseId>, ActError> {
        let case = match self.namesake(&registration).await? {
            None => return Ok(None),
            Some(Namesake::Own(case)) => case,
            Some(Namesake::Others) => {
                return Err(number_taken(registration.number.as_deref().unwrap_or_default()).into());
            }
        };
        if family == Family::Asycuda {
            return self.amend(case, registration, (String::new(), family), principal).await.map(Some);
        }
        let name = registration.name().unwrap_or_default();
        let message =
            format!("declaration `{name}` is there already, as case {case}: to change it, send its amendment");
        Err(Refused::because(RefusedReason::Conflict, message).into())
    }

    fn registration(
        &self,
        reading: &crate::message::Reading<'_>,
        message: MessageRef,
        principal: &Principal,
    ) -> Registration {
        examine::registration(&self.edition, reading, message, principal.organisation.as_str())
    }

    async fn amend(
        &mut self,
        case: CaseId,
        registration: Registration,
        (reason, family): (String, Family),
        principal: &Principal,
    ) -> Result<CaseId, ActError> {
        self.declarant(case, principal).await?;
        let is_accepted = self.declaration(case).await?.is_some_and(|case| case.status == Status::Accepted);
        if is_accepted && reason.trim().is_empty() {
            return Err(without_reason(family, case).into());
        }
        self.number_is_free(case, &registration).await?;
        let by = author(principal);
        let command = DeclarationCommand::Amend { registration: Box::new(registration), reason };
        self.command(case, &command, &by).await?;
        self.decide_again(case, DecidedBy::Amendment, &by).await?;
        Ok(case)
    }

    /// Whether the principal may act for the declarant.
    async fn declarant(&mut self, case: CaseId, principal: &Principal) -> Result<(), ActError> {
        let Some(declaration) = self.declaration(case).await? else { return Err(super::no_declaration()) };
        let subject = Subject::Declaration {
            holder: declaration.registration.holder.as_deref(),
            filer: &declaration.registration.filer,
            agencies: &[],
            stuck: false,
        };
        principal
            .may_do(Action::ActAsDeclarant, &subject)
            .map_err(|denied| Refused::because(RefusedReason::Forbidden, denied.to_string()).into())
    }

    /// The declaration that a number or reference means among those that the principal may act on; a
    /// name of several is refused, since nobody knows which he means.
    async fn meant(
        &mut self,
        number: Option<&str>,
        reference: Option<&str>,
        principal: &Principal,
    ) -> Result<CaseId, ActError> {
        for name in [number, reference].into_iter().flatten() {
            let mut own = Vec::new();
            for named in self.named(name).await? {
                match self.declarant(named.case, principal).await {
                    Ok(()) => own.push(named),
                    Err(ActError::Refused(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            match cases::Named::meant(&own).as_slice() {
                [] => {}
                [one] => return Ok(*one),
                several => {
                    let ids: Vec<String> = several.iter().map(CaseId::to_string).collect();
                    let message = format!("`{name}` is the name of several of your declarations: {}", ids.join(", "));
                    return Err(Refused::because(RefusedReason::Conflict, message).into());
                }
            }
        }
        let name = number.or(reference).unwrap_or_default();
        let message = format!("no declaration `{name}` of yours is known");
        Err(Refused::because(RefusedReason::Unknown, message).into())
    }

    async fn letter(
        &mut self,
        letter: &Letter<'_>,
        message: MessageRef,
        principal: &Principal,
    ) -> Result<CaseId, ActError> {
        let by = author(principal);
        let sender = match principal.kind {
            OrganisationKind::Agency => Sender::Agency,
            _ => Sender::Trader,
        };
        let text = format!("{}/{}", letter.kind, letter.function);
        let Ok(code) = MessageCode::parse(&text) else {
            let message = format!("`{text}` is no type and function of a message");
            return Err(Refused::because(RefusedReason::Invalid, message).into());
        };
        self.is_message(&letter.procedure, code)?;
        let reference = letter.reference.as_deref().unwrap_or_default();
        let found = cases::dossier_of_reference(&mut self.link(), &letter.procedure, reference).await?;
        // An application under the reference of what has ended is another application.
        let found = match found {
            Some(dossier) if self.applies_anew(dossier, letter, code).await? => None,
            found => found,
        };
        if let Some(paper) =
            letter.papers.iter().find(|paper| paper.valid_to.is_some_and(|to| paper.valid_from > Some(to)))
        {
            let days = [paper.valid_to, paper.valid_from].map(|day| day.map(|day| day.to_string()).unwrap_or_default());
            let message = format!("`valid_to`: what ends on {} cannot begin on {}", days[0], days[1]);
            return Err(Refused::because(RefusedReason::Invalid, message).into());
        }
        let dossier = match found {
            Some(dossier) => dossier,
            None => self.open_by(letter, &message, principal).await?,
        };
        self.party(dossier, sender, principal).await?;
        let act = DossierAct::Message {
            code,
            variant: None,
            sender,
            message: Some(message),
            note: note(letter),
            given: given(letter),
        };
        self.on_dossier(dossier, &act, None, &by).await?;
        if found.is_none()
            && let Some(declaration) = self.join_declaration(dossier, &by).await?
        {
            self.decide_again(declaration, DecidedBy::Evidence, &by).await?;
        }
        Ok(dossier)
    }

    /// Whether there is such a message in a procedure.
    fn is_message(&self, procedure: &str, code: MessageCode) -> Result<(), Refused> {
        let pack = self.edition.pack;
        if pack.procedure(procedure).is_none() {
            let message = format!("procedure `{procedure}` is not known to edition {}", pack.edition);
            return Err(Refused::because(RefusedReason::NoProcedure, message));
        }
        let Some(cycle) = self.edition.cycle(Some(procedure)) else { return Ok(()) };
        if code.is_technical() || cycle.transitions.iter().any(|transition| transition.message.matches(code)) {
            return Ok(());
        }
        let message = format!("procedure {procedure} has no message of type {}, function {}", code.kind, code.function);
        Err(Refused::because(RefusedReason::NoMessage, message))
    }

    /// Whether a letter is a first application, under the reference of a dossier that has ended
    /// without a result that counts.
    async fn applies_anew(
        &mut self,
        dossier: CaseId,
        letter: &Letter<'_>,
        code: MessageCode,
    ) -> Result<bool, ActError> {
        let Some(dossier) = self.dossier(dossier).await?.cloned() else { return Ok(false) };
        let Some(cycle) = self.edition.cycle(dossier.procedure.as_deref()) else { return Ok(false) };
        let first = allowed(cycle, &begin(cycle)).any(|first| first.act == Act::Apply && first.message.matches(code));
        Ok(letter.application.is_some() && first && dossier.is_spent() && !dossier.is_open(cycle))
    }

    /// Whether the principal is who the life cycle says that it is in this dossier.
    async fn party(&mut self, dossier: CaseId, sender: Sender, principal: &Principal) -> Result<(), ActError> {
        let Some(dossier) = self.dossier(dossier).await? else { return Ok(()) };
        let subject = Subject::Dossier {
            holder: dossier.holder.as_deref(),
            filer: &dossier.filer,
            agency: dossier.agency.as_deref(),
            stuck: false,
        };
        let action = match sender {
            Sender::Agency => Action::ActOnTask,
            Sender::Trader => Action::ActAsDeclarant,
        };
        principal
            .may_do(action, &subject)
            .map_err(|denied| Refused::because(RefusedReason::Forbidden, denied.to_string()).into())
    }

    /// Opens the dossier that a first application asks for.
    async fn open_by(
        &mut self,
        letter: &Letter<'_>,
        message: &MessageRef,
        principal: &Principal,
    ) -> Result<CaseId, ActError> {
        let reference = letter.reference.as_deref();
        let Some(application) = &letter.application else {
            let message = format!(
                "no dossier `{}` under procedure {} is known, and this message is no application",
                reference.unwrap_or_default(),
                letter.procedure
            );
            return Err(Refused::because(RefusedReason::Unknown, message).into());
        };
        let edition = std::sync::Arc::clone(&self.edition);
        let declarant = &application.declaration.declarant;
        // A trader who does not say whose it is speaks of himself; a broker may speak of anybody.
        let own = principal.identity.as_deref().filter(|_| principal.kind == OrganisationKind::Trader);
        let opening = Opening {
            procedure: Some(letter.procedure.to_string()),
            agency: edition.agency_of(&letter.procedure, edition.day_of(self.now)).map(str::to_owned),
            holder: declarant.id.as_deref().or(own).map(str::to_owned),
            filer: principal.organisation.as_str().to_owned(),
            reference: reference.map(str::to_owned),
            message: Some(message.clone()),
            goods: goods(application),
        };
        let subject =
            Subject::Dossier { holder: opening.holder.as_deref(), filer: &opening.filer, agency: None, stuck: false };
        principal
            .may_do(Action::File, &subject)
            .map_err(|denied| not_for(principal, opening.holder.as_deref(), denied))?;
        let dossier = new_case(self.now);
        self.dossier_command(dossier, &Command::Open(Box::new(opening)), &author(principal)).await?;
        Ok(dossier)
    }
}

/// What a letter says in words: the first of its papers that says something.
fn note(letter: &Letter<'_>) -> String {
    let said = |paper: &crate::message::incoming::Paper<'_>| {
        let text = paper.reason.as_deref().or(paper.note.as_deref()).or(paper.result.as_deref())?;
        Some(text.to_owned())
    };
    letter.papers.iter().find_map(said).unwrap_or_default()
}

/// How much a letter says that it covers: in all, or its lines together where they are counted alike.
fn quantity(letter: &Letter<'_>) -> Option<(String, String)> {
    let in_all = letter.papers.iter().find_map(|paper| Some((paper.quantity?, paper.unit.as_deref()?.to_owned())));
    let lines = || {
        let of_line = |line: &LetterLine<'_>| {
            let quantity = line.item.quantity.or(line.item.net_mass)?;
            Some((quantity.amount, quantity.unit?.to_string()))
        };
        let counted: Option<Vec<_>> = letter.papers.iter().flat_map(|paper| &paper.lines).map(of_line).collect();
        together(counted?)
    };
    in_all.or_else(lines).map(|(amount, unit)| (amount.to_string(), unit))
}

/// What a letter gives: the number, the last day, the goods and how much of them, the results on lines.
fn given(letter: &Letter<'_>) -> Given {
    let number = letter.papers.iter().find_map(|paper| paper.number.as_deref()).map(str::to_owned);
    let lines = letter.papers.iter().flat_map(|paper| &paper.lines).filter_map(|line| {
        let passed = line.passed?;
        let note = line.reason.as_deref().unwrap_or_default().to_owned();
        (line.item.number > 0).then_some(LineResult { line: line.item.number, passed, note })
    });
    let codes = letter.papers.iter().flat_map(|paper| &paper.lines).map(|line| line.item.hs.map(|hs| hs.to_string()));
    Given {
        number,
        quantity: quantity(letter),
        hs: codes.collect::<Option<Vec<_>>>().unwrap_or_default(),
        valid_to: letter.papers.iter().find_map(|paper| paper.valid_to),
        lines: lines.collect(),
        ..Given::default()
    }
}

/// An accepted declaration is changed by asking customs, with a reason: each family has its own place
/// for that, or none.
fn without_reason(family: Family, case: CaseId) -> Refused {
    let (reason, message) = match family {
        Family::Wco => {
            (RefusedReason::Invalid, format!("{WCO_REASON} why a declaration that is accepted is to be amended"))
        }
        Family::Envelope => {
            let message = "the declaration is accepted: it is amended by a message of type 14, function 08, whose \
                `RequestEdit/Reason` says why";
            (RefusedReason::Invalid, message.to_owned())
        }
        Family::Asycuda => {
            let message =
                format!("the declaration is there already, as case {case}, and accepted: its format has no amendments");
            (RefusedReason::Conflict, message)
        }
    };
    Refused::because(reason, message)
}

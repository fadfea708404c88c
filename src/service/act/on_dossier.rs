//! Acts on a dossier, and what follows for the declaration that it serves.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::super::desk::{ActError, Desk};
use super::super::examine::registers;
use super::check_seen;
use super::given::{Given, Paper, given_anew};
use crate::approval::dossier::{DossierState, allowed, way_to};
use crate::clearance::case::declaration::{Command as DeclarationCommand, DecidedBy, Declaration, Disputed};
use crate::clearance::case::dossier::{Command, Dossier, Goods, Heard, Rectifying};
use crate::clearance::case::{Author, CaseId, MessageRef, Refused, RefusedReason};
use crate::law::life_cycle::{Act as Meaning, LifeCycle, MessageCode, Outcome, Sender};
use crate::law::{EvidenceKind, ProcedureKind};

/// What is asked of a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DossierAct {
    /// Take it up.
    Claim,
    /// Lay it down.
    Release,
    /// A message of its life cycle by type and function.
    Message {
        /// The type and function.
        code: MessageCode,
        /// Which case its content says it is.
        variant: Option<String>,
        /// Who sends it.
        sender: Sender,
        /// The message.
        message: Option<MessageRef>,
        /// What it says.
        note: String,
        /// What is given.
        given: Given,
    },
    /// The same by its meaning.
    Do {
        /// The meaning.
        act: Meaning,
        /// What it says.
        note: String,
        /// What is given.
        given: Given,
        /// Where it was done on paper or elsewhere: what it rests on, and when it was done.
        paper: Option<(String, Timestamp)>,
    },
}

impl DossierAct {
    /// Whether it was done on paper or elsewhere and is entered now.
    pub fn is_on_paper(&self) -> bool {
        matches!(self, Self::Do { paper: Some(_), .. })
    }
}

impl Desk<'_> {
    pub(super) async fn on_dossier(
        &mut self,
        case: CaseId,
        act: &DossierAct,
        seen: Option<u64>,
        by: &Author,
    ) -> Result<CaseId, ActError> {
        let Some(dossier) = self.dossier(case).await?.cloned() else {
            return Err(Refused::because(RefusedReason::Unknown, "there is no such dossier").into());
        };
        check_seen(seen, dossier.head)?;
        if act.is_on_paper()
            && let Some((declaration, task, _)) = &dossier.link
            && let Some(declaration) = self.declaration(*declaration).await?.cloned()
        {
            self.on_paper(&declaration, task, act, by).await?;
            return Ok(case);
        }
        self.do_dossier(case, act, by).await?;
        Ok(case)
    }

    /// Does an act on a dossier, whatever was seen of it.
    pub(super) async fn do_dossier(&mut self, case: CaseId, act: &DossierAct, by: &Author) -> Result<(), ActError> {
        let Some(dossier) = self.dossier(case).await?.cloned() else {
            return Err(Refused::because(RefusedReason::Unknown, "there is no such dossier").into());
        };
        match act {
            DossierAct::Claim => self.dossier_command(case, &Command::Claim, by).await.map(drop)?,
            DossierAct::Release => self.dossier_command(case, &Command::Release, by).await.map(drop)?,
            DossierAct::Message { code, variant, sender, message, note, given } => {
                let heard = Heard {
                    code: Some(*code),
                    act: None,
                    variant: variant.clone(),
                    sender: *sender,
                    implied: false,
                    done: None,
                    paper: None,
                    message: message.clone(),
                    note: note.clone(),
                    evidence: Vec::new(),
                    history: Vec::new(),
                    revokes: given.replaces.clone(),
                };
                self.hear(dossier, heard, given, by).await?;
            }
            DossierAct::Do { act, note, given, paper } => {
                let paper = paper.as_ref();
                let day = self.edition.day_of(paper.map_or(self.now, |(_, done)| *done));
                given.can_be_given(day, self.edition.pack)?;
                self.reach(case, *act, paper, by).await?;
                let Some(dossier) = self.dossier(case).await?.cloned() else { return Ok(()) };
                let heard = Heard {
                    code: None,
                    act: Some(*act),
                    variant: None,
                    sender: act.sender(),
                    implied: false,
                    done: paper.map(|(_, done)| *done),
                    paper: paper.map(|(source, _)| source.clone()),
                    message: None,
                    note: note.clone(),
                    evidence: Vec::new(),
                    history: Vec::new(),
                    revokes: given.replaces.clone().filter(|_| *act == Meaning::Revoke),
                };
                self.hear(dossier, heard, given, by).await?;
            }
        }
        self.heard_of(case, by).await
    }

    /// Takes the steps that lie before an act.
    async fn reach(
        &mut self,
        case: CaseId,
        act: Meaning,
        paper: Option<&(String, Timestamp)>,
        by: &Author,
    ) -> Result<(), ActError> {
        let edition = std::sync::Arc::clone(&self.edition);
        let Some(dossier) = self.dossier(case).await? else { return Ok(()) };
        let Some(cycle) = edition.cycle(dossier.procedure.as_deref()) else { return Ok(()) };
        let way = state_of(dossier, cycle).and_then(|state| way_to(cycle, &state, act)).unwrap_or_default();
        // The last one is the act itself.
        for step in way.iter().take(way.len().saturating_sub(1)) {
            let Some(dossier) = self.dossier(case).await?.cloned() else { return Ok(()) };
            let heard = Heard {
                code: None,
                act: Some(step.act),
                variant: None,
                sender: step.sender,
                implied: true,
                done: paper.map(|(_, done)| *done),
                paper: paper.map(|(source, _)| source.clone()),
                message: None,
                note: String::new(),
                evidence: Vec::new(),
                history: Vec::new(),
                revokes: None,
            };
            self.hear(dossier, heard, &Given::default(), by).await?;
        }
        Ok(())
    }

    /// Hears a message, gives what it gives, and decides the declaration again that it serves.
    pub(super) async fn hear(
        &mut self,
        dossier: Dossier,
        mut heard: Heard,
        given: &Given,
        by: &Author,
    ) -> Result<(), ActError> {
        let declaration = match &dossier.link {
            Some((declaration, ..)) => self.declaration(*declaration).await?.cloned(),
            None => None,
        };
        let edition = std::sync::Arc::clone(&self.edition);
        let kind = edition.kind_of(dossier.procedure.as_deref());
        let meant = edition.cycle(dossier.procedure.as_deref()).and_then(|cycle| {
            let state = state_of(&dossier, cycle)?;
            allowed(cycle, &state).find(|transition| match heard.code {
                Some(code) => transition.sender == heard.sender && transition.message.matches(code),
                None => heard.act == Some(transition.act),
            })
        });
        let anew = meant.filter(|transition| transition.act == Meaning::Edit).map(|_| given_anew(given, &dossier));
        let given = anew.as_ref().unwrap_or(given);
        if let Some(gives) = meant.and_then(|transition| transition.gives(kind)) {
            match gives.outcome {
                Outcome::Pass | Outcome::Fail => {
                    if let (Outcome::Pass, Some(declaration)) = (gives.outcome, &declaration) {
                        self.registered_first(&dossier, declaration)?;
                    }
                    let (pack, kind) = (edition.pack, gives.kind);
                    let paper = Paper { dossier: &dossier, declaration: declaration.as_ref(), given, kind, pack };
                    let today = edition.day_of(heard.done.unwrap_or(self.now));
                    heard.evidence = paper.evidence(gives.outcome == Outcome::Pass)?;
                    heard.history = paper.history(gives.outcome == Outcome::Pass, today);
                }
                Outcome::Withdrawn => {}
            }
        }
        let gives = !heard.evidence.is_empty();
        let numbers: BTreeSet<String> = heard.evidence.iter().filter_map(|entry| entry.id.clone()).collect();
        self.dossier_command(dossier.id, &Command::Hear(Box::new(heard)), by).await?;
        self.evidence_changed(dossier, (numbers, gives), declaration, by).await
    }

    /// Whether the registration that comes before a dossier's task is answered, where it was filed:
    /// what follows it is not given before.
    fn registered_first(&self, dossier: &Dossier, declaration: &Declaration) -> Result<(), Refused> {
        let key = dossier.link.as_ref().map(|(_, key, _)| key.as_str()).unwrap_or_default();
        let begun = declaration.begun_before(key);
        let open = begun.into_iter().find(|first| registers(&self.edition, first));
        open.map_or(Ok(()), |open| {
            Err(Refused::not_now(format!("it waits for {open}: the registration is not answered"), Vec::new()))
        })
    }

    /// What was entered afterwards takes the place of what a dossier gave.
    pub(super) async fn rectify(
        &mut self,
        dossier: Dossier,
        disputed: &Disputed,
        given: &Given,
        by: &Author,
    ) -> Result<(), ActError> {
        let declaration = match &dossier.link {
            Some((declaration, ..)) => self.declaration(*declaration).await?.cloned(),
            None => None,
        };
        let entry = &disputed.entry;
        let edition = std::sync::Arc::clone(&self.edition);
        let kind = edition.kind_of(dossier.procedure.as_deref());
        let gives = kind_given(kind, entry.act);
        let pack = edition.pack;
        let paper = gives.map(|kind| Paper { dossier: &dossier, declaration: declaration.as_ref(), given, kind, pack });
        let passes = entry.act != Meaning::Fail;
        let evidence = paper.as_ref().map_or_else(|| Ok(Vec::new()), |paper| paper.evidence(passes))?;
        let history = paper.map(|paper| paper.history(passes, edition.day_of(entry.done))).unwrap_or_default();
        let numbers: BTreeSet<String> = evidence.iter().filter_map(|entry| entry.id.clone()).collect();
        let rectifying = Rectifying {
            act: entry.act,
            done: entry.done,
            paper: crate::clearance::case::dossier::Paper { source: entry.source.clone(), entered: disputed.entered },
            note: entry.note.clone(),
            evidence,
            history,
        };
        self.dossier_command(dossier.id, &Command::Rectify(Box::new(rectifying)), by).await?;
        self.evidence_changed(dossier, (numbers, true), declaration, by).await
    }

    /// The declaration that a dossier serves follows what the dossier gave and took back; `dossier`
    /// is as it was before.
    async fn evidence_changed(
        &mut self,
        dossier: Dossier,
        (numbers, gives): (BTreeSet<String>, bool),
        declaration: Option<Declaration>,
        by: &Author,
    ) -> Result<(), ActError> {
        self.follow_papers(&dossier, by).await?;
        let before: BTreeSet<String> = dossier.live().filter_map(|issued| issued.evidence.id.clone()).collect();
        let Some(declaration) = declaration else { return Ok(()) };
        let now = self.dossier(dossier.id).await?.cloned();
        let live = now.iter().flat_map(Dossier::live);
        let after: BTreeSet<String> = live.filter_map(|issued| issued.evidence.id.clone()).collect();
        for number in numbers {
            let link = DeclarationCommand::LinkEvidence { from: dossier.id, number };
            self.command(declaration.id, &link, by).await?;
        }
        for number in before.difference(&after) {
            let reason = now.as_ref().and_then(|now| now.why_revoked(number)).map(str::to_owned);
            let unlink = DeclarationCommand::UnlinkEvidence { from: dossier.id, number: number.clone(), reason };
            self.command(declaration.id, &unlink, by).await?;
        }
        let cause = if before == after && !gives { DecidedBy::Clock } else { DecidedBy::Evidence };
        self.decide_again(declaration.id, cause, by).await
    }
}

/// The state of a dossier within its life cycle.
fn state_of(dossier: &Dossier, cycle: &LifeCycle) -> Option<DossierState> {
    let keys = dossier.states.iter().map(|(track, state)| (track.as_str(), state.as_str()));
    DossierState::from_keys(cycle, keys).ok()
}

/// What a result gives where no life cycle is asked.
fn kind_given(kind: ProcedureKind, act: Meaning) -> Option<EvidenceKind> {
    let gives = act.gives(kind)?;
    (gives.outcome != Outcome::Withdrawn).then_some(gives.kind)
}

/// The goods of an application, for the comparison with declarations.
pub(super) fn goods(reading: &crate::message::Reading<'_>) -> Vec<Goods> {
    let items = reading.declaration.items.iter();
    items
        .map(|item| {
            let quantity = item.quantity.or(item.net_mass);
            Goods {
                line: item.number,
                hs: item.hs.map(|hs| hs.to_string()),
                quantity: quantity.map(|quantity| quantity.amount.to_string()),
                unit: quantity.and_then(|quantity| quantity.unit).map(|unit| unit.to_string()),
                origin: item.origin.map(|origin| origin.to_string()),
            }
        })
        .collect()
}

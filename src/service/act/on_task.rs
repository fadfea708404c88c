//! Acts on a task of a declaration: they are acts on its dossier, which the first of them opens.

use std::collections::BTreeMap;

use super::super::desk::{ActError, Desk};
use super::super::ids::new_case;
use super::on_dossier::DossierAct;
use super::{check_seen, no_declaration};
use crate::approval::TaskKind;
use crate::clearance::case::declaration::{Command as DeclarationCommand, Declaration};
use crate::clearance::case::dossier::{Command, Dossier, Goods, Opening, Turn};
use crate::clearance::case::{Author, CaseId, Refused, RefusedReason};

/// How one line came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineResult {
    /// The line.
    pub line: u32,
    /// It passed.
    pub passed: bool,
    /// What was found.
    pub note: String,
}

/// What is asked of a task: what is asked of its dossier.
pub type TaskAct = DossierAct;

impl Desk<'_> {
    pub(super) async fn on_task(
        &mut self,
        case: CaseId,
        task: &str,
        act: &TaskAct,
        seen: Option<u64>,
        by: &Author,
    ) -> Result<CaseId, ActError> {
        let Some(declaration) = self.declaration(case).await?.cloned() else { return Err(no_declaration()) };
        if act.is_on_paper() {
            let head = match declaration.dossiers.get(task) {
                Some(dossier) => self.dossier(*dossier).await?.map_or(0, |dossier| dossier.head),
                None => 0,
            };
            check_seen(seen, head)?;
            self.on_paper(&declaration, task, act, by).await?;
            return Ok(case);
        }
        // A task that is done has a dossier still: a result can be revoked.
        let known = match declaration.dossiers.get(task) {
            Some(dossier) => self.dossier(*dossier).await?.cloned(),
            None => None,
        };
        if let Some(dossier) = known.as_ref().filter(|dossier| !self.begins_anew(dossier, act)) {
            self.on_dossier(dossier.id, act, seen, by).await?;
            return Ok(case);
        }
        check_seen(seen, known.map_or(0, |known| known.head))?;
        let dossier = self.open_for(&declaration, task, by).await?;
        self.on_dossier(dossier, act, None, by).await?;
        Ok(case)
    }

    /// Whether an act on a task begins a new dossier in the place of one that has ended without a
    /// result that counts.
    fn begins_anew(&self, dossier: &Dossier, act: &TaskAct) -> bool {
        let act = match act {
            DossierAct::Claim => None,
            DossierAct::Do { act, .. } => Some(*act),
            DossierAct::Release | DossierAct::Message { .. } => return false,
        };
        let cycle = self.edition.cycle(dossier.procedure.as_deref());
        cycle.is_some_and(|cycle| Turn::of(dossier).begins_anew(cycle, act))
    }

    /// Does an act on a task, whatever was seen of it.
    pub(super) async fn do_task(
        &mut self,
        declaration: &Declaration,
        task: &str,
        act: &TaskAct,
        by: &Author,
    ) -> Result<(), ActError> {
        let dossier = match declaration.dossiers.get(task) {
            Some(dossier) => *dossier,
            None => self.open_for(declaration, task, by).await?,
        };
        self.do_dossier(dossier, act, by).await
    }

    /// Opens a dossier for a task. The declaration is the application: nobody is asked for the same
    /// paper twice.
    async fn open_for(&mut self, declaration: &Declaration, task: &str, by: &Author) -> Result<CaseId, ActError> {
        let Some(open) = declaration.task(task) else {
            return Err(Refused::because(RefusedReason::Unknown, "the declaration has no such open task").into());
        };
        if open.kind == TaskKind::SettleFact {
            let message = "this task settles a fact: state it (`settle_fact`) on the declaration";
            return Err(Refused::because(RefusedReason::NotNow, message).into());
        }
        if !declaration.status.is_open() && open.stage != crate::trade::Stage::AfterClearance {
            return Err(
                Refused::not_now(format!("the declaration is {}", declaration.status.as_str()), Vec::new()).into()
            );
        }
        if !open.ready {
            let first: Vec<&str> = declaration
                .decision
                .iter()
                .flat_map(|decision| open.after.iter().filter_map(|at| decision.tasks.get(usize::from(*at))))
                .map(|first| first.key.as_str())
                .collect();
            return Err(Refused::not_now(format!("it waits for {}", first.join(", ")), Vec::new()).into());
        }
        let codes: BTreeMap<u32, Option<String>> = declaration
            .decision
            .iter()
            .flat_map(|decision| &decision.lines)
            .map(|line| (line.line, line.hs.clone()))
            .collect();
        let goods = open.lines.iter().map(|line| Goods {
            line: *line,
            hs: codes.get(line).cloned().flatten(),
            ..Goods::default()
        });
        let opening = Opening {
            procedure: open.procedure.clone(),
            agency: open.agency.clone(),
            holder: declaration.registration.holder.clone(),
            filer: declaration.registration.filer.clone(),
            reference: None,
            message: Some(declaration.registration.message.clone()),
            goods: goods.collect(),
        };
        let dossier = new_case(self.now);
        self.dossier_command(dossier, &Command::Open(Box::new(opening)), by).await?;
        let (task, lines) = (open.key.clone(), open.lines.clone());
        let procedure = open.procedure.clone();
        let link = Command::Link { declaration: declaration.id, task: task.clone(), lines };
        self.dossier_command(dossier, &link, by).await?;
        let link = DeclarationCommand::LinkDossier { task, dossier, procedure };
        self.command(declaration.id, &link, by).await?;
        Ok(dossier)
    }
}

//! What happened to a dossier, and whom that concerns: each side is told what the other did.

use super::super::directory::Directory;
use super::{Notice, Reader, Topic};
use crate::clearance::case::dossier::{Dossier, DossierEvent};
use crate::clearance::case::{Entry, Event};
use crate::law::life_cycle::Sender;

/// What is told of a dossier; `entries` are this transaction's.
pub fn of_dossier(case: &Dossier, entries: &[&Entry], directory: &Directory) -> Vec<Notice> {
    let mut notices: Vec<Notice> = Vec::new();
    // What follows a message belongs to it: the papers that it gives or takes back.
    let mut of_message = 0..0;
    for entry in entries {
        let Event::Dossier(event) = &entry.event else { continue };
        match event {
            DossierEvent::Heard { act, sender, message, note, code, .. } => {
                let notice = |to: &str, reader| {
                    let mut notice = Notice::new(to, reader, Topic::Dossier(*act), case.id).note(note);
                    notice.tasks.extend(case.link.iter().map(|(_, task, _)| task.clone()));
                    notice.message = message.as_ref().map(|message| message.id.clone());
                    notice.code = Some(code.clone());
                    notice
                };
                let from = notices.len();
                match sender {
                    // The agency itself took the trader's step, since the declaration is the application.
                    Sender::Agency if act.sender() == Sender::Trader => {}
                    Sender::Agency => notices.push(notice(&case.filer, Reader::Filer)),
                    Sender::Trader => {
                        let agency = directory.of_agency(case.agency.as_deref());
                        notices.extend(agency.iter().map(|to| notice(to, Reader::Agency)));
                    }
                }
                of_message = from..notices.len();
            }
            DossierEvent::Issued { evidence } => {
                for notice in &mut notices[of_message.clone()] {
                    // One paper may say different things of different lines.
                    notice.papers.extend(evidence.id.clone().filter(|id| !notice.papers.contains(id)));
                }
            }
            DossierEvent::Revoked { number, .. } => {
                for notice in &mut notices[of_message.clone()] {
                    notice.papers.push(number.clone());
                }
            }
            _ => {}
        }
    }
    notices
}

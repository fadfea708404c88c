//! What the traders of a demonstration ask of customs afterwards: to amend or to cancel a declaration.

use serde::Deserialize;

use super::DemoError;
use super::desks::{broker, done};
use super::traffic::Traffic;
use crate::clearance::case::CaseId;
use crate::clearance::case::declaration::Command;
use crate::service::Service;
use crate::service::act::Act;
use crate::store::messages::Answer;

/// Of so many declarations that are not free at once one is to be amended, and one cancelled.
const ONE_OF: u64 = 8;

/// What is asked at the next occasion.
#[derive(Debug)]
enum Request {
    /// A message that amends a declaration.
    Amendment(Vec<u8>),
    /// To cancel a declaration.
    Cancellation(CaseId),
}

/// What the traders still have to ask.
#[derive(Debug, Default)]
pub(super) struct Requests {
    held: u64,
    next: Vec<Request>,
}

/// What is looked at of the answer to a declaration.
#[derive(Debug, Deserialize)]
struct Answered {
    id: CaseId,
    status: String,
}

impl Requests {
    /// Sees what was answered to declarations, and what has to be asked because of it.
    pub(super) fn note(&mut self, sent: &[(Vec<u8>, Answer)]) {
        for (document, answer) in sent {
            // What was refused has no case.
            let Ok(answered) = serde_json::from_slice::<Answered>(&answer.body) else { continue };
            if answered.status != "accepted" {
                continue;
            }
            self.held += 1;
            match self.held % ONE_OF {
                2 => self.next.extend(amended(document).map(Request::Amendment)),
                5 => self.next.push(Request::Cancellation(answered.id)),
                _ => {}
            }
        }
    }

    /// Asks what was to be asked.
    pub(super) async fn ask(&mut self, service: &Service, traffic: &Traffic) -> Result<(), DemoError> {
        let mut amendments = Vec::new();
        for request in std::mem::take(&mut self.next) {
            match request {
                Request::Amendment(message) => amendments.push(message),
                Request::Cancellation(case) => {
                    let reason = "The seller has delivered the wrong goods; they go back.".to_owned();
                    let command = Box::new(Command::Cancel { reason });
                    let asking = Act::Declaration { case, command, seen: None };
                    done(service.act(asking, broker()).await)?;
                }
            }
        }
        if !amendments.is_empty() {
            traffic.send(service, amendments).await?;
        }
        Ok(())
    }
}

/// A declaration sent again to be amended: it has one package more. None where it is not written as
/// the simulated traders write.
fn amended(document: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(document).ok()?;
    let (before, rest) = text.split_once("<NO>")?;
    let (packages, rest) = rest.split_once("</NO>")?;
    let packages = packages.parse::<u64>().ok()?.checked_add(1)?;
    let text = format!("{before}<NO>{packages}</NO>{rest}");
    let (head, body) = text.split_once("<Content>")?;
    let (content, end) = body.split_once("</Content>")?;
    let head = head.replacen("<messageId>", "<messageId>A", 1);
    let head = head.replacen("<type>10</type><function>01</function>", "<type>14</type><function>08</function>", 1);
    let reason = "The number of packages differs from the bill of lading.";
    let edit = format!("<RequestEdit><Reason>{reason}</Reason>{content}</RequestEdit>");
    Some(format!("{head}<Content>{edit}</Content>{end}").into_bytes())
}

//! What comes of declarations of a demonstration afterwards: their traders ask customs to amend or to
//! cancel them, and put right what was wrong in them; customs wants to see the goods.

use std::collections::HashMap;

use serde::Deserialize;

use super::DemoError;
use super::desks::{broker, done, of_customs};
use super::traffic::Traffic;
use crate::clearance::case::CaseId;
use crate::clearance::case::declaration::Command;
use crate::service::Service;
use crate::service::act::Act;
use crate::store::messages::Answer;
use crate::trade::Channel;

/// Of so many declarations that are not free at once one is to be amended, one cancelled, and the goods
/// of one looked at.
const ONE_OF: u64 = 8;

/// What is asked at the next occasion.
#[derive(Debug)]
enum Request {
    /// A message that amends a declaration.
    Amendment(Vec<u8>),
    /// To cancel a declaration.
    Cancellation(CaseId),
    /// That customs look at the goods.
    Inspection(CaseId),
}

/// What the traders still have to ask.
#[derive(Debug, Default)]
pub(super) struct Requests {
    held: u64,
    next: Vec<Request>,
    /// Declarations with a mistake, each with the message that puts it right.
    right: HashMap<CaseId, Vec<u8>>,
}

/// What is looked at of the answer to a declaration.
#[derive(Debug, Deserialize)]
struct Answered {
    id: CaseId,
    status: String,
}

impl Requests {
    /// Sees what was answered to declarations, and what has to be asked because of it. `corrected` are
    /// the same as they should be, where something is wrong in them.
    pub(super) fn note(&mut self, sent: &[(Vec<u8>, Answer)], corrected: Vec<Option<Vec<u8>>>) {
        for ((document, answer), corrected) in sent.iter().zip(corrected) {
            // What was refused has no case.
            let Ok(answered) = serde_json::from_slice::<Answered>(&answer.body) else { continue };
            let is_accepted = answered.status == "accepted";
            if let Some(corrected) = corrected {
                let right = if is_accepted { amending(&corrected, MISTAKEN) } else { again(&corrected) };
                self.right.extend(right.map(|right| (answered.id, right)));
                continue;
            }
            if !is_accepted {
                continue;
            }
            self.held += 1;
            match self.held % ONE_OF {
                2 => self.next.extend(amended(document).map(Request::Amendment)),
                5 => self.next.push(Request::Cancellation(answered.id)),
                7 => self.next.push(Request::Inspection(answered.id)),
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
                Request::Inspection(case) => {
                    let reason = "One of those that are looked at by chance.".to_owned();
                    let command = Box::new(Command::SetChannel { channel: Channel::Red, reason });
                    let choosing = Act::Declaration { case, command, seen: None };
                    done(service.act(choosing, of_customs()).await)?;
                }
            }
        }
        if !amendments.is_empty() {
            traffic.send(service, amendments).await?;
        }
        Ok(())
    }

    /// Traders put right what was wrong in their declarations; what nothing puts right they take back.
    pub(super) async fn correct(
        &mut self,
        service: &Service,
        traffic: &Traffic,
        wrong: Vec<CaseId>,
    ) -> Result<(), DemoError> {
        let mut right = Vec::new();
        for case in wrong {
            if let Some(message) = self.right.remove(&case) {
                right.push(message);
                continue;
            }
            let command = Box::new(Command::Cancel { reason: "The goods go back to the seller.".to_owned() });
            done(service.act(Act::Declaration { case, command, seen: None }, broker()).await)?;
        }
        if !right.is_empty() {
            traffic.send(service, right).await?;
        }
        Ok(())
    }
}

/// Why a declaration with a mistake is amended.
const MISTAKEN: &str = "There was a mistake in the declaration.";

/// A declaration sent again to be amended: it has one package more. None where it is not written as
/// the simulated traders write.
fn amended(document: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(document).ok()?;
    let (before, rest) = text.split_once("<NO>")?;
    let (packages, rest) = rest.split_once("</NO>")?;
    let packages = packages.parse::<u64>().ok()?.checked_add(1)?;
    let text = format!("{before}<NO>{packages}</NO>{rest}");
    amending(text.as_bytes(), "The number of packages differs from the bill of lading.")
}

/// The message that asks customs to have a declaration so.
fn amending(document: &[u8], reason: &str) -> Option<Vec<u8>> {
    let (head, body) = std::str::from_utf8(document).ok()?.split_once("<Content>")?;
    let (content, end) = body.split_once("</Content>")?;
    let head = head.replacen("<messageId>", "<messageId>A", 1);
    let head = head.replacen("<type>10</type><function>01</function>", "<type>14</type><function>08</function>", 1);
    let edit = format!("<RequestEdit><Reason>{reason}</Reason>{content}</RequestEdit>");
    Some(format!("{head}<Content>{edit}</Content>{end}").into_bytes())
}

/// The message that sends a declaration anew before it is accepted.
fn again(document: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(document).ok()?.replacen("<messageId>", "<messageId>A", 1);
    Some(text.replacen("<function>01</function>", "<function>02</function>", 1).into_bytes())
}

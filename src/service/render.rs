//! A case put into an answer.

use super::answers::family::Voice;
use super::answers::{self};
use super::desk::{ActError, Desk};
use super::examine;
use super::intake::Wanted;
use crate::clearance::batch::Render as _;
use crate::clearance::case::declaration::waits_for;
use crate::clearance::case::{Author, CaseId, MessageRef, Role};
use crate::clearance::explain::Lang;
use crate::clearance::record::DecisionRecord;
use crate::message::incoming::{Content, Family, Head};
use crate::people::Principal;
use crate::report::graph::{self, Drawing, GraphRender};
use crate::store::StoreError;
use crate::store::messages::Answer;

/// What came of a message: the case, its format, the answer.
type Followed = (Option<CaseId>, String, Answer);

impl Desk<'_> {
    /// The declaration as JSON, with the decision that was recorded.
    pub async fn answer(&mut self, case: CaseId, role: Role, lang: Lang, status: u16) -> Result<Answer, ActError> {
        let (mut result, found, zone) = self
            .examined(case, |again, examiner, examination| {
                let result = answers::result(again.edition, lang, again.source, again.bytes, examination);
                (result, DecisionRecord::of(examiner, examination), again.edition.zone.clone())
            })
            .await?;
        let mut head = serde_json::Map::new();
        if let Some(declaration) = self.declaration(case).await?.cloned() {
            let briefs = self.briefs(case).await?;
            let of_trader = |task: &str| {
                let brief = declaration.dossiers.get(task).and_then(|dossier| briefs.get(dossier));
                brief.is_some_and(|brief| brief.waits_for_trader)
            };
            let held_by = waits_for(&declaration, of_trader);
            result = answers::recorded::result(result, &found, (&declaration, &held_by), &zone);
            head = answers::head(&declaration, role);
        }
        let body = answers::joined(&head, &result);
        Ok(Answer { status, content_type: answers::JSON.to_owned(), body })
    }

    /// The tasks of a declaration as a drawing.
    pub async fn graph_svg(&mut self, case: CaseId, lang: Lang) -> Result<Vec<u8>, ActError> {
        self.examined(case, |again, _, examination| {
            let mut out = Vec::new();
            let render = GraphRender::new(again.edition.pack, lang, Drawing::Svg);
            render.decided(&mut out, again.source, again.bytes, examination, None);
            graph::document(&[String::from_utf8_lossy(&out).into_owned()]).into_bytes()
        })
        .await
    }

    /// A kept message that registered a declaration is answered otherwise than it was going to be.
    pub(super) async fn answer_otherwise(
        &mut self,
        case: CaseId,
        message: &str,
        how: (Wanted, Lang),
        role: Role,
    ) -> Result<Answer, ActError> {
        let Some(bytes) = self.content(message).await? else {
            return Err(StoreError::Damaged(format!("message {message} is missing")).into());
        };
        let answer = self.answer_to(case, &bytes, how, role).await?;
        self.answered(message, answer.clone());
        Ok(answer)
    }

    /// The answer to the message that registered a declaration, as it is wanted.
    async fn answer_to(
        &mut self,
        case: CaseId,
        bytes: &[u8],
        (wanted, lang): (Wanted, Lang),
        role: Role,
    ) -> Result<Answer, ActError> {
        if wanted != Wanted::Json {
            let edition = std::sync::Arc::clone(&self.edition);
            let now = self.now;
            let own = &self.shared.own;
            let Ok(incoming) = crate::message::receive(bytes, &examine::options(&edition)) else {
                return Err(StoreError::Damaged("a message that was read cannot be read".to_owned()).into());
            };
            if let Some(declaration) = self.declaration(case).await? {
                let voice = Voice { own, edition: &edition, now };
                if let Some(answer) = voice.registered(&incoming.head, declaration) {
                    return Ok(answer);
                }
            }
        }
        self.answer(case, role, lang, 201).await
    }

    /// Does what a message says about a case that is there, and answers it. What the case or the
    /// life cycle refuses is answered too, and changes nothing: the same message again gets the
    /// same answer.
    pub(super) async fn followed(
        &mut self,
        bytes: &[u8],
        message: MessageRef,
        principal: &Principal,
        (wanted, lang): (Wanted, Lang),
    ) -> Result<Followed, ActError> {
        let edition = std::sync::Arc::clone(&self.edition);
        let own = &self.shared.own;
        let voice = Voice { own, edition: &edition, now: self.now };
        let incoming = crate::message::receive(bytes, &examine::options(&edition))
            .map_err(|_| StoreError::Damaged("a message that was read cannot be read".to_owned()))?;
        let format = format_of(&incoming.head, &incoming.content);
        let kept = self.mark();
        match self.follow(&incoming, message, principal).await {
            Ok(case) => {
                self.stand(kept);
                let by = super::sender::author(principal);
                let answer = self.follower_answer(&voice, &incoming.head, case, (wanted, lang), &by).await?;
                Ok((case, format, answer))
            }
            Err(ActError::Refused(mut refused)) => {
                self.back_to(kept);
                refused.allowed = answers::allowed_to(super::sender::author(principal).role, refused.allowed);
                Ok((None, format, answers::refused(&voice, &incoming.head, wanted, &refused.into())))
            }
            Err(error) => Err(error),
        }
    }

    async fn follower_answer(
        &mut self,
        voice: &Voice<'_>,
        head: &Head<'_>,
        case: Option<CaseId>,
        (wanted, lang): (Wanted, Lang),
        by: &Author,
    ) -> Result<Answer, ActError> {
        if wanted != Wanted::Json {
            let declaration = match case {
                Some(case) => self.declaration(case).await?.cloned(),
                None => None,
            };
            let answer = match (head.family, declaration) {
                (Family::Wco, Some(declaration)) => voice.registered(head, &declaration),
                _ => voice.receipt(head),
            };
            if let Some(answer) = answer {
                return Ok(answer);
            }
        }
        let Some(case) = case else {
            let body = br#"{"status":"received"}"#.to_vec();
            return Ok(Answer { status: 200, content_type: answers::JSON.to_owned(), body });
        };
        if self.declaration(case).await?.is_some() {
            return self.answer(case, by.role, lang, 200).await;
        }
        let Some(dossier) = self.dossier(case).await?.cloned() else {
            return Err(StoreError::Damaged(format!("case {case} is missing")).into());
        };
        let body = answers::dossier::dossier(&dossier, &self.edition, by);
        let body = serde_json::to_vec(&body).unwrap_or_default();
        Ok(Answer { status: 200, content_type: answers::JSON.to_owned(), body })
    }
}

fn format_of(head: &Head<'_>, content: &Content<'_>) -> String {
    let format = content.reading().map(|reading| reading.declaration.format.as_str());
    let family = match head.family {
        Family::Envelope => "vnsw-message",
        Family::Wco => "wco-message",
        Family::Asycuda => "asycuda-message",
    };
    format.unwrap_or(family).to_owned()
}

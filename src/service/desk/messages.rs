//! The messages that a transaction keeps, with their answers.

use super::Desk;
use crate::store::StoreError;
use crate::store::messages::{self, Answer, Message, MessageKey};

impl Desk<'_> {
    /// The answer to a message that this transaction keeps.
    pub(in crate::service) fn answer_of(&self, key: Option<&MessageKey>) -> Option<Answer> {
        let key = key?;
        self.messages.iter().find(|message| message.key == *key).map(|message| message.answer.clone())
    }

    /// Keeps a message with its answer.
    pub fn keep(&mut self, message: Message) {
        self.messages.push(message);
    }

    /// The messages that this transaction keeps.
    pub(in crate::service) fn kept(&self) -> &[Message] {
        &self.messages
    }

    /// A kept message is answered so.
    pub(in crate::service) fn answered(&mut self, id: &str, answer: Answer) {
        if let Some(kept) = self.messages.iter_mut().find(|kept| kept.id == id) {
            kept.answer = answer;
        }
    }

    /// Puts a kept message in the place of the one with its id.
    pub(in crate::service) fn replace_kept(&mut self, message: Message) {
        match self.messages.iter_mut().find(|kept| kept.id == message.id) {
            Some(kept) => *kept = message,
            None => self.messages.push(message),
        }
    }

    /// Does not keep the message with an id after all.
    pub(in crate::service) fn do_not_keep(&mut self, id: &str) {
        self.messages.retain(|kept| kept.id != id);
    }

    /// The bytes of a message, of this transaction or an earlier one.
    pub async fn content(&mut self, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(message) = self.messages.iter().find(|message| message.id == id) {
            return Ok(Some(message.content.clone()));
        }
        messages::content(&mut self.through.link(), id).await
    }
}

//! What a message of a life cycle means, whatever its number: what the trader or the agency does by
//! it.

use serde::{Deserialize, Serialize};

use super::Sender;
use crate::law::pack::{EvidenceKind, ProcedureKind};

macro_rules! acts {
    ($($(#[$meta:meta])* $variant:ident = $word:literal from $sender:ident),+ $(,)?) => {
        /// What a message means. The set is closed: a pack takes each message for one of these.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Act { $($(#[$meta])* $variant),+ }

        impl Act {
            /// Every act with its word.
            pub const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];

            /// The word that a pack and answers write.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The act of a word.
            pub fn parse(text: &str) -> Option<Self> {
                Self::WORDS.iter().find(|(word, _)| *word == text).map(|(_, act)| *act)
            }

            /// Who does it.
            pub fn sender(self) -> Sender {
                match self { $(Self::$variant => Sender::$sender),+ }
            }
        }
    };
}

acts!(
    /// Applies for the first time.
    Apply = "apply" from Trader,
    /// Sends the application anew before it is accepted; it takes the place of the one before.
    Replace = "replace" from Trader,
    /// Answers what the agency asked for.
    Supplement = "supplement" from Trader,
    /// Withdraws; the agency is not asked.
    Withdraw = "withdraw" from Trader,
    /// Asks to withdraw what was accepted.
    AskWithdrawal = "ask_withdrawal" from Trader,
    /// Asks to change what was accepted.
    AskEdit = "ask_edit" from Trader,
    /// Asks to have what was issued changed.
    AskCertificateEdit = "ask_certificate_edit" from Trader,
    /// Asks to have what was issued cancelled.
    AskCertificateCancellation = "ask_certificate_cancellation" from Trader,
    /// Says that a fee is paid.
    Pay = "pay" from Trader,
    /// Hands in a result that the agency has to confirm.
    SubmitResult = "submit_result" from Trader,
    /// Answers a failure and asks for another test.
    AskRetest = "ask_retest" from Trader,
    /// Tells something that changes nothing.
    Report = "report" from Trader,
    /// Accepts the application, or a result that was handed in.
    Accept = "accept" from Agency,
    /// Refuses the application; the goods were not judged.
    Reject = "reject" from Agency,
    /// Asks for more.
    Ask = "ask" from Agency,
    /// Confirms the registration.
    Confirm = "confirm" from Agency,
    /// Gives what was applied for: a certificate, permit, letter or positive result.
    Issue = "issue" from Agency,
    /// Gives a paper on the way, such as one to move the goods by; what was applied for is open.
    IssueInterim = "issue_interim" from Agency,
    /// Judges the goods, and they fail.
    Fail = "fail" from Agency,
    /// Orders that the goods be kept or treated; what was applied for is open.
    OrderTreatment = "order_treatment" from Agency,
    /// Takes back what it gave.
    Revoke = "revoke" from Agency,
    /// Gives anew, changed, what it gave before.
    Edit = "edit" from Agency,
    /// Gives anew, changed, a paper on the way.
    EditInterim = "edit_interim" from Agency,
    /// Agrees to a change of the application.
    AgreeEdit = "agree_edit" from Agency,
    /// Refuses a change of the application.
    RefuseEdit = "refuse_edit" from Agency,
    /// Agrees to a withdrawal.
    AgreeWithdrawal = "agree_withdrawal" from Agency,
    /// Refuses a withdrawal.
    RefuseWithdrawal = "refuse_withdrawal" from Agency,
    /// Agrees to a change of what was issued; the change itself follows.
    AgreeCertificateEdit = "agree_certificate_edit" from Agency,
    /// Refuses a change of what was issued.
    RefuseCertificateEdit = "refuse_certificate_edit" from Agency,
    /// Cancels what was issued, as asked.
    AgreeCertificateCancellation = "agree_certificate_cancellation" from Agency,
    /// Refuses to cancel what was issued.
    RefuseCertificateCancellation = "refuse_certificate_cancellation" from Agency,
    /// Asks for a fee, or for more of it.
    Fee = "fee" from Agency,
    /// Confirms that the fee is paid.
    FeeConfirmed = "fee_confirmed" from Agency,
    /// Tells something that changes nothing, or whose meaning is not known.
    Notice = "notice" from Agency,
);

/// What a transition says of the evidence that it gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// What follows from the act and the kind of the procedure.
    #[default]
    Usual,
    /// This.
    Kind(EvidenceKind),
    /// None, although the act usually gives some.
    None,
}

/// What becomes of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is given, and speaks for the goods.
    Pass,
    /// It is given, and speaks against them.
    Fail,
    /// It was given, and counts no more.
    Withdrawn,
}

impl Outcome {
    /// The word that answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// Evidence that a message gives or takes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gives {
    /// What it is.
    pub kind: EvidenceKind,
    /// What becomes of it.
    pub outcome: Outcome,
}

impl Act {
    /// The evidence that it usually gives or takes back under a kind of procedure.
    pub fn gives(self, procedure: ProcedureKind) -> Option<Gives> {
        let given = match procedure {
            ProcedureKind::Registration => EvidenceKind::Registration,
            ProcedureKind::Permit => EvidenceKind::Permit,
            ProcedureKind::Certificate | ProcedureKind::Approval | ProcedureKind::Other => EvidenceKind::Certificate,
        };
        let (kind, outcome) = match self {
            Self::Confirm => (EvidenceKind::Registration, Outcome::Pass),
            Self::Issue | Self::Edit => (given, Outcome::Pass),
            Self::Fail => (EvidenceKind::Result, Outcome::Fail),
            Self::Revoke | Self::AgreeCertificateCancellation => (given, Outcome::Withdrawn),
            _ => return None,
        };
        Some(Gives { kind, outcome })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_has_a_word_of_its_own_that_is_written_as_it_is_kept() {
        for (at, (word, act)) in Act::WORDS.iter().enumerate() {
            assert_eq!(act.as_str(), *word);
            assert!(Act::WORDS[..at].iter().all(|(other, _)| other != word), "{word} stands twice");
            assert_eq!(serde_json::to_value(act).unwrap(), *word);
        }
    }
}

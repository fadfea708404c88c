//! Certificates that go from one window to the other, and what is said about them.

use motcua::service::gateway::CertificateAct;

use super::house::{form_d, neighbours};
use crate::store::servers::databases;

/// A pair of databases on each server.
async fn pairs() -> Vec<(motcua::store::Database, motcua::store::Database)> {
    let (one, other) = (databases().await, databases().await);
    one.into_iter().zip(other).map(|((_, one), (_, other))| (one, other)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_goes_over_and_both_sides_know_where_it_stands() {
    for pair in pairs().await {
        let (thailand, vietnam) = neighbours(pair).await;
        let certificate = form_d("D2026-1");
        let key = certificate.key();
        thailand.issue(&certificate).await.unwrap();
        vietnam.stands(&key, "acknowledged").await;
        thailand.stands(&key, "acknowledged").await;
        let here = vietnam.certificate(&key).await.unwrap();
        assert_eq!(here.content.as_deref(), Some(&certificate));
        // The receipt may be noted after the notice has come.
        let delivered =
            || async { thailand.certificate(&key).await.unwrap().messages.values().all(|delivered| *delivered) };
        crate::exchange::office::until("its receipt is here", delivered).await;

        // Doubted, answered; refused, clarified; taken back for another.
        let reason = || "the signature differs".to_owned();
        vietnam.act(&key, CertificateAct::AskVerification { reason: reason() }).await.unwrap();
        thailand.stands(&key, "verification_asked").await;
        thailand.act(&key, CertificateAct::AnswerVerification { confirmed: true, reason: reason() }).await.unwrap();
        vietnam.stands(&key, "acknowledged").await;
        vietnam.act(&key, CertificateAct::Reject { reason: reason(), items: vec![2] }).await.unwrap();
        thailand.stands(&key, "rejected").await;
        thailand.act(&key, CertificateAct::Clarify { reason: reason() }).await.unwrap();
        vietnam.stands(&key, "acknowledged").await;
        let other = form_d("D2026-2");
        thailand.issue(&other).await.unwrap();
        let replaced_by = Some("D2026-2".to_owned());
        thailand.act(&key, CertificateAct::Cancel { reason: reason(), replaced_by }).await.unwrap();
        vietnam.stands(&key, "replaced").await;
        assert_eq!(vietnam.certificate(&key).await.unwrap().replaced_by(), Some("D2026-2"));
        thailand.stands(&key, "replaced").await;

        // What is not theirs to say is not said.
        let cancel = CertificateAct::Cancel { reason: reason(), replaced_by: None };
        let refused = vietnam.act(&key, cancel).await.unwrap_err().to_string();
        assert!(refused.contains("that is the issuing side's to do"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_lost_is_asked_for_and_sent_again() {
    for pair in pairs().await {
        let (thailand, vietnam) = neighbours(pair).await;
        let certificate = form_d("D2026-7");
        let key = certificate.key();
        thailand.issue(&certificate).await.unwrap();
        thailand.stands(&key, "acknowledged").await;
        vietnam.act(&key, CertificateAct::AskAgain { reason: "restored from a copy".into() }).await.unwrap();
        let twice = || async {
            let there = thailand.certificate(&key).await.unwrap();
            there.messages.len() == 2 && there.messages.values().all(|delivered| *delivered)
        };
        crate::exchange::office::until("it was sent twice", twice).await;
        let here = vietnam.certificate(&key).await.unwrap();
        assert_eq!((here.conflicts, here.content.as_deref()), (0, Some(&certificate)));
    }
}

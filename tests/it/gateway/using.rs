//! Certificates that declarations quote: matched, used, given back, and what the issuing side hears.

use motcua::clearance::case::CaseId;
use motcua::clearance::case::declaration::Command;
use motcua::clearance::explain::Lang;
use motcua::service::act::Act;
use motcua::service::gateway::CertificateAct;
use motcua::service::intake::{Sent, Wanted};
use motcua::service::lanes::Lane;
use motcua::store::{Mode, rebuild};
use motcua::trade::OriginCertificate;
use serde_json::Value;

use super::house::{House, form_d, neighbours};
use crate::exchange::office::until;
use crate::service::house::{broker, customs, principal};
use crate::store::servers::databases;
use crate::store::story::making;

/// Umbrellas and raincoats of Thailand, of which nothing is asked but a proof of origin.
fn umbrellas(reference: &str) -> OriginCertificate {
    let mut certificate = form_d(reference);
    let changes =
        [("66019900", "Umbrellas with wooden shafts", 1_000), ("66019100", "Umbrellas with telescopic shafts", 400)];
    for (item, (hs, description, amount)) in certificate.items.iter_mut().zip(changes) {
        item.hs = motcua::trade::HsCode::parse(hs).unwrap();
        description.clone_into(&mut item.description);
        "40%".clone_into(&mut item.criterion);
        let unit = motcua::trade::UnitCode::parse("PCE").ok();
        item.quantity = Some(motcua::trade::Measured { amount: amount.into(), unit });
    }
    certificate
}

/// A declaration of umbrellas with wooden shafts, that quotes a certificate.
fn declaration(name: &str, quantity: u32, certificate: Option<&str>) -> Vec<u8> {
    let quoted = certificate.map_or_else(String::new, |number| {
        format!("<AdditionalDocument><ID>{number}</ID><TypeCode>861</TypeCode></AdditionalDocument>")
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<md:MetaData xmlns:md=\"urn:wco:datamodel:WCO:DocumentMetaData-DMS:2\" xmlns=\"urn:wco:datamodel:WCO:DEC-DMS:2\"><md:ResponsibleCountryCode>VN</md:ResponsibleCountryCode><Declaration><FunctionCode>9</FunctionCode><FunctionalReferenceID>{name}</FunctionalReferenceID><TypeCode>IMA</TypeCode><AcceptanceDateTime><DateTimeString formatCode=\"102\">20260720</DateTimeString></AcceptanceDateTime><GoodsShipment><Consignee><Name>Công ty TNHH Hải Vân</Name></Consignee><Importer><ID>0401345678</ID><Name>Công ty TNHH Hải Vân</Name></Importer><GovernmentAgencyGoodsItem><SequenceNumeric>1</SequenceNumeric>{quoted}<Commodity><Description>Umbrellas with wooden shafts</Description><Classification><ID>66019900</ID><IdentificationTypeCode>TSP</IdentificationTypeCode></Classification><GoodsMeasure><TariffQuantity unitCode=\"PCE\">{quantity}</TariffQuantity></GoodsMeasure></Commodity><GovernmentProcedure><CurrentCode>A11</CurrentCode></GovernmentProcedure><Origin><CountryCode>TH</CountryCode></Origin></GovernmentAgencyGoodsItem></GoodsShipment></Declaration></md:MetaData>"
    )
    .into_bytes()
}

impl House {
    async fn declare(&self, bytes: Vec<u8>) -> (CaseId, Value) {
        let principal = std::sync::Arc::new(principal());
        let message = Sent { bytes, principal, key: None, lang: Lang::En, wanted: Wanted::Json };
        let answer = self.service.take(Lane::Ordinary, message).await.unwrap();
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(answer.status, 201, "{body:#}");
        (body["id"].as_str().unwrap().parse().unwrap(), body)
    }

    async fn declaration(&self, case: CaseId) -> motcua::clearance::case::declaration::Declaration {
        let mut reader = self.shared.database.read().await.unwrap();
        motcua::store::cases::declaration(&mut reader.link(), case).await.unwrap().unwrap()
    }

    /// What becomes of the preference of its first line.
    async fn outcome(&self, case: CaseId) -> &'static str {
        let decision = self.declaration(case).await.decision.unwrap();
        decision.preferences.first().map_or("none", |preference| preference.outcome.as_str())
    }

    /// Takes a declaration back.
    async fn cancel(&self, case: CaseId) {
        let cancel = Command::Cancel { reason: "sent twice".to_owned() };
        let act = Act::Declaration { case, command: Box::new(cancel), seen: None };
        self.service.act(act, broker()).await.unwrap();
        if self.declaration(case).await.status.is_open() {
            let agree = Act::Declaration { case, command: Box::new(Command::Agree), seen: None };
            self.service.act(agree, customs()).await.unwrap();
        }
    }

    /// Its rows are what the journal says.
    async fn is_whole(&self) {
        let found = rebuild(&self.shared.database, &making(), Mode::Compare, |_| {}).await.unwrap();
        assert!(found.is_same(), "{found:?}");
    }
}

async fn pairs() -> Vec<(motcua::store::Database, motcua::store::Database)> {
    let (one, other) = (databases().await, databases().await);
    one.into_iter().zip(other).map(|((_, one), (_, other))| (one, other)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_lowers_the_duty_of_the_line_that_quotes_it_and_its_use_is_told() {
    for pair in pairs().await {
        let (thailand, vietnam) = neighbours(pair).await;
        let certificate = umbrellas("D2026-100");
        let key = certificate.key();
        thailand.issue(&certificate).await.unwrap();
        vietnam.stands(&key, "acknowledged").await;
        let (case, answer) = vietnam.declare(declaration("ONE", 600, Some("D2026-100"))).await;
        let preference = &answer["preferences"][0];
        assert_eq!(preference["outcome"], "granted", "{answer:#}");
        assert_eq!(preference["rates"]["mfn"], "25");
        assert_eq!(preference["rates"]["atiga"], "0");
        assert_eq!(preference["rates"]["saving"], "25");
        assert_eq!(preference["certificates"][0]["reference"], "D2026-100");
        assert_eq!(preference["certificates"][0]["quantity"], "600");
        assert_eq!(vietnam.declaration(case).await.status.as_str(), "cleared");
        vietnam.stands(&key, "partly_used").await;
        thailand.stands(&key, "partly_used").await;
        let there = thailand.certificate(&key).await.unwrap();
        assert_eq!(there.used_of(1), 600.into());

        // What is left is 400: more is not given, and takes nothing from who asks for less.
        let (_, answer) = vietnam.declare(declaration("TWO", 401, Some("D2026-100"))).await;
        assert_eq!(answer["preferences"][0]["outcome"], "refused", "{answer:#}");
        let (_, answer) = vietnam.declare(declaration("THREE", 400, Some("d2026 100"))).await;
        assert_eq!(answer["preferences"][0]["outcome"], "granted", "{answer:#}");
        until("all of it is used", || async { thailand.certificate(&key).await.unwrap().used_of(1) == 1_000.into() })
            .await;
        thailand.is_whole().await;
        vietnam.is_whole().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn goods_may_go_before_their_certificate_comes_and_are_cleared_when_it_does() {
    for pair in pairs().await {
        let (thailand, vietnam) = neighbours(pair).await;
        let (case, answer) = vietnam.declare(declaration("ONE", 600, Some("D2026-200"))).await;
        assert_eq!(answer["preferences"][0]["outcome"], "awaited", "{answer:#}");
        assert_eq!(answer["outcome"], "release");
        let certificate = umbrellas("D2026-200");
        thailand.issue(&certificate).await.unwrap();
        until("it is cleared", || async { vietnam.declaration(case).await.status.as_str() == "cleared" }).await;
        assert_eq!(vietnam.outcome(case).await, "granted");
        thailand.stands(&certificate.key(), "partly_used").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_issuing_side_takes_back_or_is_asked_about_changes_open_declarations() {
    for pair in pairs().await {
        let (thailand, vietnam) = neighbours(pair).await;
        let certificate = umbrellas("D2026-300");
        let key = certificate.key();
        thailand.issue(&certificate).await.unwrap();
        vietnam.stands(&key, "acknowledged").await;
        vietnam.act(&key, CertificateAct::AskVerification { reason: "the seal".into() }).await.unwrap();
        let (case, answer) = vietnam.declare(declaration("ONE", 600, Some("D2026-300"))).await;
        assert_eq!(answer["preferences"][0]["outcome"], "needs_verification", "{answer:#}");
        assert_eq!(answer["outcome"], "release");
        vietnam.stands(&key, "verification_asked").await;
        let kept = vietnam.certificate(&key).await.unwrap();
        assert_eq!(kept.drawn(1, None), 600.into(), "it is kept for it meanwhile");
        thailand.stands(&key, "verification_asked").await;
        let confirmed = CertificateAct::AnswerVerification { confirmed: false, reason: "forged".into() };
        thailand.act(&key, confirmed).await.unwrap();
        until("it is refused", || async { vietnam.outcome(case).await == "refused" }).await;
        until("it is cleared", || async { vietnam.declaration(case).await.status.as_str() == "cleared" }).await;
        assert_eq!(vietnam.certificate(&key).await.unwrap().drawn(1, None), 0.into(), "nothing was used");
        vietnam.is_whole().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_declarations_at_once_never_take_more_than_there_is() {
    for pair in pairs().await {
        let (thailand, vietnam) = neighbours(pair).await;
        let certificate = umbrellas("D2026-400");
        let key = certificate.key();
        thailand.issue(&certificate).await.unwrap();
        vietnam.stands(&key, "acknowledged").await;
        let declared = (0..50).map(|at| vietnam.declare(declaration(&format!("N{at}"), 100, Some("D2026-400"))));
        let declared = futures_util::future::join_all(declared).await;
        let granted = declared.iter().filter(|(_, answer)| answer["preferences"][0]["outcome"] == "granted").count();
        assert_eq!(granted, 10);
        assert_eq!(vietnam.certificate(&key).await.unwrap().used_of(1), 1_000.into());
        vietnam.is_whole().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_cancelled_declaration_was_to_use_is_given_back() {
    for pair in pairs().await {
        let (thailand, vietnam) = neighbours(pair).await;
        let certificate = umbrellas("D2026-500");
        let key = certificate.key();
        thailand.issue(&certificate).await.unwrap();
        vietnam.stands(&key, "acknowledged").await;
        vietnam.act(&key, CertificateAct::AskVerification { reason: "the seal".into() }).await.unwrap();
        let (case, _) = vietnam.declare(declaration("ONE", 600, Some("D2026-500"))).await;
        assert_eq!(vietnam.certificate(&key).await.unwrap().drawn(1, None), 600.into());
        vietnam.cancel(case).await;
        assert_eq!(vietnam.certificate(&key).await.unwrap().drawn(1, None), 0.into());
        vietnam.is_whole().await;
    }
}

//! What a gateway does not take, over real connections, and what it answers.

use jiff::{SignedDuration, Timestamp};
use motcua::message::Limits;
use motcua::message::asean::envelope::{ExchangeHeader, ExchangeKind, wrap};
use motcua::message::asean::signal::{Signal, SignalContent, read_signal};
use motcua::message::asean::{write_form_d, write_notice};
use motcua::message::signature::{Place, Trust, verify};
use motcua::service::gateway::Mappings;
use motcua::store::partners::{self, PartnerPolicy, SignaturePolicy};
use motcua::trade::{CertificateNotice, NoticeKind, OriginCertificate};
use sha2::{Digest as _, Sha256};

use super::house::{House, Keys, NOW, country, form_d};
use crate::store::servers::databases;

/// Vietnam's window, and a partner of which the test itself plays the part.
struct Counter {
    vietnam: House,
    thailand: Keys,
    client: reqwest::Client,
}

fn client_of(keys: &Keys, server: &Keys) -> reqwest::Client {
    let identity = format!("{}\n{}", keys.certificate, keys.key);
    reqwest::Client::builder()
        .tls_certs_only(reqwest::Certificate::from_pem_bundle(server.trust().as_bytes()).unwrap())
        .identity(reqwest::Identity::from_pem(identity.as_bytes()).unwrap())
        .build()
        .unwrap()
}

impl Counter {
    async fn open() -> Self {
        Self::open_with(PartnerPolicy::default(), Vec::new()).await
    }

    async fn open_with(policy: PartnerPolicy, documents: Vec<String>) -> Self {
        let (_, database) = databases().await.into_iter().next().unwrap();
        let vietnam = House::open(database, "VN").await;
        let thailand = Keys::new("TH");
        let address = ("https://localhost:9/exchange/messages", &*thailand.trust());
        vietnam.knows_with("TH", address, documents, policy).await;
        let client = client_of(&thailand, &vietnam.keys);
        Self { vietnam, thailand, client }
    }

    fn header(id: &str, kind: ExchangeKind) -> ExchangeHeader {
        ExchangeHeader {
            id: id.to_owned(),
            from: country("TH"),
            to: country("VN"),
            kind,
            created: NOW.parse().unwrap(),
            conversation: String::new(),
        }
    }

    fn signed(&self, header: &ExchangeHeader, document: &str) -> String {
        self.thailand.signer().sign(&wrap(header, document, "urn:test"), Place::Document).unwrap()
    }

    fn certificate(&self, id: &str, certificate: &OriginCertificate) -> String {
        let document = write_form_d(certificate, &Mappings::embedded().unwrap().form_d);
        self.signed(&Self::header(id, ExchangeKind::Certificate), &document)
    }

    async fn post(&self, body: impl Into<reqwest::Body>) -> (u16, Vec<u8>) {
        let answer = self.client.post(self.vietnam.url()).body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
    }

    /// The signal that is answered; its signature holds.
    fn signal(&self, body: &[u8]) -> Signal {
        let trust = Trust::from_pem(self.vietnam.keys.trust().as_bytes()).unwrap();
        verify(body, &trust, NOW.parse().unwrap(), Place::Document).unwrap();
        read_signal(body, Limits::default()).unwrap()
    }

    /// Posts something that is refused; the error's code and words.
    async fn refused(&self, body: impl Into<reqwest::Body>) -> String {
        let (status, body) = self.post(body).await;
        match self.signal(&body).content {
            SignalContent::Error { code, description } => format!("{status} {} {description}", code.code()),
            SignalContent::Receipt { .. } => format!("{status} taken"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_says_what_was_received_and_comes_again_byte_for_byte() {
    let counter = Counter::open().await;
    let message = counter.certificate("m-1", &form_d("D-1"));
    let (status, first) = counter.post(message.clone()).await;
    assert_eq!(status, 200);
    let digest: [u8; 32] = Sha256::digest(&message).into();
    let signal = counter.signal(&first);
    assert_eq!((signal.answers.as_str(), signal.content), ("m-1", SignalContent::Receipt { digest }));
    let (status, again) = counter.post(message.clone()).await;
    assert_eq!((status, &again), (200, &first), "a duplicate gets the first receipt again");
    let sent = (0..16).map(|_| counter.post(message.clone()));
    for (status, body) in futures_util::future::join_all(sent).await {
        assert_eq!((status, body), (200, first.clone()));
    }
    let known = counter.vietnam.certificate(&form_d("D-1").key()).await.unwrap();
    assert_eq!(known.notices.len(), 1, "acknowledged once: {:?}", known.notices);

    // The same id with other content, the same certificate with other content: alarms.
    let other = counter.certificate("m-1", &form_d("D-2"));
    let refused = counter.refused(other).await;
    assert!(refused.starts_with("409 EBMS:0003 message `m-1` came before with other content"), "{refused}");
    let mut altered = form_d("D-1");
    altered.items[0].description = "Frozen lobsters".into();
    let refused = counter.refused(counter.certificate("m-2", &altered)).await;
    assert_eq!(refused, "409 EBMS:0003 certificate D TH D-1 is here with other content: items");
    let known = counter.vietnam.certificate(&form_d("D-1").key()).await.unwrap();
    assert_eq!((known.conflicts, known.content.as_deref()), (1, Some(&form_d("D-1"))), "nothing was overwritten");
    let mut reader = counter.vietnam.shared.database.read().await.unwrap();
    let refusals = partners::refusals(&mut reader.link(), "gateway-th", 10).await.unwrap();
    let codes: Vec<&str> = refusals.iter().map(|refusal| refusal.code.as_str()).collect();
    assert_eq!(codes, ["CONFLICT", "OTHER_CONTENT"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_by_the_partner_is_not_taken() {
    let counter = Counter::open().await;
    let document = write_form_d(&form_d("D-1"), &Mappings::embedded().unwrap().form_d);
    let unsigned = wrap(&Counter::header("m-1", ExchangeKind::Certificate), &document, "urn:test");
    let refused = counter.refused(unsigned.clone()).await;
    assert!(refused.starts_with("403 EBMS:0101 the message is not signed"), "{refused}");
    let stranger = Keys::new("MY").signer().sign(&unsigned, Place::Document).unwrap();
    let refused = counter.refused(stranger).await;
    assert!(refused.starts_with("403 EBMS:0101 "), "{refused}");
    let signed = counter.certificate("m-1", &form_d("D-1"));
    let refused = counter.refused(signed.replace("Frozen shrimps", "Frozen prawns!")).await;
    assert!(refused.starts_with("403 EBMS:0101 "), "{refused}");
    // A comment is covered by no signature.
    let refused = counter.refused(signed.replace("Frozen shrimps", "Frozen <!-- no -->shrimps")).await;
    assert!(refused.starts_with("403 EBMS:0101 a comment in line "), "{refused}");
    assert_eq!(counter.vietnam.status(&form_d("D-1").key()).await, "none");
    assert_eq!(counter.post(signed).await.0, 200, "the message itself is taken after all that");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_shows_no_certificate_of_a_partner_is_not_heard() {
    let counter = Counter::open().await;
    let signed = counter.certificate("m-1", &form_d("D-1"));
    let trusting = || {
        let trust = counter.vietnam.keys.trust();
        let trusted = reqwest::Certificate::from_pem_bundle(trust.as_bytes()).unwrap();
        reqwest::Client::builder().tls_certs_only(trusted)
    };
    let nobody = trusting().build().unwrap();
    assert!(nobody.post(counter.vietnam.url()).body(signed.clone()).send().await.is_err());
    let stranger = client_of(&Keys::new("MY"), &counter.vietnam.keys);
    let answer = stranger.post(counter.vietnam.url()).body(signed.clone()).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 403);
    assert_eq!(counter.vietnam.status(&form_d("D-1").key()).await, "none");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_envelope_says_wrongly_is_refused_by_name() {
    let documents = vec!["CO-ISSUE".to_owned()];
    let counter = Counter::open_with(PartnerPolicy::default(), documents).await;
    let document = write_form_d(&form_d("D-1"), &Mappings::embedded().unwrap().form_d);
    let good = Counter::header("m-1", ExchangeKind::Certificate);
    let refused = async |header: ExchangeHeader| counter.refused(counter.signed(&header, &document)).await;
    let from = refused(ExchangeHeader { from: country("MY"), ..good.clone() }).await;
    assert_eq!(from, "403 EBMS:0101 the message says it is from MY; this is the gateway of TH");
    let to = refused(ExchangeHeader { to: country("LA"), ..good.clone() }).await;
    assert_eq!(to, "400 EBMS:0001 the message is for LA; this is the gateway of VN");
    let kind = refused(ExchangeHeader { kind: ExchangeKind::CustomsResponse, ..good.clone() }).await;
    assert_eq!(kind, "400 EBMS:0103 `CUSTOMS-RESPONSE` is not agreed to be exchanged; agreed are CO-ISSUE");
    let now: Timestamp = NOW.parse().unwrap();
    let ahead = refused(ExchangeHeader { created: now + SignedDuration::from_hours(1), ..good.clone() }).await;
    assert!(ahead.starts_with("400 EBMS:0003 the message is dated "), "{ahead}");
    let old = ExchangeHeader { created: now - SignedDuration::from_hours(24 * 15), ..good.clone() };
    let refused_old = refused(old).await;
    assert!(refused_old.starts_with("400 EBMS:0103 the message was written on 2026-07-05"), "{refused_old}");
    let mut elsewhere = form_d("D-1");
    elsewhere.importing_country = country("LA");
    let refused = counter.refused(counter.certificate("m-2", &elsewhere)).await;
    assert_eq!(refused, "400 EBMS:0003 the certificate is for goods to LA; this is VN");
    let refused = counter.refused(counter.signed(&good, "<a/>")).await;
    assert!(refused.starts_with("400 EBMS:0004 a: the root element is `a`; "), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_message_that_is_known_gets_its_first_receipt_and_a_kept_back_one_nothing() {
    let counter = Counter::open().await;
    let (message, kept_back) = (counter.certificate("m-1", &form_d("D-1")), counter.certificate("m-2", &form_d("D-2")));
    let (_, first) = counter.post(message.clone()).await;
    let later = NOW.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(24 * 20);
    counter.vietnam.shared.clock.set(later);
    assert_eq!(counter.post(message).await, (200, first));
    let refused = counter.refused(kept_back).await;
    assert!(refused.contains("was not received in 336 hours"), "{refused}");
    assert_eq!(counter.vietnam.status(&form_d("D-2").key()).await, "none");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_without_end_is_refused_while_it_comes() {
    let counter = Counter::open().await;
    let chunk = vec![b' '; 1 << 20];
    // A gigabyte, of which no more than the limit is read.
    let body = futures_util::stream::iter((0..1024).map(move |_| Ok::<_, std::io::Error>(chunk.clone())));
    let sent = counter.client.post(counter.vietnam.url()).body(reqwest::Body::wrap_stream(body)).send().await;
    if let Ok(answer) = sent {
        assert_eq!(answer.status().as_u16(), 413);
    }
    assert_eq!(counter.post(counter.certificate("m-1", &form_d("D-1"))).await.0, 200, "others are served");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_before_the_certificate_comes_waits_for_it() {
    let counter = Counter::open().await;
    let certificate = form_d("D-9");
    let notice = CertificateNotice {
        id: "n-1".into(),
        date: jiff::civil::date(2026, 7, 20),
        from: country("TH"),
        to: country("VN"),
        kind: NoticeKind::Cancelled,
        about: certificate.key(),
        issued: None,
        reason: Some("typing error".into()),
        effective: None,
        replaced_by: None,
        declaration: None,
        items: Vec::new(),
    };
    let document = write_notice(&notice, &Mappings::embedded().unwrap().notice);
    let message = counter.signed(&Counter::header("m-1", ExchangeKind::Cancellation), &document);
    assert_eq!(counter.post(message).await.0, 200);
    assert_eq!(counter.vietnam.status(&certificate.key()).await, "expected");
    assert_eq!(counter.post(counter.certificate("m-2", &certificate)).await.0, 200);
    assert_eq!(counter.vietnam.status(&certificate.key()).await, "cancelled");

    // What only the importing side may say is not the issuer's.
    let theirs = CertificateNotice { id: "n-2".into(), kind: NoticeKind::Rejected, ..notice };
    let document = write_notice(&theirs, &Mappings::embedded().unwrap().notice);
    let message = counter.signed(&Counter::header("m-3", ExchangeKind::CustomsResponse), &document);
    let refused = counter.refused(message).await;
    assert_eq!(refused, "400 EBMS:0103 `rejected` is not the issuing side's to say");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_may_be_heard_unsigned_where_that_is_agreed() {
    let policy = PartnerPolicy { signature: SignaturePolicy::Accept, ..PartnerPolicy::default() };
    let counter = Counter::open_with(policy, Vec::new()).await;
    let document = write_form_d(&form_d("D-1"), &Mappings::embedded().unwrap().form_d);
    let unsigned = wrap(&Counter::header("m-1", ExchangeKind::Certificate), &document, "urn:test");
    assert_eq!(counter.post(unsigned).await.0, 200);
    let broken = counter.certificate("m-2", &form_d("D-2")).replace("Frozen shrimps", "Frozen prawns!");
    assert!(counter.refused(broken).await.starts_with("403 EBMS:0101 "));
}

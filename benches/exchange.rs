//! Signed messages of a partner: received, verified and made durable, beside what verifying alone
//! allows in the same run. The load is signed beforehand.
//!
//!     cargo bench --bench exchange                     30,000 messages, ECDSA-P256
//!     cargo bench --bench exchange -- 50000 rsa        another number, RSA of 2,048 bits
//!     cargo bench --bench exchange -- 30000 p256 ack   each certificate is acknowledged to the partner too
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss, reason = "a benchmark")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use motcua::clearance::case::Author;
use motcua::exchange::Reach;
use motcua::exchange::registry::{self, Entering};
use motcua::message::Limits;
use motcua::message::asean::envelope::{ExchangeHeader, ExchangeKind, wrap};
use motcua::message::asean::{read_form_d, write_form_d};
use motcua::message::signature::{Place, Signer, Trust, verify};
use motcua::service::Service;
use motcua::service::clock::Clock;
use motcua::service::gateway::{Gateway, Mappings, receive};
use motcua::service::law_book::LawBook;
use motcua::service::shared::Shared;
use motcua::store::Database;
use motcua::store::partners::PartnerPolicy;
use motcua::store::project::ClockPolicy;
use motcua::trade::CountryCode;
use rayon::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256,
    RsaKeySize,
};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Messages that are on their way at once: as many as a busy partner's connections.
const AT_ONCE: usize = 512;

struct Keys {
    key: String,
    certificate: String,
    trust: String,
}

fn keys(rsa: bool) -> Keys {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let p256 = || KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let authority = CertifiedIssuer::self_signed(authority, p256()).unwrap();
    let key = if rsa { KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap() } else { p256() };
    let certificate = CertificateParams::default().signed_by(&key, &authority).unwrap();
    Keys { key: key.serialize_pem(), certificate: certificate.pem(), trust: authority.pem() }
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn country(code: &str) -> CountryCode {
    CountryCode::parse(code).unwrap()
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let count = words.iter().find_map(|word| word.parse().ok()).unwrap_or(30_000_usize);
    let rsa = words.iter().any(|word| word == "rsa");
    let acknowledged = words.iter().any(|word| word == "ack");
    let (theirs, own) = (keys(rsa), keys(false));
    let now: Timestamp = "2026-11-20T03:00:00Z".parse().unwrap();
    let mappings = Mappings::embedded().unwrap();
    let form = include_bytes!("../fixtures/asean/form-d-umbrellas.xml");
    let (certificate, _) = read_form_d(form, &mappings.form_d, Limits::default()).unwrap();
    let signer = Signer::from_pem(theirs.key.as_bytes(), theirs.certificate.as_bytes()).unwrap();
    let messages: Vec<Vec<u8>> = (0..count)
        .into_par_iter()
        .map(|number| {
            let mut certificate = certificate.clone();
            certificate.reference = format!("D2026-{number:07}");
            let header = ExchangeHeader {
                id: format!("{number:08}@th"),
                from: country("TH"),
                to: country("VN"),
                kind: ExchangeKind::Certificate,
                created: now,
                conversation: certificate.key().to_string(),
            };
            let (_, standard) = mappings.form_d.document();
            let envelope = wrap(&header, &write_form_d(&certificate, &mappings.form_d), standard);
            signer.sign(&envelope, Place::Document).unwrap().into_bytes()
        })
        .collect();
    let bytes: usize = messages.iter().map(Vec::len).sum();
    let algorithm = if rsa { "RSA-2048" } else { "ECDSA-P256" };
    println!("{count} messages of {} bytes, {algorithm}, on {} threads", bytes / count, rayon::current_num_threads());

    let trust = Trust::from_pem(theirs.trust.as_bytes()).unwrap();
    let verified = |messages: &[Vec<u8>]| {
        let began = Instant::now();
        messages.par_iter().for_each(|message| drop(verify(message, &trust, now, Place::Document).unwrap()));
        messages.len() as f64 / began.elapsed().as_secs_f64()
    };
    let before = verified(&messages[..count.min(10_000)]);

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let folder = Folder(std::env::temp_dir().join(format!("motcua-exchange-{}", std::process::id())));
    let _ = std::fs::remove_dir_all(&folder.0);
    std::fs::create_dir(&folder.0).unwrap();
    let documents = if acknowledged { Vec::new() } else { vec![ExchangeKind::Certificate.as_str().to_owned()] };
    let took = runtime.block_on(async {
        let database = Database::open(&folder.0.join("motcua.db").display().to_string()).await.unwrap();
        let gateway = Gateway::new(country("VN"), own.key.as_bytes(), own.certificate.as_bytes(), mappings).unwrap();
        let law = LawBook::new(motcua::embedded::pack());
        let shared = Shared::new(database, Clock::by_hand(now), law, ClockPolicy::default(), None);
        let service = Service::start(Arc::new(shared.with_gateway(gateway))).await.unwrap();
        let (shared, writer) = (Arc::clone(service.shared()), service.writer().clone());
        let entering = Entering {
            organisation: "gateway-th".to_owned(),
            country: country("TH"),
            address: "https://gateway.example/exchange/messages".to_owned(),
            trust: theirs.trust.clone().into_bytes(),
            documents,
            policy: PartnerPolicy::default(),
        };
        let kind = entering.check(&Reach::default()).unwrap();
        let enter = writer.run(move |desk| {
            Box::pin(async move { Ok(registry::enter(desk, &entering, kind, &Author::system()).await?) })
        });
        enter.await.unwrap();
        let gateway = shared.gateway.clone().unwrap();
        let partner = gateway.registry(&shared.database).await.unwrap().of("gateway-th").cloned().unwrap();
        let began = Instant::now();
        let mut waiting = tokio::task::JoinSet::new();
        for message in messages.iter().cloned() {
            if waiting.len() >= AT_ONCE {
                waiting.join_next().await.unwrap().unwrap();
            }
            let (shared, writer) = (Arc::clone(&shared), writer.clone());
            let (gateway, partner) = (Arc::clone(&gateway), Arc::clone(&partner));
            waiting.spawn(async move {
                let reply = receive(&shared, &writer, &gateway, &partner, message).await.unwrap();
                assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
            });
        }
        while let Some(done) = waiting.join_next().await {
            done.unwrap();
        }
        let took = began.elapsed();
        drop(writer);
        service.stop().await;
        took
    });
    let after = verified(&messages[..count.min(10_000)]);
    let (rate, alone) = (count as f64 / took.as_secs_f64(), f64::midpoint(before, after));
    println!("verification alone: {alone:.0} a second ({before:.0} before, {after:.0} after)");
    println!("received, verified and durable: {rate:.0} a second, {:.2} of that", rate / alone);
}

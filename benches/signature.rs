//! One signature of a message of 8 KiB: made, and verified against a trusted authority.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use motcua::message::signature::{Place, Signer, Trust, verify};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256,
    RsaKeySize,
};

/// A Form D of 8 KiB: the bundled one with more goods.
fn document() -> String {
    let mut document = include_str!("../fixtures/asean/form-d.xml").to_owned();
    let from = document.find("<cac:GoodsItem>").unwrap();
    let end = document.find("</cac:GoodsItem>").unwrap() + "</cac:GoodsItem>".len();
    let item = document[from..end].to_owned();
    while document.len() < 8 * 1024 {
        document.insert_str(end, &item);
    }
    document
}

fn bench(c: &mut Criterion) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = || KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let authority = CertifiedIssuer::self_signed(authority, key()).unwrap();
    let trust = Trust::from_pem(authority.pem().as_bytes()).unwrap();
    let at: Timestamp = "2026-06-30T08:00:00Z".parse().unwrap();
    let document = document();
    let rsa = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    for (name, key) in [("p256", key()), ("rsa2048", rsa)] {
        let certificate = CertificateParams::default().signed_by(&key, &authority).unwrap();
        let signer = Signer::from_pem(key.serialize_pem().as_bytes(), certificate.pem().as_bytes()).unwrap();
        let signed = signer.sign(&document, Place::Document).unwrap();
        let mut group = c.benchmark_group(format!("signature/{name}"));
        group.throughput(Throughput::Elements(1));
        group.bench_function("verify", |b| {
            b.iter(|| verify(black_box(signed.as_bytes()), &trust, at, Place::Document).unwrap());
        });
        group.bench_function("refuse", |b| {
            // A message without a signature costs one walk.
            b.iter(|| verify(black_box(document.as_bytes()), &trust, at, Place::Document).unwrap_err());
        });
        group.bench_function("sign", |b| {
            b.iter(|| signer.sign(black_box(&document), Place::Document).unwrap());
        });
        group.finish();
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);

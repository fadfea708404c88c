//! Endpoints over TLS.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::post;
use axum_server::tls_rustls::RustlsConfig;
use motcua::exchange::{Settings, Transport};

use super::office::{Office, at_once, longest, settings};
use crate::store::servers::databases;

/// A server with a certificate of its own; gives its port, the certificate and a count of what it got.
async fn server() -> (u16, String, Arc<AtomicUsize>) {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let config = RustlsConfig::from_pem(certificate.clone().into_bytes(), key.into_bytes()).await.unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let of_server = Arc::clone(&count);
    let take = move || async move {
        of_server.fetch_add(1, Ordering::Relaxed);
    };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let app = Router::new().route("/hook", post(take));
    let serving = axum_server::from_tcp_rustls(listener, config).unwrap().serve(app.into_make_service());
    tokio::spawn(serving);
    (port, certificate, count)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_the_installation_trusts_is_spoken_to_and_another_is_not() {
    let (port, certificate, count) = server().await;
    for (server, database) in databases().await {
        count.store(0, Ordering::Relaxed);
        let office = Office::open(database);
        office.webhook("trader", &format!("https://localhost:{port}/hook")).await;
        let ids = office.put("trader", 1).await;
        let deliveries = office.deliver(longest());
        office.tried(&ids[0], 1).await;
        let error = office.letter(&ids[0]).await.error.unwrap();
        assert!(error.contains("certificate"), "{server}: {error}");
        assert_eq!(count.load(Ordering::Relaxed), 0, "{server}");
        drop(deliveries);

        let trust = Some(certificate.clone().into_bytes());
        let trusting = Settings { transport: Transport { trust, ..settings().transport }, ..settings() };
        let _deliveries = office.deliver_with(&trusting, at_once());
        office.pass(10);
        office.served("trader").await;
        assert_eq!(count.load(Ordering::Relaxed), 1, "{server}");
    }
}

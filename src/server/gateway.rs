//! The gateway's own address: partners bring their messages here, by TLS with a certificate of their
//! own. Whoever shows none that a partner's entry believes is not heard.

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router, routing};
use axum_server::Handle;
use axum_server::accept::Accept;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tower::Layer as _;

use super::run::{Running, ServeError};
use super::unread::heard_out;
use crate::service::gateway::{Gateway, Known, Registry, XML, receive};
use crate::service::shared::Shared;
use crate::service::writer::WriterHandle;

/// Where partners post their messages.
pub const PATH: &str = "/exchange/messages";
/// Bytes of a message.
const BYTES_MAX: usize = 8 << 20;

/// What its handlers share.
struct Counter {
    shared: Arc<Shared>,
    writer: WriterHandle,
    gateway: Arc<Gateway>,
}

/// Begins to serve partners.
///
/// # Errors
/// [`ServeError`] where the address is taken or the gateway's key is none for TLS.
pub fn serve_partners(
    (shared, writer): (Arc<Shared>, WriterHandle),
    gateway: &Arc<Gateway>,
    listen: SocketAddr,
) -> Result<Running, ServeError> {
    let tls = tls(gateway)?;
    let failed = |error| ServeError::Listen(listen, error);
    let listener = TcpListener::bind(listen).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let counter = Arc::new(Counter { shared, writer, gateway: Arc::clone(gateway) });
    let router = Router::new()
        .route(PATH, routing::post(take))
        .layer(DefaultBodyLimit::max(BYTES_MAX))
        .layer(axum::middleware::from_fn(heard_out))
        .with_state(counter);
    let handle = Handle::new();
    let acceptor = PeerAcceptor(RustlsAcceptor::new(RustlsConfig::from_config(Arc::new(tls))));
    let server = axum_server::from_tcp(listener).map_err(failed)?.acceptor(acceptor).handle(handle.clone());
    let task = tokio::spawn(server.serve(router.into_make_service()));
    Ok(Running::new(address, handle, task))
}

/// A message of a partner.
async fn take(State(counter): State<Arc<Counter>>, Extension(peer): Extension<Arc<Peer>>, body: Bytes) -> Response {
    let partner = match peer.partner(&counter).await {
        Ok(Some(partner)) => partner,
        Ok(None) => {
            let refused = "the certificate of this connection is no partner's";
            return (StatusCode::FORBIDDEN, refused).into_response();
        }
        Err(error) => return unavailable(&error.to_string()),
    };
    if partner.partner.suspended {
        // It is sent again: nothing is lost while a partner is suspended.
        return unavailable("the exchange is suspended");
    }
    let received = receive(&counter.shared, &counter.writer, &counter.gateway, &partner, body.to_vec()).await;
    match received {
        Ok(reply) => {
            let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, [(header::CONTENT_TYPE, XML)], reply.body).into_response()
        }
        Err(error) => {
            tracing::warn!(organisation = partner.partner.organisation, "a message could not be taken: {error}");
            unavailable("the message could not be taken now; send it again")
        }
    }
}

fn unavailable(why: &str) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "30")], why.to_owned()).into_response()
}

/// Who somebody is, by the partners as they were known when that was looked up.
type Found = (Arc<Registry>, Option<Arc<Known>>);

/// The other end of a connection.
struct Peer {
    chain: Vec<Vec<u8>>,
    known: Mutex<Option<Found>>,
}

impl Peer {
    /// The partner whose certificate it shows.
    async fn partner(&self, counter: &Counter) -> Result<Option<Arc<Known>>, crate::store::StoreError> {
        let registry = counter.gateway.registry(&counter.shared.database).await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, partner)) = &*known
            && Arc::ptr_eq(of, &registry)
        {
            return Ok(partner.clone());
        }
        let now = counter.shared.clock.now();
        let partner = registry.all().find(|partner| partner.trust.believes(&self.chain, now).is_ok()).cloned();
        *known = Some((registry, partner.clone()));
        Ok(partner)
    }
}

/// Tells handlers which certificate the other end has shown.
#[derive(Clone)]
struct PeerAcceptor(RustlsAcceptor);

type OverTls<S> = <RustlsAcceptor as Accept<TcpStream, S>>::Service;
type Accepting<S> = Pin<Box<dyn Future<Output = std::io::Result<(TlsStream<TcpStream>, S)>> + Send>>;

impl<S: Send + 'static> Accept<TcpStream, S> for PeerAcceptor {
    type Stream = TlsStream<TcpStream>;
    type Service = axum::middleware::AddExtension<OverTls<S>, Arc<Peer>>;
    type Future = Accepting<Self::Service>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let acceptor = self.0.clone();
        Box::pin(async move {
            let (stream, service) = acceptor.accept(stream, service).await?;
            let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
            let chain = chain.iter().map(|der| der.as_ref().to_vec()).collect();
            let peer = Arc::new(Peer { chain, known: Mutex::new(None) });
            Ok((stream, Extension(peer).layer(service)))
        })
    }
}

/// Asks for a certificate, and has its owner prove that he has the key. Whose it is, is found out
/// afterwards, by the partners as they are entered then.
#[derive(Debug)]
struct AnyCertificate(Arc<rustls::crypto::CryptoProvider>);

impl ClientCertVerifier for AnyCertificate {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

fn tls(gateway: &Gateway) -> Result<rustls::ServerConfig, ServeError> {
    let failed = |error: String| ServeError::Tls(std::io::Error::other(format!("the gateway's key: {error}")));
    let identity = gateway.identity();
    let chain: Result<Vec<CertificateDer<'static>>, _> =
        CertificateDer::pem_slice_iter(&identity.certificates).collect();
    let chain = chain.map_err(|error| failed(error.to_string()))?;
    let key = PrivateKeyDer::from_pem_slice(&identity.key).map_err(|error| failed(error.to_string()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Arc::new(AnyCertificate(Arc::clone(&provider)));
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.to_string()))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .map_err(|error| failed(error.to_string()))?;
    Ok(config)
}

//! Routes, and the process that serves them.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::again::again;
use super::api;
use super::app::App;
use super::asker::COOKIE;
use super::problem::{Problem, told};
use super::query::Described;
use super::unread::{heard_out, throw_away};

/// How long those who are being answered may take when the service ends.
const GRACE: Duration = Duration::from_secs(20);

#[derive(OpenApi)]
#[openapi(modifiers(&Credentials), security(("bearer" = []), ("cookie" = [])), info(
    title = "Motcua",
    description = "The customs single window: messages in, cases moved, every desk visible. Credentials: `Authorization: Bearer` with an API key or the token of a session, or the cookie of a session; a change by cookie shows that it comes from our own pages (`Sec-Fetch-Site`, `Origin` or `X-CSRF-Token`). Errors are problem documents (RFC 9457). Lists are read page by page: `next` of one page is `after` of the next."
))]
struct Description;

/// How whoever asks proves who he is.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let components = description.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        let cookie = ApiKey::Cookie(ApiKeyValue::new(COOKIE));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
    }
}

/// All routes.
pub fn router(app: Arc<App>) -> Router {
    let large = OpenApiRouter::new()
        .routes(routes!(api::messages::send))
        .routes(routes!(api::soap::call))
        .routes(routes!(api::law::list, api::law::install))
        .layer(DefaultBodyLimit::max(app.limits.message_bytes));
    let (routes, description) = OpenApiRouter::with_openapi(Description::openapi())
        .merge(large)
        .routes(routes!(api::bulk::list, api::bulk::send))
        .routes(routes!(api::bulk::get, api::bulk::cancel))
        .routes(routes!(api::bulk::items))
        .routes(routes!(api::declarations::list))
        .routes(routes!(api::declarations::get))
        .routes(routes!(api::declarations::timeline))
        .routes(routes!(api::declarations::graph))
        .routes(routes!(api::reads::of_declaration))
        .routes(routes!(api::reads::of_dossier))
        .routes(routes!(api::declarations::act))
        .routes(routes!(api::attachments::to_declaration))
        .routes(routes!(api::papers::enter))
        .routes(routes!(api::attachments::to_dossier))
        .routes(routes!(api::attachments::get))
        .routes(routes!(api::tasks::list))
        .routes(routes!(api::tasks::get))
        .routes(routes!(api::tasks::act))
        .routes(routes!(api::dossiers::list))
        .routes(routes!(api::dossiers::get))
        .routes(routes!(api::dossiers::act))
        .routes(routes!(api::evidence::get))
        .routes(routes!(api::origin_certificates::list, api::origin_certificates::issue))
        .routes(routes!(api::origin_certificates::get))
        .routes(routes!(api::origin_certificates::act))
        .routes(routes!(api::origin_certificates::utilisation))
        .routes(routes!(api::origin_certificates::partners))
        .routes(routes!(api::accounts::list))
        .routes(routes!(api::accounts::get))
        .routes(routes!(api::inbox::list))
        .routes(routes!(api::inbox::ack))
        .routes(routes!(api::endpoints::get, api::endpoints::set, api::endpoints::remove))
        .routes(routes!(api::endpoints::list))
        .routes(routes!(api::endpoints::dead))
        .routes(routes!(api::endpoints::replay))
        .routes(routes!(api::endpoints::give_up))
        .routes(routes!(api::events::stream))
        .routes(routes!(api::law::withdraw))
        .routes(routes!(api::session::sign_in, api::session::get, api::session::end))
        .routes(routes!(api::session::code))
        .routes(routes!(api::account::password))
        .routes(routes!(api::account::reset))
        .routes(routes!(api::account::enrol))
        .routes(routes!(api::account::confirm))
        .routes(routes!(api::organisations::list, api::organisations::create))
        .routes(routes!(api::organisations::get, api::organisations::set))
        .routes(routes!(api::organisations::mandates))
        .routes(routes!(api::organisations::give, api::organisations::take))
        .routes(routes!(api::people::list, api::people::create))
        .routes(routes!(api::people::get, api::people::set))
        .routes(routes!(api::people::reset))
        .routes(routes!(api::people::unlocked))
        .routes(routes!(api::people::forget))
        .routes(routes!(api::keys::list, api::keys::issue))
        .routes(routes!(api::keys::revoke))
        .routes(routes!(api::check::check))
        .routes(routes!(api::system::health))
        .routes(routes!(api::system::ready))
        .routes(routes!(api::system::metrics))
        .split_for_parts();
    let described = Arc::new(Described::of(&description));
    let description = description.to_pretty_json().unwrap_or_default();
    let document = move || async move { ([(header::CONTENT_TYPE, "application/json")], description) };
    let limit = DefaultBodyLimit::max(app.limits.body_bytes);
    routes
        .route("/openapi.json", routing::get(document))
        .fallback(|| async {
            Problem::new(StatusCode::NOT_FOUND, "unknown", "there is no such address; see /openapi.json")
        })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", "this address is not asked so; see /openapi.json")
        })
        .layer(limit)
        .layer(middleware::from_fn(heard_out))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), again))
        .layer(middleware::from_fn_with_state(described, observe))
        .with_state(app)
}

/// Counts and times requests, and gives each an id that the log and the answer share.
async fn observe(State(described): State<Arc<Described>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map_or("unknown", |path| path.as_str()).to_owned();
    let method = request.method().as_str().to_owned();
    let id = crate::service::request_id();
    let response = match described.wrong(&route, &request) {
        Some(problem) => {
            throw_away(request).await;
            problem.into_response()
        }
        None => next.run(request).await,
    };
    let status = response.status();
    let labels = [("method", method.clone()), ("route", route.clone()), ("status", status.as_u16().to_string())];
    metrics::counter!("motcua_requests_total", &labels).increment(1);
    metrics::histogram!("motcua_request_seconds", "route" => route.clone()).record(began.elapsed().as_secs_f64());
    if status.is_server_error() {
        tracing::warn!(request.id = %id, http.method = method, http.route = route, http.status = status.as_u16(), "request {id} failed with {status}");
    } else {
        tracing::debug!(request.id = %id, http.method = method, http.route = route, http.status = status.as_u16(), "request {id} answered {status}");
    }
    let mut response = problem_of_others(response).await;
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

/// Bytes of what the framework says that are told.
const TOLD: usize = 1_000;

/// What the framework refuses itself (a body that is no JSON, a parameter that cannot be …) as a
/// problem document, with the field that it names.
async fn problem_of_others(response: Response) -> Response {
    let status = response.status();
    let plain =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !status.is_client_error() || !plain {
        return response;
    }
    let detail = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "the body is too large; much at once goes to `POST /v1/bulk`".to_owned(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            "the body is JSON: say so with `Content-Type: application/json`".to_owned()
        }
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST => {
            let said = axum::body::to_bytes(response.into_body(), TOLD).await.unwrap_or_default();
            told(&String::from_utf8_lossy(&said))
        }
        _ => "the request cannot be answered".to_owned(),
    };
    Problem::new(status, "request", detail).into_response()
}

/// How to serve.
#[derive(Debug, Clone)]
pub struct Serving {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Certificate and key, in PEM.
    pub tls: Option<(PathBuf, PathBuf)>,
}

/// An address that is taken, before anybody is answered there.
#[derive(Debug)]
pub struct Bound {
    listen: SocketAddr,
    listener: TcpListener,
    tls: Option<RustlsConfig>,
}

impl Serving {
    /// Takes the address and reads what TLS needs.
    ///
    /// # Errors
    /// [`ServeError`]
    pub async fn bind(&self) -> Result<Bound, ServeError> {
        let tls = match &self.tls {
            Some((certificate, key)) => {
                Some(RustlsConfig::from_pem_file(certificate, key).await.map_err(ServeError::Tls)?)
            }
            None => None,
        };
        let failed = |error| ServeError::Listen(self.listen, error);
        let listener = TcpListener::bind(self.listen).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        Ok(Bound { listen: self.listen, listener, tls })
    }
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// The certificate or the key.
    #[error("TLS: {0}")]
    Tls(std::io::Error),
}

/// A server that runs.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    handle: Handle<SocketAddr>,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Running {
    pub(super) fn new(
        address: SocketAddr,
        handle: Handle<SocketAddr>,
        task: tokio::task::JoinHandle<std::io::Result<()>>,
    ) -> Self {
        Self { address, handle, task }
    }

    /// Takes no more connections, lets those that are being answered finish, and ends.
    pub async fn stop(self) {
        self.handle.graceful_shutdown(Some(GRACE));
        let _ = self.task.await;
    }
}

/// Begins to serve.
///
/// # Errors
/// [`ServeError`]
pub async fn serve(app: Arc<App>, serving: &Serving) -> Result<Running, ServeError> {
    serve_at(app, serving.bind().await?)
}

/// Begins to serve at an address that is taken.
///
/// # Errors
/// [`ServeError`]
pub fn serve_at(app: Arc<App>, bound: Bound) -> Result<Running, ServeError> {
    let Bound { listen, listener, tls } = bound;
    let failed = |error| ServeError::Listen(listen, error);
    let address = listener.local_addr().map_err(failed)?;
    let handle = Handle::new();
    let service = router(app).into_make_service();
    let task = match tls {
        Some(config) => {
            let server = axum_server::from_tcp_rustls(listener, config).map_err(failed)?.handle(handle.clone());
            tokio::spawn(server.serve(service))
        }
        None => {
            let server = axum_server::from_tcp(listener).map_err(failed)?.handle(handle.clone());
            tokio::spawn(server.serve(service))
        }
    };
    Ok(Running { address, handle, task })
}

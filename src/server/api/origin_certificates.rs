//! Certificates of origin that are exchanged with partners: those that came, and those issued here.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::super::acting::{Acting, answer, before};
use super::super::app::App;
use super::super::asker::Asker;
use super::super::problem::Problem;
use super::super::schema;
use super::{Paging, json as reply, note_read, paged, response};
use crate::clearance::case::CaseId;
use crate::clearance::case::certificate::{Certificate, CertificateSide};
use crate::exchange::status::{PartnerStatus, status};
use crate::people::{OrganisationKind, Principal, Subject, Whose};
use crate::service::answers::certificate;
use crate::service::desk::Desk;
use crate::service::gateway::CertificateAct;
use crate::service::once;
use crate::store::cases;
use crate::store::certificates::{self, CertificateFilter};
use crate::trade::OriginCertificate;

/// Traders whose certificates are listed together at most.
const TRADERS_MAX: usize = 100;

/// Which certificates.
#[derive(Debug, Deserialize, IntoParams)]
pub(in crate::server) struct Search {
    /// `in`: received; `out`: issued here.
    side: Option<String>,
    /// That stand so: `acknowledged`, `used`, `rejected` …
    status: Option<String>,
    /// Of this number.
    reference: Option<String>,
    /// Of this trader, by tax code.
    holder: Option<String>,
}

/// Certificates of origin, the newest first: a trader's own, those that an agency has issued, all of
/// them for customs.
#[utoipa::path(
    get,
    path = "/v1/origin-certificates",
    tag = "certificates",
    params(Search, Paging),
    responses(
        (status = 200, description = "A page: `rows` and `next`", body = schema::Page<schema::desk::OriginCertificateRow>),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem),
    )
)]
pub(in crate::server) async fn list(
    State(app): State<Arc<App>>,
    asker: Asker,
    Query(search): Query<Search>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let filter = filter(&asker.0, search)?;
    let mut reader = app.shared().database.read().await?;
    let page = certificates::list(&mut reader.link(), &filter, paging.after.as_deref(), paging.limit()).await?;
    drop(reader);
    Ok(paged(&page, certificate::row))
}

/// A certificate of origin: what it says, where it stands, what was said about it, what was used of
/// each item and by which declarations.
#[utoipa::path(
    get,
    path = "/v1/origin-certificates/{id}",
    tag = "certificates",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The certificate", body = schema::desk::OriginCertificateAnswer), (status = 404, body = Problem), (status = 401, body = Problem))
)]
pub(in crate::server) async fn get(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let known = seen(&app, &asker, &id).await?;
    note_read(&app, &asker, known.id, "certificate");
    Ok(reply(StatusCode::OK, &certificate::certificate(&known)))
}

/// What is issued.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(example = json!({ "certificate": { "form": "D", "reference": "VN-D-2026-000017" }, "holder": "0401345678" }))]
pub(in crate::server) struct IssueBody {
    /// The certificate, box by box.
    #[schema(value_type = Object)]
    certificate: Option<Value>,
    /// The exporter, by tax code.
    holder: Option<String>,
    /// The dossier in which it was applied for.
    dossier: Option<String>,
}

/// Issue a certificate of origin, which goes to the partner of the importing country at once. An
/// alteration is a new certificate, with the old one cancelled.
#[utoipa::path(
    post,
    path = "/v1/origin-certificates",
    tag = "certificates",
    request_body = IssueBody,
    responses((status = 200, description = "Issued", body = schema::desk::OriginCertificateAnswer), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem))
)]
pub(in crate::server) async fn issue(
    State(app): State<Arc<App>>,
    asker: Asker,
    acting: Acting<IssueBody>,
) -> Result<Response, Problem> {
    let asked = acting.asked(&asker)?;
    if let Some(answer) = before(&app, asked.as_ref()).await? {
        return Ok(response(answer));
    }
    if asker.0.kind != OrganisationKind::Agency {
        return Err(Problem::from(crate::people::Denied::Kind(asker.0.kind)));
    }
    asker.0.signed_in()?;
    let IssueBody { certificate, holder, dossier } = acting.body;
    let certificate = certificate.ok_or_else(|| Problem::invalid("`certificate` is missing"))?;
    let certificate: OriginCertificate =
        serde_json::from_value(certificate).map_err(|error| Problem::invalid(format!("`certificate`: {error}")))?;
    let dossier = match dossier {
        Some(dossier) => Some(dossier.parse().map_err(|_| Problem::not_found("dossier"))?),
        None => None,
    };
    let (agency, by) = (asker.0.agency.clone(), asker.author());
    let issued = once::act(app.service.writer(), asked, move |desk: &mut Desk<'_>| {
        Box::pin(async move {
            let case = desk.issue_certificate(certificate, (agency, holder, dossier), &by).await?;
            let shown = desk.certificate(case).await?.map(certificate::certificate).unwrap_or_default();
            Ok((case, answer(&shown)))
        })
    });
    Ok(response(issued.await.map_err(Problem::from)?))
}

/// What is done.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(example = json!({ "reason": "the seal differs from the specimen" }))]
pub(in crate::server) struct ActBody {
    /// Why: the partner is told.
    #[serde(default)]
    reason: String,
    /// Of a refusal: the items; none: all of them.
    #[serde(default)]
    items: Vec<u32>,
    /// Of a cancellation: the number of the certificate in its place.
    replaced_by: Option<String>,
    /// Of an answer to a doubt: whether it holds.
    confirmed: Option<bool>,
}

/// Do something about a certificate; the partner is told. The authority that issued it: `cancel`,
/// `resend`, `answer` (to a doubt), `clarify` (what was refused). Customs, of one that came: `reject`,
/// `verify` (ask the issuing side), `ask-again` (it was lost).
#[utoipa::path(
    post,
    path = "/v1/origin-certificates/{id}/{action}",
    tag = "certificates",
    params(("id" = String, Path, description = "Its id"), ("action" = String, Path, description = "What is done")),
    request_body = ActBody,
    responses((status = 200, description = "Done", body = schema::desk::OriginCertificateAnswer), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem))
)]
pub(in crate::server) async fn act(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path((id, name)): Path<(String, String)>,
    acting: Acting<ActBody>,
) -> Result<Response, Problem> {
    let asked = acting.asked(&asker)?;
    if let Some(answer) = before(&app, asked.as_ref()).await? {
        return Ok(response(answer));
    }
    let known = seen(&app, &asker, &id).await?;
    let act = certificate_act(&name, acting.body)?;
    may_act(&asker.0, &known, &act)?;
    let (case, by) = (known.id, asker.author());
    let done = once::act(app.service.writer(), asked, move |desk: &mut Desk<'_>| {
        Box::pin(async move {
            desk.certificate_act(case, &act, &by).await?;
            let shown = desk.certificate(case).await?.map(certificate::certificate).unwrap_or_default();
            Ok((case, answer(&shown)))
        })
    });
    Ok(response(done.await.map_err(Problem::from)?))
}

/// How fine a count is.
#[derive(Debug, Deserialize, IntoParams)]
pub(in crate::server) struct Fineness {
    /// Digits of the HS code: 2, 4, 6 or 8. 2 if nothing is said.
    digits: Option<i64>,
}

/// What was used of certificates, by side, issuing country, form, criterion and HS code.
#[utoipa::path(
    get,
    path = "/v1/exchange/utilisation",
    tag = "exchange",
    params(Fineness),
    responses((status = 200, description = "`rows`", body = schema::Rows<schema::house::Utilisation>), (status = 403, body = Problem))
)]
pub(in crate::server) async fn utilisation(
    State(app): State<Arc<App>>,
    asker: Asker,
    Query(fineness): Query<Fineness>,
) -> Result<Response, Problem> {
    whole_view(&asker.0)?;
    let digits = fineness.digits.unwrap_or(2);
    if ![2, 4, 6, 8].contains(&digits) {
        return Err(Problem::invalid("`digits` is 2, 4, 6 or 8"));
    }
    let groups = certificates::utilisation(&mut app.shared().database.read().await?.link(), digits).await?;
    let rows: Vec<Value> = groups.iter().map(certificate::utilisation).collect();
    Ok(reply(StatusCode::OK, &json!({ "rows": rows })))
}

/// How the exchange with each partner does: when it was heard last, what waits for it, what was
/// refused, how long receipts take.
#[utoipa::path(
    get,
    path = "/v1/exchange/partners",
    tag = "exchange",
    responses((status = 200, description = "`rows`", body = schema::Rows<schema::house::PartnerHealth>), (status = 403, body = Problem))
)]
pub(in crate::server) async fn partners(State(app): State<Arc<App>>, asker: Asker) -> Result<Response, Problem> {
    whole_view(&asker.0)?;
    let now = app.shared().clock.now();
    let all = status(&mut app.shared().database.read().await?.link(), now).await?;
    let rows: Vec<Value> = all.iter().map(PartnerStatus::shown).collect();
    Ok(reply(StatusCode::OK, &json!({ "rows": rows })))
}

/// Customs, operators and auditors see all of the exchange.
fn whole_view(principal: &Principal) -> Result<(), Problem> {
    principal.signed_in()?;
    match principal.kind {
        OrganisationKind::Customs | OrganisationKind::Operator | OrganisationKind::Auditor => Ok(()),
        kind => Err(crate::people::Denied::Kind(kind).into()),
    }
}

async fn seen(app: &Arc<App>, asker: &Asker, id: &str) -> Result<Certificate, Problem> {
    let missing = || Problem::not_found("certificate");
    let case: CaseId = id.parse().map_err(|_| missing())?;
    let found = cases::certificate_and_head(&mut app.shared().database.read().await?.link(), case).await?;
    let (known, _) = found.ok_or_else(missing)?;
    let issued_by_asker = known.agency.is_some() && known.agency == asker.0.agency;
    let from = if issued_by_asker { asker.0.organisation.as_str() } else { "" };
    let subject = Subject::Certificate { from, to: "", holder: known.holder.as_deref() };
    asker.0.may_see(&subject).map_err(|_| missing())?;
    Ok(known)
}

/// Whose act it is.
fn may_act(principal: &Principal, known: &Certificate, act: &CertificateAct) -> Result<(), Problem> {
    principal.signed_in()?;
    let allowed = match known.side {
        CertificateSide::Issuing => {
            principal.kind == OrganisationKind::Agency && known.agency.is_some() && known.agency == principal.agency
        }
        CertificateSide::Receiving => principal.kind == OrganisationKind::Customs,
    };
    // What is the other side's to do says so itself.
    if allowed || act.is_of_issuer() != (known.side == CertificateSide::Issuing) {
        return Ok(());
    }
    Err(crate::people::Denied::Kind(principal.kind).into())
}

fn certificate_act(name: &str, body: ActBody) -> Result<CertificateAct, Problem> {
    let ActBody { reason, items, replaced_by, confirmed } = body;
    if reason.trim().is_empty() && name != "resend" {
        return Err(Problem::invalid("`reason` is missing: the partner is told"));
    }
    Ok(match name {
        "cancel" => CertificateAct::Cancel { reason, replaced_by },
        "resend" => CertificateAct::Resend,
        "answer" => {
            let confirmed = confirmed.ok_or_else(|| Problem::invalid("`confirmed` is `true` or `false`"))?;
            CertificateAct::AnswerVerification { confirmed, reason }
        }
        "clarify" => CertificateAct::Clarify { reason },
        "reject" => CertificateAct::Reject { reason, items },
        "verify" => CertificateAct::AskVerification { reason },
        "ask-again" => CertificateAct::AskAgain { reason },
        other => {
            let known = "cancel, resend, answer, clarify, reject, verify, ask-again";
            return Err(Problem::invalid(format!(
                "`{other}` cannot be done with a certificate; what can be is {known}"
            )));
        }
    })
}

/// What of the search the asker may see.
fn filter(principal: &Principal, search: Search) -> Result<CertificateFilter, Problem> {
    let Search { side, status, reference, holder } = search;
    if side.as_deref().is_some_and(|side| !["in", "out"].contains(&side)) {
        return Err(Problem::invalid("`side` is `in` or `out`"));
    }
    let named = holder.map(|holder| vec![holder]);
    let filter = CertificateFilter { side, status, reference, holders: named.clone(), agency: None };
    Ok(match principal.whose_permits()? {
        Whose::Everybodys => filter,
        Whose::GivenBy(agency) => CertificateFilter { agency: Some(agency.to_owned()), ..filter },
        Whose::Of(own) => {
            let holders = match named {
                Some(named) => named.into_iter().filter(|holder| own.contains(&holder.as_str())).collect(),
                None if own.len() > TRADERS_MAX => {
                    return Err(Problem::invalid("you act for many traders: state `holder`"));
                }
                None => own.into_iter().map(str::to_owned).collect(),
            };
            CertificateFilter { holders: Some(holders), ..filter }
        }
    })
}

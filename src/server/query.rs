//! What a request may be before its body is read: the names in its query are those that are described,
//! and no others. A name that is not known would else be ignored, and the answer taken for another than
//! it is.

use std::collections::HashMap;

use axum::extract::{Query, Request};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::{OpenApi, PathItem, RefOr, SecurityRequirement};

use super::problem::Problem;

/// What is described of each address, by method and route.
#[derive(Debug)]
pub(super) struct Described(HashMap<(&'static str, String), Address>);

/// What is described of an address.
#[derive(Debug)]
struct Address {
    /// The names that may stand in its query.
    names: Vec<String>,
    /// Whether it wants no credentials.
    is_open: bool,
}

impl Described {
    /// Those that a description has.
    pub(super) fn of(description: &OpenApi) -> Self {
        let mut found = HashMap::new();
        for (path, item) in &description.paths.paths {
            for (method, operation) in operations(item) {
                let parameters = operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
                    RefOr::T(parameter) => Some(parameter),
                    RefOr::Ref(_) => None,
                });
                let names = parameters.filter(|parameter| parameter.parameter_in == ParameterIn::Query);
                let names = names.map(|parameter| parameter.name.clone()).collect();
                let open = SecurityRequirement::default();
                let is_open = operation.security.as_ref().is_some_and(|wanted| wanted.contains(&open));
                found.insert((method, path.clone()), Address { names, is_open });
            }
        }
        Self(found)
    }

    /// What is wrong with a request before its body is read: with the names in its query, or with how
    /// its body is packed. Who shows no credentials where they are wanted is told of that first.
    pub(super) fn wrong(&self, route: &str, request: &Request) -> Option<Problem> {
        let (method, headers) = (request.method().as_str(), request.headers());
        let (_, address) = self.0.iter().find(|((of, path), _)| *of == method && path == route)?;
        let shows = [header::AUTHORIZATION, header::COOKIE].iter().any(|name| headers.contains_key(name));
        if !shows && !address.is_open {
            return None;
        }
        packed(headers).or_else(|| address.misnamed(request.uri()))
    }
}

/// A body that is compressed on its way: no address takes one.
fn packed(headers: &HeaderMap) -> Option<Problem> {
    let said = headers.get_all(header::CONTENT_ENCODING).iter().map(|said| said.to_str().unwrap_or("?"));
    let mut names = said.flat_map(|said| said.split(',')).map(str::trim);
    let name = names.find(|name| !name.is_empty() && !name.eq_ignore_ascii_case("identity"))?;
    let detail = format!(
        "`Content-Encoding`: `{name}` is not taken: send the body as it is, without `Content-Encoding` (or with \
         `identity`); much at once goes to `POST /v1/bulk`, whose archives may be compressed themselves"
    );
    Some(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "encoding", detail))
}

impl Address {
    /// What is wrong with the names in a query.
    fn misnamed(&self, uri: &Uri) -> Option<Problem> {
        uri.query().filter(|query| !query.is_empty())?;
        let Ok(Query(pairs)) = Query::<Vec<(String, String)>>::try_from_uri(uri) else {
            return Some(Problem::parameter("the query", "it cannot be read"));
        };
        let mut seen: Vec<&str> = Vec::new();
        for (name, _) in &pairs {
            if !self.names.contains(name) {
                let right = match self.names.as_slice() {
                    [] => "this address has none".to_owned(),
                    known => format!("there are `{}`", known.join("`, `")),
                };
                return Some(Problem::parameter(&format!("`{name}`"), &format!("no such parameter; {right}")));
            }
            if seen.contains(&name.as_str()) {
                return Some(Problem::parameter(&format!("`{name}`"), "it stands there twice"));
            }
            seen.push(name);
        }
        None
    }
}

fn operations(item: &PathItem) -> impl Iterator<Item = (&'static str, &utoipa::openapi::path::Operation)> {
    let all = [
        ("GET", &item.get),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

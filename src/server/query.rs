//! What may stand in the query of an address: the names that are described, and no others. A name that
//! is not known would else be ignored, and the answer taken for another than it is.

use std::collections::HashMap;

use axum::extract::Query;
use axum::http::Uri;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::{OpenApi, PathItem, RefOr};

use super::problem::Problem;

/// The names in the query of each address, by method and route.
#[derive(Debug)]
pub(super) struct Described(HashMap<(&'static str, String), Vec<String>>);

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
                found.insert((method, path.clone()), names.map(|parameter| parameter.name.clone()).collect());
            }
        }
        Self(found)
    }

    /// What is wrong with the names in a query.
    pub(super) fn wrong(&self, method: &str, route: &str, uri: &Uri) -> Option<Problem> {
        uri.query().filter(|query| !query.is_empty())?;
        let (_, known) = self.0.iter().find(|((of, path), _)| *of == method && path == route)?;
        let Ok(Query(pairs)) = Query::<Vec<(String, String)>>::try_from_uri(uri) else {
            return Some(Problem::parameter("the query", "it cannot be read"));
        };
        let mut seen: Vec<&str> = Vec::new();
        for (name, _) in &pairs {
            if !known.contains(name) {
                let right = match known.as_slice() {
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

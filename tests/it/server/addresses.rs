//! The addresses that the API describes, and whose credentials each wants.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::site::Site;
use crate::service::house::moment;
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";

/// Every address as it is described: method, path, credentials.
fn described(document: &Value) -> Vec<(String, String, String)> {
    let names = |security: &Value| -> Vec<String> {
        let all = security.as_array().unwrap().iter().flat_map(|one| one.as_object().unwrap().keys().cloned());
        all.collect()
    };
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let security = operation.get("security").unwrap_or(&document["security"]);
            let names = names(security);
            let wanted = if names.is_empty() { "nobody's".to_owned() } else { names.join(", ") };
            found.push((method.to_uppercase(), path.clone(), wanted));
        }
    }
    found.sort_by(|one, other| (&one.1, &one.0).cmp(&(&other.1, &other.0)));
    found
}

async fn document(site: &Site) -> Value {
    site.get("", "/openapi.json").await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn the_addresses_and_their_credentials_are_those_that_are_written_down() {
    let (_, database) = databases().await.remove(0);
    let site = Site::open(database, moment(NOW)).await;
    let lines: Vec<String> = described(&document(&site).await)
        .into_iter()
        .map(|(method, path, wanted)| format!("{method:<6} {path:<50} {wanted}"))
        .collect();
    let written = include_str!("addresses.txt");
    assert_eq!(lines.join("\n"), written.trim_end(), "\nthe addresses have changed: see tests/it/server/addresses.txt");
    site.close().await;
}

/// The status that is answered to the head of a request alone: its body never comes.
fn answered_before_the_body(address: &str, method: &str, path: &str) -> u16 {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap_or_else(|error| panic!("{method} {path}: {error}"));
    std::str::from_utf8(&answer).unwrap()[9..].parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_but_the_open_ones_wants_credentials_before_it_reads_a_body() {
    let (_, database) = databases().await.remove(0);
    let site = Site::open(database, moment(NOW)).await;
    let mut open = BTreeSet::new();
    for (method, path, wanted) in described(&document(&site).await) {
        if wanted == "nobody's" {
            open.insert(format!("{method} {path}"));
            continue;
        }
        assert!(path.starts_with("/v1/"), "{path}");
        let path = path.replace("{id}", "x").replace("{action}", "x").replace("{act}", "x");
        let path =
            path.replace("{number}", "x").replace("{key}", "x").replace("{trader}", "x").replace("{edition}", "x");
        assert!(!path.contains('{'), "{path}");
        let address = site.address();
        let asked = tokio::task::spawn_blocking(move || answered_before_the_body(&address, &method, &path));
        assert_eq!(asked.await.unwrap(), 401);
    }
    let open: Vec<&str> = open.iter().map(String::as_str).collect();
    let written =
        ["GET /healthz", "GET /metrics", "GET /readyz", "GET /v1/check", "POST /v1/password-reset", "POST /v1/session"];
    assert_eq!(open, written);
    site.close().await;
}

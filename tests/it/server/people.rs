//! People by API: signing in, the password, the second factor, and who asks with a cookie.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::site::{Site, json as read};
use crate::people::device::Device;
use crate::service::house::moment;
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const PASSWORD: &str = "tôm hùm trong lưới";

/// A person of an organisation, with the password that was drawn for it.
pub(crate) async fn hire(site: &Site, organisation: &str, login: &str, admin: bool) -> (String, String) {
    let body = json!({ "login": login, "name": "Nguyễn Thị Lan", "admin": admin });
    let (status, made) = site.act("operator", &format!("/v1/organisations/{organisation}/people"), body).await;
    assert_eq!(status, 201, "{made}");
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("id"), text("password"))
}

pub(crate) async fn sign_in(site: &Site, login: &str, password: &str) -> (u16, Value) {
    site.act("", "/v1/session", json!({ "login": login, "password": password })).await
}

/// Signs in with the password that was drawn and sets [`PASSWORD`]; gives the token of the session.
pub(crate) async fn begin(site: &Site, login: &str, first: &str) -> String {
    let (status, session) = sign_in(site, login, first).await;
    assert_eq!((status, &session["wants"]), (200, &json!("password_change")), "{session}");
    let token = session["token"].as_str().unwrap().to_owned();
    let body = json!({ "current": first, "new": PASSWORD });
    let (status, changed) = site.act(&token, "/v1/account/password", body).await;
    assert_eq!(status, 200, "{changed}");
    token
}

fn now(site: &Site) -> Timestamp {
    site.app.shared().clock.now()
}

fn wait(site: &Site, seconds: i64) {
    site.app.shared().clock.set(now(site) + SignedDuration::from_secs(seconds));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_with_a_password_of_others_changes_it_before_anything_else() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (_, first) = hire(&site, "stranger", "lan", false).await;
        let (status, session) = sign_in(&site, " LAN ", &first).await;
        assert_eq!((status, &session["wants"]), (200, &json!("password_change")), "{server}: {session}");
        let token = session["token"].as_str().unwrap().to_owned();
        for path in ["/v1/declarations", "/v1/tasks", "/v1/inbox", "/v1/events", "/v1/dead-letters"] {
            let (status, problem) = site.get(&token, path).await;
            assert_eq!((status, &problem["type"]), (403, &json!("urn:motcua:problem:password-change")), "{path}");
        }
        let change = |current: &str, new: &str| json!({ "current": current, "new": new });
        for (body, wanted) in [
            (change("not the password", PASSWORD), 401),
            (change(&first, "short"), 422),
            (change(&first, &first), 422),
            (json!({ "current": first }), 422),
        ] {
            let (status, problem) = site.act(&token, "/v1/account/password", body).await;
            assert_eq!(status, wanted, "{server}: {problem}");
        }
        let (_, other) = sign_in(&site, "lan", &first).await;
        assert_eq!(site.act(&token, "/v1/account/password", change(&first, PASSWORD)).await.0, 200);
        assert_eq!(site.get(&token, "/v1/declarations").await.0, 200, "{server}");
        assert_eq!(site.get(other["token"].as_str().unwrap(), "/v1/session").await.0, 401, "others end");
        assert_eq!(sign_in(&site, "lan", &first).await.0, 401);

        let (_, who) = site.get(&token, "/v1/session").await;
        assert_eq!((&who["person"]["login"], &who["organisation"]["kind"]), (&json!("lan"), &json!("trader")));
        assert_eq!(who["wants"], Value::Null);
        let ended = site.request(&token, Method::DELETE, "/v1/session").send().await.unwrap();
        assert_eq!(ended.status(), 200);
        assert_eq!(site.get(&token, "/v1/session").await.0, 401, "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_password_is_changed_before_a_second_factor_is_set_up() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (_, first) = hire(&site, "vet", "minh", false).await;
        let (_, session) = sign_in(&site, "minh", &first).await;
        assert_eq!(session["wants"], "password_change", "{server}");
        let token = session["token"].as_str().unwrap();
        // Whoever has given the first one out could set up a factor of his own.
        for (path, body) in [
            ("/v1/account/second-factor", json!({})),
            ("/v1/account/second-factor/confirm", json!({ "code": "123456" })),
        ] {
            let (status, problem) = site.act(token, path, body).await;
            let wanted = json!("urn:motcua:problem:password-change");
            assert_eq!((status, &problem["type"]), (403, &wanted), "{server} {path}: {problem}");
        }
        let change = json!({ "current": first, "new": PASSWORD });
        assert_eq!(site.act(token, "/v1/account/password", change).await.0, 200, "{server}");
        assert_eq!(site.act(token, "/v1/account/second-factor", json!({})).await.0, 200, "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_does_nothing_without_the_second_factor() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (id, first) = hire(&site, "vet", "minh", false).await;
        let token = begin(&site, "minh", &first).await;
        let (status, problem) = site.get(&token, "/v1/tasks").await;
        assert_eq!((status, &problem["type"]), (403, &json!("urn:motcua:problem:enrolment")), "{server}");

        let (status, drawn) = site.act(&token, "/v1/account/second-factor", json!({})).await;
        assert_eq!(status, 200, "{drawn}");
        let address = drawn["otpauth"].as_str().unwrap();
        assert!(address.starts_with("otpauth://totp/Motcua:minh?"), "{address}");
        let device = Device::read(address);
        let confirm = "/v1/account/second-factor/confirm";
        assert_eq!(site.act(&token, confirm, json!({ "code": device.wrong(now(&site)) })).await.0, 401);
        assert_eq!(site.get(&token, "/v1/tasks").await.0, 403);
        assert_eq!(site.act(&token, confirm, json!({ "code": device.code(now(&site)) })).await.0, 200);
        assert_eq!(site.get(&token, "/v1/tasks").await.0, 200, "{server}");
        assert_eq!(site.act(&token, "/v1/account/second-factor", json!({})).await.0, 409, "not in passing");

        // From now on it is asked for, at once or in a second step.
        wait(&site, 60);
        let (_, session) = sign_in(&site, "minh", PASSWORD).await;
        assert_eq!(session["wants"], "second_factor");
        let later = session["token"].as_str().unwrap().to_owned();
        for path in ["/v1/tasks", "/v1/declarations"] {
            assert_eq!(site.get(&later, path).await.1["type"], "urn:motcua:problem:second-factor");
        }
        let body = json!({ "current": PASSWORD, "new": "another long one" });
        assert_eq!(site.act(&later, "/v1/account/password", body).await.0, 403);
        assert_eq!(site.act(&later, "/v1/session/code", json!({ "code": device.wrong(now(&site)) })).await.0, 401);
        let code = device.code(now(&site));
        assert_eq!(site.act(&later, "/v1/session/code", json!({ "code": code })).await.0, 200);
        assert_eq!(site.get(&later, "/v1/tasks").await.0, 200);
        let with = |code: &str| json!({ "login": "minh", "password": PASSWORD, "code": code });
        assert_eq!(site.act("", "/v1/session", with(&code)).await.0, 401, "{server}: a code is good once");
        wait(&site, 60);
        let (status, whole) = site.act("", "/v1/session", with(&device.code(now(&site)))).await;
        assert_eq!((status, &whole["wants"]), (200, &Value::Null), "{server}");

        // Who lost the device asks an operator; nobody else removes it.
        let forget = format!("/v1/people/{id}/second-factor");
        for (who, wanted) in [("vet", 403), (later.as_str(), 403), ("stranger", 403), ("operator", 200)] {
            let answer = site.request(who, Method::DELETE, &forget).send().await.unwrap();
            assert_eq!(answer.status(), wanted, "{server} {who}");
        }
        assert_eq!(site.get(&later, "/v1/session").await.0, 401);
        assert_eq!(sign_in(&site, "minh", PASSWORD).await.1["wants"], "enrolment", "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_tells_nothing_but_that_it_is_one() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (id, first) = hire(&site, "stranger", "lan", false).await;
        begin(&site, "lan", &first).await;
        let mut told: Vec<(u16, Value)> = Vec::new();
        for (login, password) in
            [("nobody", PASSWORD), ("lan", "not the password"), ("", ""), ("l a n", PASSWORD), ("lan'--", PASSWORD)]
        {
            let began = Instant::now();
            told.push(sign_in(&site, login, password).await);
            assert!(began.elapsed() >= Duration::from_millis(300), "{server} {login}");
        }
        for _ in 0..4 {
            told.push(sign_in(&site, "lan", "not the password").await);
        }
        // It is closed for a while now, and the right password is told the same.
        told.push(sign_in(&site, "lan", PASSWORD).await);
        assert!(told.iter().all(|one| *one == told[0] && one.0 == 401), "{server}: {told:#?}");
        let (_, account) = site.get("operator", &format!("/v1/people/{id}")).await;
        assert!(account["locked_until"].is_string(), "{account}");
        assert_eq!(site.act("operator", &format!("/v1/people/{id}/unlock"), json!({})).await.0, 200);
        assert_eq!(sign_in(&site, "lan", PASSWORD).await.0, 200, "{server}");
        site.close().await;
    }
}

async fn with_cookie(site: &Site, token: &str, method: Method, headers: &[(&str, &str)]) -> Response {
    let path = "/v1/account/second-factor";
    let path = if method == Method::GET { "/v1/session" } else { path };
    let mut request = site.request("", method, path).header("cookie", format!("a=b; motcua_session={token}; c=d"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_by_cookie_comes_from_our_own_pages() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (_, first) = hire(&site, "stranger", "lan", false).await;
        begin(&site, "lan", &first).await;
        let body = json!({ "login": "lan", "password": PASSWORD }).to_string();
        let request = site.request("", Method::POST, "/v1/session").header("content-type", "application/json");
        let answer = request.body(body.clone()).send().await.unwrap();
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let (_, session) = read(answer).await;
        let token = session["token"].as_str().unwrap();
        let wanted = format!("motcua_session={token}; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict");
        assert_eq!(cookie, wanted, "{server}");
        let by_tls = site.request("", Method::POST, "/v1/session").header("content-type", "application/json");
        let by_tls = by_tls.header("x-forwarded-proto", "https").body(body).send().await.unwrap();
        assert!(by_tls.headers()["set-cookie"].to_str().unwrap().ends_with("; Secure"), "{server}");

        let host = site.address();
        let (own, other) = (format!("http://{host}"), format!("http://{host}.example.org"));
        let csrf = session["csrf"].as_str().unwrap();
        let cases: [(&[(&str, &str)], u16); 11] = [
            (&[], 403),
            (&[("sec-fetch-site", "cross-site")], 403),
            (&[("sec-fetch-site", "same-site")], 403),
            (&[("sec-fetch-site", "cross-site"), ("origin", &own)], 403),
            (&[("origin", "null")], 403),
            (&[("origin", &other)], 403),
            (&[("x-csrf-token", "AAAA")], 403),
            (&[("x-csrf-token", token)], 403),
            (&[("sec-fetch-site", "same-origin")], 200),
            (&[("origin", &own)], 200),
            (&[("x-csrf-token", csrf), ("sec-fetch-site", "cross-site")], 200),
        ];
        for (headers, wanted) in cases {
            let answer = with_cookie(&site, token, Method::POST, headers).await;
            let (status, problem) = read(answer).await;
            assert_eq!(status, wanted, "{server} {headers:?} {problem}");
            if wanted == 403 {
                assert_eq!(problem["type"], "urn:motcua:problem:other-site", "{server}");
            }
        }
        assert_eq!(with_cookie(&site, token, Method::GET, &[]).await.status(), 200, "looking is no change");
        let (_, other_session) = sign_in(&site, "lan", PASSWORD).await;
        let of_other = other_session["csrf"].as_str().unwrap();
        assert_ne!(of_other, csrf, "{server}");
        assert_eq!(with_cookie(&site, token, Method::POST, &[("x-csrf-token", of_other)]).await.status(), 403);
        // Credentials in a header are sent by nobody but their owner.
        assert_eq!(site.act(token, "/v1/account/second-factor", json!({})).await.0, 200);

        let out = site.request("", Method::DELETE, "/v1/session").header("cookie", format!("motcua_session={token}"));
        let out = out.header("sec-fetch-site", "same-origin").send().await.unwrap();
        assert!(out.headers()["set-cookie"].to_str().unwrap().starts_with("motcua_session=; Path=/; Max-Age=0"));
        assert_eq!(with_cookie(&site, token, Method::GET, &[]).await.status(), 401, "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_password_is_set_anew_with_a_code_that_is_good_once() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (id, first) = hire(&site, "stranger", "lan", false).await;
        let old = begin(&site, "lan", &first).await;
        let (_, boss) = hire(&site, "stranger", "boss", true).await;
        let boss = begin(&site, "boss", &boss).await;
        let (_, outsider) = hire(&site, "broker", "outsider", true).await;
        let outsider = begin(&site, "outsider", &outsider).await;
        let issue = format!("/v1/people/{id}/reset");
        for (who, wanted) in [(outsider.as_str(), 404), (old.as_str(), 404), ("stranger", 404), ("", 401)] {
            assert_eq!(site.act(who, &issue, json!({})).await.0, wanted, "{server} {who}");
        }
        let (_, replaced) = site.act("operator", &issue, json!({})).await;
        let (status, issued) = site.act(&boss, &issue, json!({})).await;
        assert_eq!((status, &issued["until"]), (200, &json!("2026-07-20T04:00:00Z")), "{server}: {issued}");

        let code = issued["code"].as_str().unwrap();
        let set = |code: &str, new: &str| json!({ "code": code, "new": new });
        for (body, wanted) in [
            (set("", "a wholly new one"), 401),
            (set(replaced["code"].as_str().unwrap(), "a wholly new one"), 401),
            (set(code, "short"), 422),
            (set(code, "lanlanlanlan"), 422),
            (set(code, "a wholly new one"), 200),
            (set(code, "and another one"), 401),
        ] {
            let (status, told) = site.act("", "/v1/password-reset", body).await;
            assert_eq!(status, wanted, "{server}: {told}");
        }
        assert_eq!(site.get(code, "/v1/session").await.0, 401, "a code is no session");
        assert_eq!(site.get(&old, "/v1/session").await.0, 401, "{server}");
        assert_eq!(sign_in(&site, "lan", PASSWORD).await.0, 401);
        let (status, session) = sign_in(&site, "lan", "a wholly new one").await;
        assert_eq!((status, &session["wants"]), (200, &Value::Null), "{server}");

        let (_, late) = site.act("operator", &issue, json!({})).await;
        wait(&site, 3600);
        let late = late["code"].as_str().unwrap();
        assert_eq!(site.act("", "/v1/password-reset", set(late, "a much too late one")).await.0, 401, "{server}");
        site.close().await;
    }
}

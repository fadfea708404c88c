//! Organisations, people and keys by command.

use motcua::service::clock::Clock;
use motcua::store::people::{PeopleError, SystemRandom, hash_password, login_of_reset, reset_password, sign_in};
use serde_json::json;

use super::{admin, asked};
use crate::store::servers::databases;

#[tokio::test(flavor = "multi_thread")]
async fn people_are_entered_let_in_again_and_closed_out_by_command() {
    for (server, database) in databases().await {
        let address = database.address();
        let now = Clock::machine().now();
        for arguments in [
            &["organisation", "add", "acme", "--kind", "broker", "--name", "ACME", "--identity", "0301234567"][..],
            &["mandate", "add", "acme", "*", "--from", "2026-01-01"],
            &["person", "add", "acme", "lan", "--name", "Lan", "--admin"],
        ] {
            assert_eq!(admin(&address, arguments).0, 0, "{server} {arguments:?}");
        }
        for (arguments, wanted) in [
            (&["organisation", "add", "acme", "--kind", "broker", "--name", "ACME"][..], 1),
            (&["organisation", "add", "x", "--kind", "smuggler", "--name", "X"], 2),
            (&["organisation", "add", "x", "--kind", "partner", "--name", "X", "--country", "Thailand"], 1),
            (&["person", "add", "nobody", "minh", "--name", "Minh"], 1),
            (&["person", "add", "acme", "LAN", "--name", "Lan"], 1),
            (&["person", "reset", "nobody"], 1),
            (&["person", "second-factor", "remove", "ä"], 1),
            (&["key", "revoke", "acme", "mk_abc"], 1),
            (&["key", "add", "nobody"], 1),
        ] {
            let (code, said) = admin(&address, arguments);
            assert_eq!(code, wanted, "{server} {arguments:?}: {said}");
            assert!(said.starts_with("motcua: ") || wanted == 2, "{said}");
        }
        assert_eq!(asked(&address, &["organisation", "list"])[0]["identity"], "0301234567", "{server}");
        let mandates = asked(&address, &["mandate", "list", "acme"]);
        assert_eq!(mandates, json!([{ "trader": "*", "from": "2026-01-01", "to": null }]));

        let code = asked(&address, &["person", "reset", "Lan"])["code"].as_str().unwrap().to_owned();
        let mut writer = database.write().await.unwrap();
        let login = login_of_reset(&mut writer.link(), &code, now).await.unwrap().unwrap();
        let new = hash_password(&login, "a wholly new one", &mut SystemRandom).await.unwrap();
        reset_password(&mut writer.link(), &code, &new, now).await.unwrap();
        writer.commit().await.unwrap();
        let enter = async || sign_in(&database, "lan", "a wholly new one", &mut SystemRandom, now).await;
        assert!(enter().await.is_ok(), "{server}");

        let listed = asked(&address, &["person", "list", "acme"]);
        assert_eq!((&listed[0]["login"], &listed[0]["admin"]), (&json!("lan"), &json!(true)));
        let id = listed[0]["id"].as_str().unwrap();
        assert_eq!(asked(&address, &["person", "deactivate", id])["active"], false, "{server}");
        assert!(matches!(enter().await, Err(PeopleError::Refused)), "{server}");
        assert_eq!(admin(&address, &["person", "reset", "lan"]).0, 1, "{server}: who is closed out");
        assert_eq!(asked(&address, &["person", "activate", "lan"])["active"], true);
        assert!(enter().await.is_ok(), "{server}");
        for arguments in [&["person", "second-factor", "remove", "lan"][..], &["person", "unlock", "lan"]] {
            assert_eq!(asked(&address, arguments)["login"], "lan");
        }

        let (_, key) = admin(&address, &["key", "add", "acme", "--label", "ERP"]);
        let id = key.trim().split('_').nth(1).unwrap().to_owned();
        assert_eq!(asked(&address, &["key", "list", "acme"])[0]["state"], "good", "{server}");
        assert_eq!(admin(&address, &["key", "revoke", "acme", &id]).0, 0);
        assert_eq!(asked(&address, &["key", "list", "acme"])[0]["state"], "revoked");
        let (_, table) = admin(&address, &["key", "list", "acme"]);
        assert!(table.starts_with("key ") && !table.contains(key.trim()), "{table}");
        assert_eq!(admin(&address, &["mandate", "end", "acme", "*", "--last", "2026-06-30"]).0, 0);
        assert_eq!(asked(&address, &["mandate", "list", "acme"])[0]["to"], "2026-06-30");

        let verified = motcua::store::verify(&database, |_| {}).await.unwrap();
        assert!(verified.defects.is_empty(), "{server}: {:?}", verified.defects);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_entered_has_to_be_known_and_what_would_be_right_is_said() {
    for (server, database) in databases().await {
        let address = database.address();
        let add = |kind: &'static str, more: &[&'static str]| {
            admin(&address, &[&["organisation", "add", "x", "--kind", kind, "--name", "X"], more].concat())
        };
        for ((code, said), wanted) in [
            (add("agency", &["--agency", "NOPE"]), "there are BCA, BCA-PCCC, BCT, "),
            (add("agency", &["--agency", "BNNPTNT-CNYT"]), "did you mean `BNNPTNT-CNTY`?"),
            (add("trader", &[]), "known by its tax code"),
            (add("trader", &["--identity", "abc"]), "such as 0301234567"),
            (add("partner", &["--country", "XX"]), "`XX` is no country"),
        ] {
            assert!(code == 1 && said.contains(wanted), "{server}: {code} {said}");
        }
        assert_eq!(asked(&address, &["organisation", "list"]), json!([]), "{server}: nothing was entered");
        assert_eq!(add("broker", &[]).0, 0, "{server}");
        let (code, said) = admin(&address, &["mandate", "add", "x", "abc"]);
        assert!(code == 1 && said.contains("`abc` is no tax code"), "{server}: {said}");
        assert_eq!(asked(&address, &["mandate", "list", "x"]), json!([]), "{server}");

        // The day is the window's: it ends at midnight in its zone.
        let key = asked(&address, &["key", "add", "x", "--expires", "2999-12-31"]);
        assert_eq!(key["expires"], "2999-12-31T17:00:00Z", "{server}");
        let key = asked(&address, &["key", "add", "x", "--expires", "2999-12-31T09:00:00+07:00"]);
        assert_eq!(key["expires"], "2999-12-31T02:00:00Z", "{server}");
        let (code, said) = admin(&address, &["key", "add", "x", "--expires", "2020-01-01"]);
        assert!(code == 1 && said.contains("has passed"), "{server}: {said}");
        for wrong in ["tomorrow", "2026-02-30", "31/12/2999"] {
            let (code, said) = admin(&address, &["key", "add", "x", "--expires", wrong]);
            assert!(code == 2 && said.contains("2026-12-31"), "{server}: {said}");
        }
    }
}

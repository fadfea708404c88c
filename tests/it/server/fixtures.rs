//! The applications of `fixtures/vnsw` sent to a running service, each when its dossier is in the
//! state in which the procedure allows it.

use serde_json::{Value, json};

use super::site::{Site, json as read};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";

/// Each application with its function, and the status that its dossier has afterwards, as the
/// reference's table of its procedure says (`fixtures/life-cycles/messages.csv`).
const APPLICATIONS: [(&str, &str, &str); 7] = [
    ("export-terrestrial", "01", "1"),
    ("aquatic-registration", "01", "1"),
    ("aquatic-certificate", "04", "8"),
    ("terrestrial-registration", "03", "8"),
    ("terrestrial-certificate", "02", "1"),
    ("first-generation", "01", "1"),
    ("feed-quality-without-schema", "01", "1"),
];

/// The status of a dossier's file, as the agency's system writes it.
fn status_of(dossier: &Value) -> Option<&'static str> {
    let pack = motcua::embedded::pack();
    let cycle = pack.life_cycle(pack.procedure(dossier["procedure"].as_str()?)?)?;
    let file = cycle.tracks.iter().find(|track| track.key == "file")?;
    let state = file.states.iter().find(|state| dossier["states"]["file"] == state.key.as_str())?;
    Some(&state.status)
}

fn function(text: &str) -> &str {
    text.split_once("<function>").unwrap().1.split_once("</function>").unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn each_application_is_taken_in_its_turn_and_refused_before() {
    for (server, database) in databases().await {
        let site = Site::open(database.clone(), moment(NOW)).await;
        for (name, wanted, status) in APPLICATIONS {
            let text = String::from_utf8(fixture(&format!("vnsw/{name}.xml"))).unwrap();
            assert_eq!(function(&text), wanted, "{name}");
            let send = async |text: &str, accept: &str| site.send("broker", text.as_bytes().to_vec(), accept).await;
            if wanted != "01" {
                let early = send(&text, "*/*").await;
                assert_eq!(early.status(), 409, "{server} {name}");
                let early = early.text().await.unwrap();
                assert!(early.contains("<function>00</function>") && early.contains("ErrorCode"), "{server}: {early}");
                // The first application of the same dossier comes under an id of its own.
                let first =
                    text.replace(&format!("<function>{wanted}<"), "<function>01<").replace("9f63fd78", "9f63fd79");
                let (taken, dossier) = read(send(&first, "application/json").await).await;
                assert_eq!((taken, status_of(&dossier)), (200, Some("1")), "{server} {name}: {dossier:#}");
                if wanted != "02" {
                    let early = send(&text, "*/*").await.status();
                    assert_eq!(early, 409, "{server} {name}: nobody has asked for more");
                    let ask = format!("{}/ask", dossier["links"]["self"].as_str().unwrap());
                    let (asked, dossier) = site.act("vet", &ask, json!({ "reason": "a clearer copy" })).await;
                    assert_eq!((asked, status_of(&dossier)), (200, Some("7")), "{server} {name}: {dossier:#}");
                }
            }
            let taken = send(&text, "*/*").await;
            let (code, receipt) = (taken.status().as_u16(), taken.text().await.unwrap());
            assert!(code == 200 && receipt.contains("<function>99</function>"), "{server} {name}: {code} {receipt}");
            assert_eq!(send(&text, "*/*").await.text().await.unwrap(), receipt, "{server} {name}: once");
            let reference = text.split_once("<reference>").unwrap().1.split_once('<').unwrap().0;
            let mut raw = crate::store::raw::Raw::connect(&database).await;
            let row = raw.rows(&format!("SELECT case_id FROM dossiers WHERE reference = '{reference}'")).await;
            raw.close().await;
            let [[crate::store::raw::Cell::Text(id)]] = row.iter().map(Vec::as_slice).collect::<Vec<_>>()[..] else {
                panic!("{server} {name}: one dossier, not {row:?}")
            };
            let (_, dossier) = site.get("broker", &format!("/v1/dossiers/{id}")).await;
            assert_eq!(status_of(&dossier), Some(status), "{server} {name}: {dossier:#}");
        }
        site.close().await;
    }
}

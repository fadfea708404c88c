//! The letter of what came of a declaration is written before the transaction that registers it: what
//! happens to the declaration in the same transaction makes it another letter.

use std::sync::Arc;
use std::time::Duration;

use motcua::clearance::explain::Lang;
use motcua::service::intake::{Sent, Wanted};
use motcua::service::lanes::Lane;
use motcua::store::outbox;
use tokio::sync::oneshot;

use crate::service::house::{House, fixture, moment, principal};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";

/// A declaration lodged beforehand, which its declarant may change or cancel by himself.
fn lodged() -> String {
    let text = String::from_utf8(fixture("declarations/10-chicken-two-tasks-in-order.xml")).unwrap();
    let number = "<Number>107000000010</Number>\n          <Date>2026-07-20 09:10:10</Date>";
    assert!(text.contains(number));
    text.replace(number, "")
}

/// The same again under another message id, changed.
fn follows(changes: &[(&str, &str)]) -> Vec<u8> {
    let mut text = lodged().replace("5a0e6f3c0010", "5a0e6f3c0011");
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text.into_bytes()
}

/// Sent again before acceptance: other goods now.
fn sent_again() -> Vec<u8> {
    follows(&[
        ("<function>01</function>", "<function>02</function>"),
        ("02071410", "42021211"),
        ("Cánh gà đông lạnh, cánh giữa, 12 kg/thùng", "Va li vỏ da, hàng mới 100%"),
    ])
}

/// Withdrawn before acceptance.
fn withdrawn() -> Vec<u8> {
    let text = String::from_utf8(follows(&[
        ("<type>10</type>", "<type>11</type>"),
        ("<function>01</function>", "<function>04</function>"),
    ]))
    .unwrap();
    let (head, rest) = text.split_once("<ImportDeclaration>").unwrap();
    let request = "<RequestCancel><RequestDate>2026-07-20 09:30:00</RequestDate></RequestCancel>";
    format!("{head}{request}{}", rest.split_once("</ImportDeclaration>").unwrap().1).into_bytes()
}

/// Sends an envelope and says with what it is answered.
async fn send(house: &House, bytes: Vec<u8>) -> u16 {
    let principal = Arc::new(principal());
    let message = Sent { bytes, principal, key: None, lang: Lang::Vi, wanted: Wanted::Family };
    house.service.take(Lane::Ordinary, message).await.unwrap().status
}

/// Waits until so much waits for the writer.
async fn waits(house: &House, count: usize) {
    let writer = house.service.writer();
    let waiting = async {
        while writer.waiting() < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(90), waiting).await.unwrap();
}

/// The letters to the declarant, without what differs by nature: their ids.
async fn letters(house: &House) -> Vec<String> {
    let mut reader = house.service.shared().database.read().await.unwrap();
    let letters = outbox::waiting(&mut reader.link(), "broker-1", 100).await.unwrap();
    let text = |letter: &outbox::Letter| {
        let text = String::from_utf8(letter.message.body.clone()).unwrap();
        let id = text.split_once("<messageId>").unwrap().1.split_once('<').unwrap().0.to_owned();
        text.replace(&id, "-")
    };
    letters.iter().map(text).collect()
}

/// The value of a field of a letter.
fn field<'l>(letter: &'l str, name: &str) -> &'l str {
    let from = letter.split_once(&format!("<{name}>"));
    from.and_then(|(_, rest)| rest.split_once('<')).map_or("", |(value, _)| value)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_in_the_same_transaction_is_in_the_letter() {
    for next in [sent_again, withdrawn] {
        for ((server, together), (_, apart)) in databases().await.into_iter().zip(databases().await) {
            let house = House::start(apart, moment(NOW)).await;
            assert_eq!(send(&house, lodged().into_bytes()).await, 200, "{server}");
            assert_eq!(send(&house, next()).await, 200, "{server}");
            let expected = letters(&house).await;
            assert!(expected.len() >= 2, "{server}: each transaction has told of itself: {expected:#?}");
            house.service.stop().await;

            let house = House::start(together, moment(NOW)).await;
            // The writer is busy until both are there: one transaction takes them.
            let (go_on, held) = oneshot::channel::<()>();
            let (started, is_busy) = oneshot::channel::<()>();
            let writer = house.service.writer().clone();
            let busy = tokio::spawn(async move {
                writer
                    .run(move |_| {
                        Box::pin(async move {
                            let _ = started.send(());
                            let _ = held.await;
                            Ok(())
                        })
                    })
                    .await
            });
            is_busy.await.unwrap();
            // The service has work of its own when it begins: that waits too.
            tokio::time::sleep(Duration::from_millis(500)).await;
            let own = house.service.writer().waiting();
            let release = async {
                waits(&house, own + 2).await;
                go_on.send(()).unwrap();
            };
            let second = async {
                waits(&house, own + 1).await;
                send(&house, next()).await
            };
            let (first, second, ()) = tokio::join!(send(&house, lodged().into_bytes()), second, release);
            busy.await.unwrap().unwrap();
            assert_eq!((first, second), (200, 200), "{server}");
            let told = letters(&house).await;
            assert_eq!(told.len(), 1, "{server}: one transaction, one letter: {told:#?}");
            let last = expected.last().unwrap();
            for name in ["function", "Version", "Decision", "LineDecision", "CMD", "Rule"] {
                assert_eq!(field(&told[0], name), field(last, name), "{server} {name}: {}\n{last}", told[0]);
            }
            assert_ne!(field(last, "function"), "", "{server}");
            assert_ne!(told[0], expected[0], "{server}: what was written beforehand is not so any more");
            house.service.stop().await;
        }
    }
}

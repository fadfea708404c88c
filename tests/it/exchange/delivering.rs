//! Messages that arrive: in order, under their own ids, however often the program is started.

use std::time::Duration;

use jiff::SignedDuration;
use motcua::clearance::case::Author;
use motcua::exchange::signature::verify;
use motcua::exchange::{Settings, endpoint};
use motcua::store::endpoints::EndpointKind;
use motcua::store::outbox;
use sqlx::{Connection as _, Executor as _};

use super::office::{KEY, Office, at_once, longest, until};
use super::receiver::{Receiver, Reply, Seen};
use crate::store::servers::databases;

#[tokio::test(flavor = "multi_thread")]
async fn messages_arrive_in_their_order_with_their_bodies_signed() {
    for (server, database) in databases().await {
        let office = Office::open(database);
        let receiver = Receiver::start(|_| Reply::Status(204)).await;
        office.webhook("trader", &receiver.url()).await;
        let ids = office.put("trader", 40).await;
        let _deliveries = office.deliver(longest());
        office.served("trader").await;
        let seen = receiver.seen();
        assert_eq!(seen.iter().map(Seen::id).collect::<Vec<_>>(), ids, "{server}");
        assert_eq!(receiver.numbers(), (1..=40).collect::<Vec<i64>>(), "{server}");
        for (at, request) in seen.iter().enumerate() {
            assert_eq!(request.body, format!("{{\"message\":{at}}}").into_bytes());
            assert_eq!(request.header("content-type"), "application/json");
            let time = (office.now(), SignedDuration::ZERO);
            let signature = request.header("motcua-signature");
            verify(&KEY, signature, &request.id(), &request.body, time).unwrap();
        }
        // What comes later goes on from there.
        office.put("trader", 1).await;
        office.served("trader").await;
        assert_eq!(receiver.numbers().last(), Some(&41), "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_attempt_carries_the_same_id_and_body_and_a_signature_of_its_own_time() {
    for (server, database) in databases().await {
        let office = Office::open(database);
        let mut left = 3;
        let receiver = Receiver::start(move |_| {
            left -= 1;
            Reply::Status(if left >= 0 { 503 } else { 200 })
        });
        let receiver = receiver.await;
        office.webhook("trader", &receiver.url()).await;
        let ids = office.put("trader", 2).await;
        let _deliveries = office.deliver(longest());
        for (attempt, pause) in [(1, 10), (2, 20), (3, 40)] {
            office.tried(&ids[0], attempt).await;
            // A second before its time nothing happens.
            office.pass(pause - 1);
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert_eq!(receiver.seen().len(), usize::try_from(attempt).unwrap(), "{server}");
            office.pass(1);
        }
        office.served("trader").await;
        let seen = receiver.seen();
        assert_eq!(receiver.numbers(), [1, 1, 1, 1, 2], "{server}: the second waits for the first");
        assert!(seen[..4].iter().all(|request| request.id() == ids[0] && request.body == seen[0].body), "{server}");
        let times: Vec<&str> =
            seen[..4].iter().map(|request| request.header("motcua-signature").split(',').next().unwrap()).collect();
        assert_eq!(times, ["t=1784530800", "t=1784530810", "t=1784530830", "t=1784530870"], "{server}");
        let letter = office.letter(&ids[0]).await;
        assert_eq!((letter.state.as_str(), letter.attempts, letter.error), ("done", 4, None), "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_on_its_way_when_the_program_fell_is_sent_again_under_the_same_id() {
    for (server, database) in databases().await {
        let office = Office::open(database);
        let mut count = 0;
        let receiver = Receiver::start(move |_| {
            count += 1;
            if count == 5 { Reply::Slow(Duration::from_secs(60)) } else { Reply::Status(200) }
        });
        let receiver = receiver.await;
        office.webhook("agency", &receiver.url()).await;
        let ids = office.put("agency", 9).await;
        let deliveries = office.deliver(longest());
        until("the fifth is on its way", || async { receiver.seen().len() == 5 }).await;
        drop(deliveries);
        let _deliveries = office.deliver(longest());
        office.served("agency").await;
        let seen: Vec<String> = receiver.seen().iter().map(Seen::id).collect();
        // Those before the fifth were received, but that had not been noted.
        assert_eq!(seen[..5], ids[..5], "{server}");
        assert_eq!(seen[5..], ids[..], "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_takes_nothing_does_not_make_messages_go_out_again_and_again() {
    for (server, database) in databases().await {
        // Whatever the server, the deliverer sees a transaction that fails; here it is made to.
        let Some(file) = database.file().map(|file| file.display().to_string()) else { continue };
        let office = Office::open(database);
        let receiver = Receiver::start(|_| Reply::Status(200)).await;
        office.webhook("trader", &receiver.url()).await;
        office.put("trader", 2).await;
        let mut connection = sqlx::SqliteConnection::connect(&file).await.unwrap();
        let broken = "CREATE TRIGGER broken BEFORE UPDATE ON outbox BEGIN SELECT RAISE(ABORT, 'broken'); END";
        connection.execute(broken).await.unwrap();
        let _deliveries = office.deliver(longest());
        until("both were sent", || async { receiver.seen().len() >= 2 }).await;
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        assert_eq!(office.waiting("trader").await.len(), 2, "{server}: nothing could be noted");
        connection.execute("DROP TRIGGER broken").await.unwrap();
        office.served("trader").await;
        assert_eq!(receiver.numbers(), [1, 2], "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_recipient_does_not_delay_the_others() {
    for (server, database) in databases().await {
        let office = Office::open(database);
        let slow = Receiver::start(|_| Reply::Slow(Duration::from_secs(60))).await;
        let well = Receiver::start(|_| Reply::Status(200)).await;
        for recipient in ["a-slow", "b-slow"] {
            office.webhook(recipient, &slow.url()).await;
            office.put(recipient, 3).await;
        }
        office.webhook("well", &well.url()).await;
        office.put("well", 50).await;
        let _deliveries = office.deliver(longest());
        office.served("well").await;
        assert_eq!(well.numbers(), (1..=50).collect::<Vec<i64>>(), "{server}");
        assert_eq!(slow.seen().len(), 2, "{server}: one of each is on its way");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_recipients_than_are_served_at_once_are_all_served() {
    for (server, database) in databases().await {
        let office = Office::open(database);
        let receiver = Receiver::start(|_| Reply::Status(200)).await;
        let recipients: Vec<String> = (0..12).map(|at| format!("trader-{at}")).collect();
        for recipient in &recipients {
            office.webhook(recipient, &receiver.url()).await;
            office.put(recipient, 20).await;
        }
        let settings = Settings { parallel: 3, ..super::office::settings() };
        let _deliveries = office.deliver_with(&settings, longest());
        for recipient in &recipients {
            office.served(recipient).await;
        }
        assert_eq!(receiver.seen().len(), 12 * 20, "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_endpoint_gets_nothing_until_it_goes_on() {
    for (server, database) in databases().await {
        let office = Office::open(database);
        let receiver = Receiver::start(|_| Reply::Status(200)).await;
        office.webhook("trader", &receiver.url()).await;
        set_paused(&office, true).await;
        office.put("trader", 2).await;
        let _deliveries = office.deliver(longest());
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(receiver.numbers(), [0; 0], "{server}");
        set_paused(&office, false).await;
        office.served("trader").await;
        assert_eq!(receiver.numbers(), [1, 2], "{server}");
    }
}

async fn set_paused(office: &Office, paused: bool) {
    let known = office.writer.run(move |desk| {
        Box::pin(async move { Ok(endpoint::pause(desk, "trader", paused, &Author::system()).await?) })
    });
    assert!(known.await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_endpoint_messages_wait_until_their_recipient_has_fetched_them() {
    for (server, database) in databases().await {
        let office = Office::open(database);
        let receiver = Receiver::start(|_| Reply::Status(200)).await;
        office.webhook("trader", &receiver.url()).await;
        let gone = office
            .writer
            .run(|desk| Box::pin(async move { Ok(endpoint::remove(desk, "trader", &Author::system()).await?) }));
        assert!(gone.await.unwrap());
        let ids = office.put("trader", 3).await;
        let others = office.put("other", 1).await;
        let _deliveries = office.deliver(at_once());
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(receiver.seen().is_empty(), "{server}");
        let fetched = office.waiting("trader").await;
        assert_eq!(fetched.iter().map(|letter| letter.number).collect::<Vec<_>>(), [1, 2, 3]);
        // He says that he has the first and the third; another's message is none of his.
        let said = vec![ids[0].clone(), ids[2].clone(), others[0].clone(), "unknown".to_owned()];
        let now = office.now();
        let taken = office.writer.run(move |desk| {
            Box::pin(async move { Ok(outbox::delivered(&mut desk.link(), "trader", &said, now).await?) })
        });
        assert_eq!(taken.await.unwrap(), 2, "{server}");
        let left = office.waiting("trader").await;
        assert_eq!(left.iter().map(|letter| letter.message.id.as_str()).collect::<Vec<_>>(), [ids[1].as_str()]);
        assert_eq!(office.waiting("other").await.len(), 1, "{server}");
    }
}

#[test]
fn an_endpoint_is_reached_by_https() {
    let reach = motcua::exchange::Reach::default();
    let now = jiff::Timestamp::UNIX_EPOCH;
    let made = |url| endpoint::new(("trader", EndpointKind::Webhook, url), &reach, &mut super::office::Sevens, now);
    assert!(made("http://hooks.example/").is_err());
    let (endpoint, key) = made("https://hooks.example/in").unwrap();
    assert_eq!(key.unwrap().reveal(), "07".repeat(32));
    assert!(!format!("{endpoint:?}").contains("07"), "{endpoint:?}");
}

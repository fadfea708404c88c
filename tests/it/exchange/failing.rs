//! Receivers that refuse, are busy, go away, lead elsewhere; dead letters.

use std::time::Duration;

use motcua::clearance::case::Author;
use motcua::exchange::{Policy, Reach, Settings, Transport, endpoint};

use super::office::{Office, at_once, impatient, longest, settings, until};
use super::receiver::{Receiver, Reply, Seen};
use crate::store::servers::databases;

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_to_come_later_is_not_asked_before() {
    for (server, database) in databases().await {
        let office = Office::open(database);
        let mut busy = true;
        let receiver = Receiver::start(move |_| {
            let reply = if busy { Reply::Later(429, "120") } else { Reply::Status(200) };
            busy = false;
            reply
        });
        let receiver = receiver.await;
        office.webhook("trader", &receiver.url()).await;
        let ids = office.put("trader", 1).await;
        let _deliveries = office.deliver(at_once());
        office.tried(&ids[0], 1).await;
        office.pass(119);
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(receiver.seen().len(), 1, "{server}");
        office.pass(1);
        office.served("trader").await;
        assert_eq!(receiver.seen().len(), 2, "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_again_and_again_is_a_dead_letter_and_the_next_go_on() {
    for (server, database) in databases().await {
        let office = Office::open(database);
        let receiver = Receiver::start(|seen| Reply::Status(if seen.number() == 2 { 410 } else { 200 })).await;
        office.webhook("trader", &receiver.url()).await;
        let ids = office.put("trader", 3).await;
        let _deliveries = office.deliver(at_once());
        office.served("trader").await;
        let tries = settings().policy.refusals as usize;
        let expected: Vec<i64> = [vec![1], vec![2; tries], vec![3]].concat();
        assert_eq!(receiver.numbers(), expected, "{server}");
        let dead = office.dead("trader").await;
        assert_eq!(dead.len(), 1, "{server}");
        assert_eq!((&dead[0].message.id, dead[0].attempts), (&ids[1], i64::try_from(tries).unwrap()), "{server}");
        assert_eq!(dead[0].error.as_deref(), Some("the endpoint answers with status 410"), "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_replayed_under_its_own_id_before_what_came_after_it() {
    for (server, database) in databases().await {
        let office = Office::open(database);
        let strict = Receiver::start(|_| Reply::Status(404)).await;
        office.webhook("trader", &strict.url()).await;
        let ids = office.put("trader", 2).await;
        let deliveries = office.deliver(at_once());
        office.served("trader").await;
        assert_eq!(office.dead("trader").await.len(), 2, "{server}");
        drop(deliveries);

        let receiver = Receiver::start(|_| Reply::Status(200)).await;
        office.webhook("trader", &receiver.url()).await;
        let later = office.put("trader", 1).await;
        let one = ids[1].clone();
        let replayed = office
            .writer
            .run(move |desk| Box::pin(async move { Ok(endpoint::replay(desk, &one, &Author::system()).await?) }));
        assert!(replayed.await.unwrap());
        let all = office
            .writer
            .run(|desk| Box::pin(async move { Ok(endpoint::replay_all(desk, "trader", &Author::system()).await?) }));
        assert_eq!(all.await.unwrap(), 1, "{server}: the other one");
        let _deliveries = office.deliver(at_once());
        office.served("trader").await;
        let seen: Vec<String> = receiver.seen().iter().map(Seen::id).collect();
        assert_eq!(seen, [&ids[0], &ids[1], &later[0]].map(String::clone), "{server}");
        let again = ids[0].clone();
        let delivered = office
            .writer
            .run(move |desk| Box::pin(async move { Ok(endpoint::replay(desk, &again, &Author::system()).await?) }));
        assert!(!delivered.await.unwrap(), "{server}: what was delivered is not sent again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_wakes_deliveries_that_are_asleep() {
    for (server, database) in databases().await {
        let office = Office::open(database);
        let mut strict = true;
        let receiver = Receiver::start(move |_| {
            let reply = if strict { Reply::Status(400) } else { Reply::Status(200) };
            strict = false;
            reply
        });
        let receiver = receiver.await;
        office.webhook("trader", &receiver.url()).await;
        let ids = office.put("trader", 1).await;
        let once = Settings { policy: Policy { refusals: 1, ..Policy::default() }, ..settings() };
        let _deliveries = office.deliver_with(&once, at_once());
        office.served("trader").await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        let id = ids[0].clone();
        office
            .writer
            .run(move |desk| Box::pin(async move { Ok(endpoint::replay(desk, &id, &Author::system()).await?) }))
            .await
            .unwrap();
        until("it is delivered", || async { office.letter(&ids[0]).await.state == "done" }).await;
        assert_eq!(receiver.seen().len(), 2, "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_away_gets_everything_in_order_when_he_is_back() {
    for (server, database) in databases().await {
        let office = Office::open(database);
        let receiver = Receiver::start(|_| Reply::Status(200)).await;
        let (address, url) = (receiver.address, receiver.url());
        office.webhook("agency", &url).await;
        office.put("agency", 2).await;
        let _deliveries = office.deliver(longest());
        office.served("agency").await;
        drop(receiver);

        let ids = office.put("agency", 3).await;
        office.tried(&ids[0], 1).await;
        office.pass(10);
        office.tried(&ids[0], 2).await;
        let error = office.letter(&ids[0]).await.error.unwrap();
        assert!(error.starts_with("the endpoint cannot be reached"), "{server}: {error}");
        assert!(!error.contains(&address.port().to_string()), "{server}: the address is the operator's own: {error}");
        assert_eq!(office.letter(&ids[1]).await.attempts, 0, "{server}: the others wait");

        let receiver = Receiver::at(address, |_| Reply::Status(200)).await;
        office.pass(20);
        office.served("agency").await;
        assert_eq!(receiver.numbers(), [3, 4, 5], "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_and_answers_that_do_not_come_are_tried_again() {
    for (server, database) in databases().await {
        let office = Office::open(database);
        let mut replies = vec![Reply::Status(200), Reply::Slow(Duration::from_secs(60)), Reply::Reset];
        let receiver = Receiver::start(move |_| replies.pop().unwrap_or(Reply::Status(200))).await;
        office.webhook("trader", &receiver.url()).await;
        let ids = office.put("trader", 2).await;
        let _deliveries = office.deliver_with(&impatient(), at_once());
        office.served("trader").await;
        assert_eq!(receiver.numbers(), [1, 1, 1, 2], "{server}");
        assert_eq!(office.letter(&ids[0]).await.attempts, 3, "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_led_elsewhere() {
    for (server, database) in databases().await {
        let office = Office::open(database);
        let elsewhere = Receiver::start(|_| Reply::Status(200)).await;
        let to = elsewhere.url();
        let receiver = Receiver::start(move |_| Reply::Elsewhere(to.clone())).await;
        office.webhook("trader", &receiver.url()).await;
        office.put("trader", 1).await;
        let _deliveries = office.deliver(at_once());
        office.served("trader").await;
        assert!(elsewhere.seen().is_empty(), "{server}");
        assert_eq!(office.dead("trader").await.len(), 1, "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_to_where_only_the_program_can_go() {
    for (server, database) in databases().await {
        let office = Office::open(database);
        let receiver = Receiver::start(|_| Reply::Status(200)).await;
        // Set when it was allowed, or by a name that has come to mean something else since.
        for (name, host) in [("by-address", "127.0.0.1"), ("by-name", "localhost")] {
            office.webhook(name, &format!("https://{host}:{}/hook", receiver.address.port())).await;
            office.put(name, 1).await;
        }
        let closed = Transport { reach: Reach::default(), ..settings().transport };
        let once = Settings { transport: closed, policy: Policy { refusals: 1, ..settings().policy }, ..settings() };
        let _deliveries = office.deliver_with(&once, at_once());
        for name in ["by-address", "by-name"] {
            office.served(name).await;
            let error = office.dead(name).await.remove(0).error.unwrap();
            assert!(error.contains("not on the public network"), "{server} {name}: {error}");
        }
        assert!(receiver.seen().is_empty(), "{server}");
    }
}

//! Whatever receivers answer, each gets what is for him in the order of its numbers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use motcua::exchange::{Policy, Settings};
use proptest::prelude::*;

use super::office::{Office, at_once, settings};
use super::receiver::{Receiver, Reply};
use crate::store::servers::databases;

/// What a receiver does with one attempt.
#[derive(Debug, Clone, Copy)]
enum Answer {
    Takes,
    Busy,
    Refuses,
    Cuts,
}

fn answers() -> impl Strategy<Value = Vec<Answer>> {
    let one = prop_oneof![
        3 => Just(Answer::Takes),
        2 => Just(Answer::Busy),
        1 => Just(Answer::Refuses),
        1 => Just(Answer::Cuts),
    ];
    prop::collection::vec(one, 0..40)
}

/// Sends `count` messages to each of `recipients`, whose answers to their attempts are these and
/// then only good ones; gives the numbers that each has taken, and how many of his are dead.
async fn deliver(recipients: &[Vec<Answer>], count: usize) -> Vec<(Vec<i64>, usize)> {
    let (_, database) = databases().await.swap_remove(0);
    let office = Office::open(database);
    let mut receivers = Vec::new();
    for (at, script) in recipients.iter().enumerate() {
        let mut script = script.clone().into_iter();
        let taken: Arc<Mutex<Vec<i64>>> = Arc::default();
        let of_script = Arc::clone(&taken);
        let receiver = Receiver::start(move |seen| match script.next().unwrap_or(Answer::Takes) {
            Answer::Takes => {
                of_script.lock().unwrap().push(seen.number());
                Reply::Status(200)
            }
            Answer::Busy => Reply::Status(503),
            Answer::Refuses => Reply::Status(422),
            Answer::Cuts => Reply::Reset,
        });
        let receiver = receiver.await;
        office.webhook(&format!("r{at}"), &receiver.url()).await;
        receivers.push((receiver, taken));
    }
    let impatient = Policy { refusals: 2, tries: 4, ..settings().policy };
    let _deliveries = office.deliver_with(&Settings { policy: impatient, ..settings() }, at_once());
    for at in 0..recipients.len() {
        office.put(&format!("r{at}"), count).await;
    }
    let mut outcome = Vec::new();
    for (at, (_, taken)) in receivers.iter().enumerate() {
        office.served(&format!("r{at}")).await;
        let dead = office.dead(&format!("r{at}")).await.len();
        outcome.push((taken.lock().unwrap().clone(), dead));
    }
    outcome
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn what_arrives_arrives_in_the_order_of_its_numbers(
        recipients in prop::collection::vec(answers(), 1..4),
        count in 1_usize..20,
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        for (taken, dead) in runtime.block_on(deliver(&recipients, count)) {
            prop_assert!(taken.is_sorted(), "{taken:?}");
            let mut times: BTreeMap<i64, usize> = BTreeMap::new();
            for number in &taken {
                *times.entry(*number).or_default() += 1;
            }
            prop_assert!(times.values().all(|times| *times == 1), "nobody fell, so nothing came twice: {taken:?}");
            prop_assert_eq!(taken.len() + dead, count, "what is not given up arrives: {:?}", taken);
        }
    }
}

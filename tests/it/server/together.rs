//! Several services on one database; a service that cannot begin.

use std::net::TcpListener;
use std::time::Duration;

use motcua::store::Database;

use crate::exchange::office::until;
use crate::exchange::receiver::{Receiver, Reply, Seen};
use crate::process::{Process, Wire, admin, broker, motcua};
use crate::service::house::fixture;
use crate::store::servers::{addresses, folder};

const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";

/// What `motcua serve` says where it does not serve.
fn refused(database: &str, listen: &str) -> String {
    let output = motcua(database).args(["serve", "--listen", listen]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn nothing_is_made_where_it_cannot_be_served() {
    let folder = folder();
    let database = folder.join("window.db").display().to_string();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = refused(&database, &address);
    assert!(said.contains(&format!("cannot listen on {address}")), "{said}");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);

    let nowhere = folder.join("no-such-folder");
    let said = refused(&nowhere.join("window.db").display().to_string(), "127.0.0.1:0");
    assert!(said.contains(&format!("there is no folder {}", nowhere.display())), "{said}");
    assert!(!nowhere.exists());
    // The credentials are still there to be printed.
    let process = Process::start(&database, None);
    assert!(process.printed.contains("password"), "{}", process.printed);
    assert!(process.end());
}

#[test]
fn a_file_is_served_by_one_beside_which_admin_works() {
    let database = folder().join("window.db").display().to_string();
    let first = Process::start(&database, None);
    let said = refused(&database, "127.0.0.1:0");
    assert!(said.contains("another `motcua serve` serves this file"), "{said}");
    assert!(admin(&database, &["organisation", "list"]).contains("operator"));
    // However it goes.
    first.kill();
    let second = Process::start(&database, None);
    assert!(second.end());
    assert!(Process::start(&database, None).end());
}

/// Declares under a number of its own.
async fn declare(process: &Process, key: &str, number: u32) {
    let text = String::from_utf8(fixture(CHICKEN)).unwrap().replace("107000000010", &format!("1070000000{number}"));
    let text = text.replace("3c0010", &format!("3c00{number}")).replace("20260720010", &format!("202607200{number}"));
    let mut wire = Wire::open(process.address).await.unwrap();
    let (status, answer) = wire.send(key, "*/*", text.as_bytes()).await.unwrap();
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_on_one_server_one_delivers_and_the_other_takes_over_when_it_goes() {
    for (server, address) in addresses().await.into_iter().filter(|(server, _)| *server != "SQLite") {
        let database = Database::open(&address).await.unwrap();
        let key = broker(&address, "broker-1");
        let receiver = Receiver::start(|_| Reply::Status(200)).await;
        admin(&address, &["endpoint", "set", "broker-1", "--url", &receiver.url()]);
        let (leader, other) = (Process::start(&address, None), Process::start(&address, None));
        // Clocks that rang long ago are told of too; decisions come in envelopes.
        let decided = || receiver.seen().iter().filter(|seen| seen.header("content-type").contains("xml")).count();
        let come = async |count: usize| {
            until("it is delivered", async || decided() >= count).await;
            // Nobody else delivers the same.
            tokio::time::sleep(Duration::from_millis(300)).await;
            let ids: std::collections::BTreeSet<String> = receiver.seen().iter().map(Seen::id).collect();
            assert_eq!((decided(), ids.len()), (count, receiver.seen().len()), "{server}");
        };
        for (number, process) in (20..).zip([&leader, &other, &leader, &other]) {
            declare(process, &key, number).await;
        }
        come(4).await;
        leader.kill();
        declare(&other, &key, 30).await;
        come(5).await;
        let again = Process::start(&address, None);
        declare(&again, &key, 31).await;
        come(6).await;
        assert!(other.end(), "{server}");
        declare(&again, &key, 32).await;
        come(7).await;
        let numbers: Vec<i64> = receiver.seen().iter().map(Seen::number).collect();
        assert!(numbers.iter().copied().eq(1..=i64::try_from(numbers.len()).unwrap()), "{server}: {numbers:?}");
        assert!(again.end(), "{server}");
        let verified = motcua::store::verify(&database, |_| {}).await.unwrap();
        assert!(verified.defects.is_empty(), "{server}: {:?}", verified.defects);
    }
}

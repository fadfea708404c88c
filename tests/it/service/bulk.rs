//! The bulk lane: many messages at once, each as if it were sent by itself.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use motcua::clearance::explain::Lang;
use motcua::people::{OrganisationId, OrganisationKind};
use motcua::service::bulk::{Bulk, Settings, UploadError};
use motcua::store::bulk::{self as kept, Item, Job, JobState};
use motcua::store::lists::{DeclarationFilter, bulk_items, declarations};
use motcua::store::people::{
    EVERYBODY, Mandate, OrganisationEdit, change_organisation, create_organisation, give_mandate,
};
use motcua::store::{Database, verify};

use super::house::{House, json, moment, principal};
use super::law::declared;
use crate::store::servers::{addresses, folder};

const NOW: &str = "2026-07-20T10:00:00+07:00";

/// A service with its bulk lane.
struct Depot {
    house: House,
    bulk: Bulk,
}

async fn organise(database: &Database) {
    let mut writer = database.write().await.unwrap();
    let link = &mut writer.link();
    let organisation = OrganisationId::parse("broker-1").unwrap();
    let edit = OrganisationEdit::named("broker-1");
    create_organisation(link, &organisation, OrganisationKind::Broker, &edit, moment(NOW)).await.unwrap();
    let mandate = Mandate { trader: EVERYBODY.to_owned(), valid_from: "2020-01-01".parse().unwrap(), valid_to: None };
    give_mandate(link, &organisation, &mandate).await.unwrap();
    writer.commit().await.unwrap();
}

impl Depot {
    async fn open(address: &str, settings: Settings) -> Self {
        let house = House::start(Database::open(address).await.unwrap(), moment(NOW)).await;
        let bulk = Bulk::start(&house.service, settings).unwrap();
        Self { house, bulk }
    }

    async fn first(address: &str, settings: Settings) -> Self {
        let database = Database::open(address).await.unwrap();
        organise(&database).await;
        database.close().await;
        Self::open(address, settings).await
    }

    async fn upload(&self, bytes: &[u8]) -> Result<Job, UploadError> {
        let upload = self.bulk.receive(&principal(), "of today.tar", Lang::En).await?;
        let pieces: Vec<Result<Vec<u8>, ()>> = bytes.chunks(10_000).map(|piece| Ok(piece.to_vec())).collect();
        upload.receive(futures_util::stream::iter(pieces)).await
    }

    async fn job(&self, id: &str) -> Job {
        let mut reader = self.house.service.shared().database.read().await.unwrap();
        kept::job(&mut reader.link(), id).await.unwrap().unwrap()
    }

    /// Waits until something is so of a job.
    async fn until(&self, id: &str, is_so: impl Fn(&Job) -> bool) -> Job {
        let begun = Instant::now();
        loop {
            let job = self.job(id).await;
            if is_so(&job) {
                return job;
            }
            assert!(begun.elapsed() < Duration::from_secs(120), "waited in vain: {job:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn items(&self, id: &str) -> Vec<Item> {
        let mut reader = self.house.service.shared().database.read().await.unwrap();
        let (mut items, mut after) = (Vec::new(), None);
        loop {
            let page = bulk_items(&mut reader.link(), id, None, after.as_deref(), 200).await.unwrap();
            items.extend(page.rows);
            after = page.next;
            if after.is_none() {
                return items;
            }
        }
    }

    async fn declarations(&self) -> usize {
        let mut reader = self.house.service.shared().database.read().await.unwrap();
        let (mut count, mut after) = (0, None);
        loop {
            let filter = DeclarationFilter::default();
            let page = declarations(&mut reader.link(), &filter, after.as_deref(), 200).await.unwrap();
            count += page.rows.len();
            after = page.next;
            if after.is_none() {
                return count;
            }
        }
    }

    async fn close(self) {
        self.house.service.shared().stop();
        self.bulk.ended().await;
        self.house.service.stop().await;
    }
}

fn has_ended(job: &Job) -> bool {
    !job.state.is_open()
}

fn tar(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append_data(&mut header, name, &content[..]).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zip(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Declarations, each with a reference of its own.
fn many(prefix: &str, count: usize) -> Vec<(String, Vec<u8>)> {
    let of = |number| declared(&format!("{prefix}-{number}"), "20260720", "84713020");
    (0..count).map(|number| (format!("{number}.xml"), of(number))).collect()
}

/// Files that are kept in a folder.
fn files(folder: &PathBuf) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_upload_is_taken_document_by_document() {
    for (server, address) in addresses().await {
        let spool = folder().join("spool");
        let depot = Depot::first(&address, Settings::new(&spool)).await;
        let upload = |prefix: &str| {
            let mut members = many(prefix, 3);
            members[1].1 = format!("<broken {prefix}").into_bytes();
            members
        };
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&tar(&upload("gz"))).unwrap();
        let stream = many("stream", 3).into_iter().flat_map(|(_, content)| content).collect::<Vec<u8>>();
        let uploads = [
            ("tar", tar(&upload("tar"))),
            ("gz", gz.finish().unwrap()),
            ("zst", zstd::encode_all(&tar(&upload("zst"))[..], 1).unwrap()),
            ("zip", zip(&upload("zip"))),
        ];
        for (kind, bytes) in &uploads {
            let job = depot.upload(bytes).await.unwrap();
            assert_eq!((job.state, job.bytes), (JobState::Waiting, bytes.len() as u64), "{server} {kind}");
            let job = depot.until(&job.id, has_ended).await;
            assert_eq!((job.state, job.error.as_deref()), (JobState::Done, None), "{server} {kind}");
            let progress = (job.progress.documents, job.progress.accepted, job.progress.refused);
            assert_eq!(progress, (3, 2, 1), "{server} {kind}");
            let items = depot.items(&job.id).await;
            let said: Vec<_> = items.iter().map(|item| (item.number, item.status, item.case.is_some())).collect();
            assert_eq!(said, [(1, 201, true), (2, 422, false), (3, 201, true)], "{server} {kind}");
            assert_eq!(items[0].source, "of today.tar!0.xml", "{server} {kind}");
            assert!(items[1].error.as_deref().is_some_and(|error| !error.is_empty()), "{server} {kind}: {items:?}");
        }
        let job = depot.upload(&stream).await.unwrap();
        let job = depot.until(&job.id, has_ended).await;
        assert_eq!((job.state, job.progress.accepted), (JobState::Done, 3), "{server}: {job:?}");
        assert_eq!(depot.items(&job.id).await[2].source, "of today.tar#3", "{server}");
        assert_eq!(depot.declarations().await, 11, "{server}");

        // The same upload once more changes nothing, and says the same.
        let first = depot.items(&job.id).await;
        let again = depot.upload(&stream).await.unwrap();
        let again = depot.until(&again.id, has_ended).await;
        assert_eq!(depot.items(&again.id).await, first, "{server}");
        assert_eq!(depot.declarations().await, 11, "{server}");
        assert_eq!(files(&spool), 0, "{server}: what is done is not kept twice");
        depot.close().await;
    }
}

#[test]
fn a_job_goes_on_where_it_was_when_the_service_falls_and_others_are_not_kept_waiting() {
    const COUNT: usize = 400;
    let runtime = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for (server, address) in runtime().block_on(addresses()) {
        let settings = Settings { in_flight: 8, ..Settings::new(folder().join("spool")) };
        let falling = runtime();
        let (id, before) = falling.block_on(async {
            let depot = Depot::first(&address, settings.clone()).await;
            let job = depot.upload(&tar(&many("bulk", COUNT))).await.unwrap();
            depot.until(&job.id, |job| job.progress.documents > 0).await;
            depot.house.declare(declared("ordinary", "20260720", "84713020")).await;
            let job = depot.job(&job.id).await;
            assert_eq!(job.state, JobState::Running, "{server}: the ordinary one was answered first");
            // Nothing is ended in order.
            std::mem::forget(depot);
            (job.id, job.progress.documents)
        });
        falling.shutdown_timeout(Duration::from_millis(1));
        assert!(before < COUNT as u64, "{server}");

        runtime().block_on(async {
            let depot = Depot::open(&address, settings).await;
            let job = depot.until(&id, has_ended).await;
            assert_eq!((job.state, job.progress.documents), (JobState::Done, COUNT as u64), "{server}: {job:?}");
            assert_eq!((job.progress.accepted, job.progress.refused), (COUNT as u64, 0), "{server}");
            let items = depot.items(&id).await;
            assert!(items.iter().map(|item| item.number).eq(1..=COUNT as u64), "{server}: each has its item, once");
            assert_eq!(depot.declarations().await, COUNT + 1, "{server}: each was taken once");
            let verified = verify(&depot.house.service.shared().database, |_| {}).await.unwrap();
            assert_eq!(verified.defects, Vec::<String>::new(), "{server}");
            depot.close().await;
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_goes_on_after_the_service_was_stopped_in_order() {
    for (server, address) in addresses().await {
        let settings = Settings { in_flight: 4, ..Settings::new(folder().join("spool")) };
        let depot = Depot::first(&address, settings.clone()).await;
        let job = depot.upload(&tar(&many("bulk", 200))).await.unwrap();
        depot.until(&job.id, |job| job.progress.documents > 0).await;
        depot.close().await;

        let depot = Depot::open(&address, settings).await;
        let job = depot.until(&job.id, has_ended).await;
        assert_eq!((job.state, job.progress.accepted), (JobState::Done, 200), "{server}: {job:?}");
        assert_eq!((depot.items(&job.id).await.len(), depot.declarations().await), (200, 200), "{server}");
        depot.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_stopped_leaves_what_was_taken_and_takes_no_more() {
    for (server, address) in addresses().await {
        let spool = folder().join("spool");
        let depot = Depot::first(&address, Settings { in_flight: 4, ..Settings::new(&spool) }).await;
        let job = depot.upload(&tar(&many("bulk", 2_000))).await.unwrap();
        depot.until(&job.id, |job| job.progress.documents > 0).await;
        assert!(depot.bulk.cancel(job.id.clone()).await.unwrap(), "{server}");
        assert!(!depot.bulk.cancel(job.id.clone()).await.unwrap(), "{server}: it has ended");
        let begun = Instant::now();
        while files(&spool) > 0 {
            assert!(begun.elapsed() < Duration::from_secs(60), "{server}: the upload is still kept");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let job = depot.job(&job.id).await;
        assert_eq!(job.state, JobState::Cancelled, "{server}");
        let taken = depot.declarations().await;
        assert!((1..2_000).contains(&taken), "{server}: {taken}");
        assert_eq!(depot.items(&job.id).await.len(), taken, "{server}: each that was taken is told");
        depot.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_damaged_or_too_much_is_told_and_what_came_before_it_stands() {
    for (server, address) in addresses().await {
        let spool = folder().join("spool");
        let settings =
            Settings { documents: 4, upload_bytes: 100_000, unpacked_bytes: 60_000, ..Settings::new(&spool) };
        let depot = Depot::first(&address, settings).await;
        let ended = async |bytes: Vec<u8>| {
            let job = depot.upload(&bytes).await.unwrap();
            let job = depot.until(&job.id, has_ended).await;
            (job.state, job.progress.accepted, job.error.unwrap_or_default())
        };
        let whole = tar(&many("cut", 3));
        let second = whole.len() / 2;
        let (state, accepted, error) = ended(whole[..second].to_vec()).await;
        assert_eq!((state, accepted), (JobState::Failed, 1), "{server}: {error}");
        assert!(error.starts_with("ARCHIVE: "), "{server}: {error}");
        let (state, accepted, error) = ended(tar(&many("more", 6))).await;
        assert_eq!((state, accepted), (JobState::Failed, 4), "{server}: {error}");
        assert!(error.contains("more than 4 documents"), "{server}: {error}");
        let bomb = vec![("a.xml".to_owned(), vec![b' '; 1 << 20])];
        let (state, accepted, error) = ended(zstd::encode_all(&tar(&bomb)[..], 1).unwrap()).await;
        assert_eq!((state, accepted), (JobState::Failed, 0), "{server}: {error}");
        let (state, accepted, _) = ended(b"PK\x03\x04 no zip".to_vec()).await;
        assert_eq!((state, accepted), (JobState::Failed, 0), "{server}");

        let too_large = depot.upload(&vec![b'<'; 100_001]).await;
        assert!(matches!(too_large, Err(UploadError::TooLarge(100_000))), "{server}: {too_large:?}");
        assert!(matches!(depot.upload(b"").await, Err(UploadError::Empty)), "{server}");
        let broken = depot.bulk.receive(&principal(), "x", Lang::En).await.unwrap();
        let pieces: [Result<Vec<u8>, ()>; 2] = [Ok(b"<a>".to_vec()), Err(())];
        let broken = broken.receive(futures_util::stream::iter(pieces)).await;
        assert!(matches!(broken, Err(UploadError::BrokeOff)), "{server}: {broken:?}");
        assert_eq!(files(&spool), 0, "{server}: nothing of them is left");
        depot.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_has_so_many_open_jobs_so_much_time_and_his_rights_of_the_day() {
    for (server, address) in addresses().await {
        let settings = Settings {
            running: 0,
            open_jobs: 1,
            time: Duration::from_secs(3_600),
            pause: Duration::from_millis(50),
            ..Settings::new(folder().join("spool"))
        };
        let depot = Depot::first(&address, settings.clone()).await;
        let job = depot.upload(&tar(&many("bulk", 2))).await.unwrap();
        let second = depot.bulk.receive(&principal(), "x", Lang::En).await.unwrap_err();
        assert_eq!(second.status(), 409, "{server}: {second}");
        assert!(depot.bulk.cancel(job.id).await.unwrap(), "{server}");
        let paused = depot.bulk.receive(&principal(), "x", Lang::En).await.unwrap();
        let paused = paused.receive(futures_util::stream::pending::<Result<Vec<u8>, ()>>()).await;
        assert!(matches!(paused, Err(UploadError::Paused(_))), "{server}: {paused:?}");
        let late = depot.upload(&tar(&many("late", 2))).await.unwrap();
        depot.close().await;

        let settings = Settings { running: 8, open_jobs: 9, ..settings };
        let house = House::start(Database::open(&address).await.unwrap(), moment("2026-07-20T11:00:01+07:00")).await;
        let bulk = Bulk::start(&house.service, settings).unwrap();
        let depot = Depot { house, bulk };
        let late = depot.until(&late.id, has_ended).await;
        assert_eq!(late.state, JobState::Failed, "{server}");
        assert!(late.error.as_deref().is_some_and(|error| error.contains("3600 s")), "{server}: {late:?}");

        let id = OrganisationId::parse("broker-1").unwrap();
        let mut writer = depot.house.service.shared().database.write().await.unwrap();
        let edit = OrganisationEdit { active: false, ..OrganisationEdit::named("broker-1") };
        change_organisation(&mut writer.link(), &id, &edit).await.unwrap();
        writer.commit().await.unwrap();
        let gone = depot.upload(&tar(&many("gone", 2))).await.unwrap();
        let gone = depot.until(&gone.id, has_ended).await;
        assert_eq!((gone.state, gone.progress.accepted), (JobState::Failed, 0), "{server}");
        assert!(gone.error.as_deref().is_some_and(|error| error.contains("sign in")), "{server}: {gone:?}");
        depot.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_is_the_same_message_as_if_it_were_sent_by_itself() {
    for (server, address) in addresses().await {
        let depot = Depot::first(&address, Settings::new(folder().join("spool"))).await;
        let members = many("one", 2);
        let alone = depot.house.send(members[0].1.clone()).await;
        let job = depot.upload(&tar(&members)).await.unwrap();
        let job = depot.until(&job.id, has_ended).await;
        let items = depot.items(&job.id).await;
        assert_eq!(items[0].case.map(|case| case.to_string()).as_deref(), json(&alone)["id"].as_str(), "{server}");
        assert_eq!(depot.declarations().await, 2, "{server}");
        // The same reference with other content is another's.
        let other = vec![("0.xml".to_owned(), declared("one-1", "20260720", "03061719"))];
        let job = depot.upload(&tar(&other)).await.unwrap();
        let job = depot.until(&job.id, has_ended).await;
        let item = depot.items(&job.id).await.remove(0);
        assert_eq!((item.status, item.accepted), (409, false), "{server}: {item:?}");
        assert_eq!(job.state, JobState::Done, "{server}");
        depot.close().await;
    }
}

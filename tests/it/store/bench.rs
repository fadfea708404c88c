//! What the benchmark of the store measures, at a small size: that it does what it says.

#[path = "../../../benches/common/stored.rs"]
mod stored;

use motcua::store::lists::{Desk, TaskFilter};
use motcua::store::{Database, cases, lists, verify};

use super::raw::{Cell, Raw};
use super::servers::folder;
use super::story::lived_in;

#[tokio::test(flavor = "multi_thread")]
async fn the_history_and_the_queues_of_the_benchmark_are_what_they_say() {
    let file = folder().join("motcua.db");
    let database = Database::open(file.to_str().unwrap()).await.unwrap();
    let case = stored::long_history(&database, 200).await;
    stored::open_tasks(&file, 1_200).await;
    let mut reader = database.read().await.unwrap();
    let link = &mut reader.link();
    let declaration = cases::declaration(link, case).await.unwrap().unwrap();
    assert_eq!((declaration.head, declaration.checks.len()), (200, 1));
    let page = lists::tasks(link, &Desk::Agency("agency-7".to_owned()), &TaskFilter::default(), None, 50).await.unwrap();
    assert_eq!((page.rows.len(), page.next.is_some()), (50, true));
    assert!(page.rows.is_sorted_by_key(|row| row.rank));
    drop(reader);
    assert_eq!(verify(&database, |_| {}).await.unwrap().defects, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_raw_rate_inserts_the_rows_of_the_service_and_nothing_else() {
    let (from, to) = (folder().join("motcua.db"), folder().join("raw.db"));
    let story = lived_in(Database::open(from.to_str().unwrap()).await.unwrap()).await;
    let written = stored::Written::read(&from).await;
    assert!(written.len() >= 5, "{}", written.len());
    let raw = Database::open(to.to_str().unwrap()).await.unwrap();
    written.insert(&to, 2).await;
    let (mut one, mut other) = (Raw::connect(&story.database).await, Raw::connect(&raw).await);
    assert_eq!(one.journal().await, other.journal().await);
    for table in ["messages", "declarations", "tasks", "timers"] {
        let count = format!("SELECT COUNT(*) FROM {table} WHERE case_id IS NOT NULL");
        let counted = one.rows(&count).await;
        assert!(matches!(counted[0][0], Cell::Number(rows) if rows > 0), "{table}");
        assert_eq!(counted, other.rows(&count).await, "{table}");
    }
}

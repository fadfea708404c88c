//! A single window with a few organisations and people in it.

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use motcua::people::{Login, OrganisationId, OrganisationKind, PersonId, Principal};
use motcua::store::people::{
    self, NewAccount, OrganisationEdit, PeopleError, SignedIn, authenticate_key, authenticate_session,
};
use motcua::store::{Database, Writer};

use super::Counting;
use crate::store::servers::databases;

/// The password of everybody here.
pub(crate) const PASSWORD: &str = "tôm hùm trong lưới";

/// The day on which things happen.
pub(crate) const TODAY: Date = date(2026, 11, 2);

/// A moment of that day, so many minutes after its eighth hour.
pub(crate) fn minute(minute: i64) -> Timestamp {
    second(minute * 60)
}

/// The same in seconds.
pub(crate) fn second(second: i64) -> Timestamp {
    "2026-11-02T08:00:00+07:00".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
}

pub(crate) struct Window {
    pub(crate) server: &'static str,
    pub(crate) database: Database,
    pub(crate) random: Counting,
}

pub(crate) fn id(text: &str) -> OrganisationId {
    OrganisationId::parse(text).unwrap()
}

/// An empty one on each server.
pub(crate) async fn windows() -> Vec<Window> {
    let with = |(server, database)| Window { server, database, random: Counting::default() };
    databases().await.into_iter().map(with).collect()
}

/// What an organisation of a kind needs to be one.
pub(crate) fn edit(kind: OrganisationKind) -> OrganisationEdit {
    let mut edit = OrganisationEdit::named("Somebody");
    edit.agency = (kind == OrganisationKind::Agency).then(|| "PLANTS".to_owned());
    edit.country = (kind == OrganisationKind::Partner).then(|| motcua::trade::CountryCode::parse("TH").unwrap());
    edit
}

impl Window {
    pub(crate) async fn write(&self) -> Writer {
        self.database.write().await.unwrap()
    }

    pub(crate) async fn organisation(&self, name: &str, kind: OrganisationKind) -> OrganisationId {
        let mut writer = self.write().await;
        people::create_organisation(&mut writer.link(), &id(name), kind, &edit(kind), minute(0)).await.unwrap();
        writer.commit().await.unwrap();
        id(name)
    }

    /// A person with [`PASSWORD`], in an organisation that is there.
    pub(crate) async fn person(&mut self, organisation: &OrganisationId, login: &str) -> PersonId {
        let login = Login::parse(login).unwrap();
        let new = NewAccount {
            organisation: organisation.clone(),
            login: login.clone(),
            name: "Nguyễn Thị Lan".into(),
            admin: false,
            password: people::hash_password(&login, PASSWORD, &mut self.random).await.unwrap(),
            must_change: false,
        };
        let mut writer = self.write().await;
        let (person, change) =
            people::create_account(&mut writer.link(), &new, &mut self.random, minute(0)).await.unwrap();
        assert_eq!((change.what, change.whom), ("person.created", person.to_string()));
        writer.commit().await.unwrap();
        person
    }

    /// A trader with one person, `lan`.
    pub(crate) async fn with_lan(&mut self) -> PersonId {
        let trader = self.organisation("trader", OrganisationKind::Trader).await;
        self.person(&trader, "lan").await
    }

    pub(crate) async fn sign_in(
        &mut self,
        login: &str,
        password: &str,
        at: Timestamp,
    ) -> Result<SignedIn, PeopleError> {
        people::sign_in(&self.database, login, password, &mut self.random, at).await
    }

    /// The text of the token of a new session.
    pub(crate) async fn session(&mut self, login: &str, at: Timestamp) -> String {
        self.sign_in(login, PASSWORD, at).await.unwrap().token.reveal().to_owned()
    }

    pub(crate) async fn by_session(&self, token: &str, at: Timestamp) -> Option<Principal> {
        let mut reader = self.database.read().await.unwrap();
        authenticate_session(&mut reader.link(), token, at, TODAY).await.unwrap().map(|found| found.principal)
    }

    pub(crate) async fn by_key(&self, key: &str, at: Timestamp) -> Option<Principal> {
        let mut reader = self.database.read().await.unwrap();
        authenticate_key(&mut reader.link(), key, at, TODAY).await.unwrap().map(|found| found.principal)
    }

    /// Everything that is kept of people, as far as it can be read as a text.
    pub(crate) async fn dump(&self) -> String {
        use sqlx::{Connection as _, Row as _};
        let mut dump = String::new();
        if let Some(file) = self.database.file() {
            for end in ["", "-wal"] {
                let bytes = std::fs::read(format!("{}{end}", file.display())).unwrap();
                dump.push_str(&String::from_utf8_lossy(&bytes));
            }
        } else {
            let mut connection = sqlx::PgConnection::connect(&self.database.address()).await.unwrap();
            for statement in [
                "SELECT string_agg(t::text, '') FROM people t",
                "SELECT string_agg(t::text, '') FROM api_keys t",
                "SELECT string_agg(t::text, '') FROM sessions t",
                "SELECT string_agg(t::text, '') FROM organisations t",
            ] {
                let row = sqlx::query(statement).fetch_one(&mut connection).await.unwrap();
                dump.push_str(&row.get::<Option<String>, _>(0).unwrap_or_default());
            }
        }
        dump
    }
}

//! API keys in the store.

use jiff::Timestamp;
use motcua::people::{Action, Denied, OrganisationKind, PersonId, Subject};
use motcua::store::people::{self, AccountEdit, NewKey, PeopleError};

use super::window::{TODAY, Window, id, minute, second, windows};

async fn issue(window: &mut Window, person: Option<PersonId>, expires_at: Option<Timestamp>) -> String {
    let new = NewKey { organisation: id("trader"), person, label: "gateway".into(), expires_at };
    let mut writer = window.write().await;
    let (key, secret, change) =
        people::issue_key(&mut writer.link(), &new, &mut window.random, minute(0)).await.unwrap();
    assert_eq!((change.what, change.whom.as_str()), ("key.issued", key.as_str()));
    writer.commit().await.unwrap();
    secret.reveal().to_owned()
}

#[tokio::test]
async fn a_key_is_its_organisations_until_it_is_taken_back() {
    for mut window in windows().await {
        window.with_lan().await;
        let key = issue(&mut window, None, None).await;
        let asker = window.by_key(&key, minute(1)).await.unwrap();
        assert_eq!((asker.organisation, asker.kind, asker.person), (id("trader"), OrganisationKind::Trader, None));

        // Another secret under the same id.
        let mut guess = key.clone();
        let last = if guess.pop() == Some('A') { 'B' } else { 'A' };
        guess.push(last);
        assert!(window.by_key(&guess, minute(1)).await.is_none(), "{}", window.server);
        assert!(window.by_key("mk_aaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", minute(1)).await.is_none());

        let keys = people::keys_of(&mut window.database.read().await.unwrap().link(), &id("trader")).await.unwrap();
        assert_eq!(keys.len(), 1);
        assert_eq!((keys[0].label.as_str(), keys[0].created_at), ("gateway", minute(0)));
        assert!(!window.dump().await.contains(&key));

        let mut writer = window.write().await;
        let others = people::revoke_key(&mut writer.link(), &id("other"), &keys[0].id, minute(2)).await;
        assert!(matches!(others, Err(PeopleError::Unknown { .. })), "a key is taken back by its own organisation");
        let change = people::revoke_key(&mut writer.link(), &id("trader"), &keys[0].id, minute(2)).await.unwrap();
        assert_eq!(change.what, "key.revoked");
        let again = people::revoke_key(&mut writer.link(), &id("trader"), &keys[0].id, minute(3)).await;
        assert!(matches!(again, Err(PeopleError::Unknown { .. })));
        writer.commit().await.unwrap();
        assert!(window.by_key(&key, minute(2)).await.is_none());
        let keys = people::keys_of(&mut window.database.read().await.unwrap().link(), &id("trader")).await.unwrap();
        assert_eq!(keys[0].revoked_at, Some(minute(2)));
    }
}

#[tokio::test]
async fn a_key_ends_at_its_moment() {
    for mut window in windows().await {
        window.with_lan().await;
        let key = issue(&mut window, None, Some(minute(10))).await;
        assert!(window.by_key(&key, second(599)).await.is_some());
        assert!(window.by_key(&key, minute(10)).await.is_none(), "{}", window.server);
        let new =
            NewKey { organisation: id("trader"), person: None, label: "late".into(), expires_at: Some(minute(0)) };
        let mut writer = window.write().await;
        let ended = people::issue_key(&mut writer.link(), &new, &mut window.random, minute(0)).await;
        assert!(matches!(ended, Err(PeopleError::Invalid(_))));
    }
}

#[tokio::test]
async fn a_key_of_a_person_ends_with_the_account_and_manages_nobody() {
    for mut window in windows().await {
        let lan = window.with_lan().await;
        let edit = AccountEdit { name: "Lan".into(), admin: true, active: true };
        let mut writer = window.write().await;
        people::change_account(&mut writer.link(), lan, &edit).await.unwrap();
        writer.commit().await.unwrap();
        let key = issue(&mut window, Some(lan), None).await;
        let asker = window.by_key(&key, minute(1)).await.unwrap();
        assert_eq!(asker.person.as_ref().map(|person| person.id), Some(lan));
        let own = Subject::Organisation { id: "trader" };
        assert_eq!(asker.may_do(Action::ManageOrganisation, &own), Err(Denied::NotOwn));

        let mut writer = window.write().await;
        people::change_account(&mut writer.link(), lan, &AccountEdit { active: false, ..edit }).await.unwrap();
        writer.commit().await.unwrap();
        assert!(window.by_key(&key, minute(1)).await.is_none(), "{}", window.server);
    }
}

#[tokio::test]
async fn no_key_is_issued_for_a_person_of_another_organisation() {
    for mut window in windows().await {
        let lan = window.with_lan().await;
        window.organisation("other", OrganisationKind::Trader).await;
        for (organisation, person) in [("other", Some(lan)), ("nobody", None)] {
            let new = NewKey { organisation: id(organisation), person, label: "gateway".into(), expires_at: None };
            let mut writer = window.write().await;
            let refused = people::issue_key(&mut writer.link(), &new, &mut window.random, minute(0)).await;
            assert!(matches!(refused, Err(PeopleError::Unknown { .. })), "{} {organisation}", window.server);
        }
    }
}

#[tokio::test]
async fn the_last_use_of_a_key_is_noted_once_a_minute() {
    for mut window in windows().await {
        window.with_lan().await;
        let key = issue(&mut window, None, None).await;
        for (at, due) in [(0, true), (59, false), (60, true), (90, false), (119, false), (120, true)] {
            let mut writer = window.write().await;
            let found = people::authenticate_key(&mut writer.link(), &key, second(at), TODAY).await.unwrap().unwrap();
            assert_eq!(found.to_note.is_some(), due, "{} {at}", window.server);
            let proofs: Vec<_> = found.to_note.into_iter().collect();
            people::note_use(&mut writer.link(), &proofs, second(at)).await.unwrap();
            writer.commit().await.unwrap();
        }
        let keys = people::keys_of(&mut window.database.read().await.unwrap().link(), &id("trader")).await.unwrap();
        assert_eq!(keys[0].last_used_at, Some(second(120)));
    }
}

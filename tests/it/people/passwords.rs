//! Passwords in the store: changed, and set anew by whoever lost one.

use motcua::people::{Login, PasswordError, PasswordHash};
use motcua::store::people::{self, AccountEdit, PeopleError};

use super::window::{PASSWORD, Window, minute, second, windows};

const NEW: &str = "bốn con tôm càng";

async fn hash(window: &mut Window, password: &str) -> Result<PasswordHash, PeopleError> {
    people::hash_password(&Login::parse("lan").unwrap(), password, &mut window.random).await
}

async fn reset(window: &mut Window, person: motcua::people::PersonId) -> String {
    let mut writer = window.write().await;
    let (token, change) = people::issue_reset(&mut writer.link(), person, &mut window.random, minute(0)).await.unwrap();
    assert_eq!((change.what, change.whom), ("person.reset_issued", person.to_string()));
    writer.commit().await.unwrap();
    token.reveal().to_owned()
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    for mut window in windows().await {
        let lan = window.with_lan().await;
        let own = window.session("lan", minute(0)).await;
        let other = window.session("lan", minute(0)).await;
        let errand = reset(&mut window, lan).await;

        let verified = people::confirm_password(&window.database, lan, PASSWORD, minute(1)).await.unwrap();
        let new = hash(&mut window, NEW).await.unwrap();
        let mut writer = window.write().await;
        let change = people::change_password(&mut writer.link(), &verified, Some(&own), &new).await.unwrap();
        assert_eq!((change.what, change.whom), ("person.password_changed", lan.to_string()));
        writer.commit().await.unwrap();

        assert!(window.by_session(&own, minute(1)).await.is_some(), "{}", window.server);
        assert!(window.by_session(&other, minute(1)).await.is_none());
        let mut reader = window.database.read().await.unwrap();
        assert_eq!(people::login_of_reset(&mut reader.link(), &errand, minute(1)).await.unwrap(), None);
        assert!(matches!(window.sign_in("lan", PASSWORD, minute(1)).await, Err(PeopleError::Refused)));
        window.sign_in("lan", NEW, minute(1)).await.unwrap();

        // What was confirmed is the password of then.
        let mut writer = window.write().await;
        let again = people::change_password(&mut writer.link(), &verified, Some(&own), &new).await;
        assert!(matches!(again, Err(PeopleError::Refused)));
    }
}

#[tokio::test]
async fn an_open_session_is_no_place_to_guess_the_password() {
    for mut window in windows().await {
        let lan = window.with_lan().await;
        for _ in 0..5 {
            let wrong = people::confirm_password(&window.database, lan, "not the password", minute(0)).await;
            assert!(matches!(wrong, Err(PeopleError::Refused)));
        }
        let right = people::confirm_password(&window.database, lan, PASSWORD, second(59)).await;
        assert!(matches!(right, Err(PeopleError::Refused)), "{}", window.server);
        people::confirm_password(&window.database, lan, PASSWORD, minute(1)).await.unwrap();
    }
}

#[tokio::test]
async fn a_password_that_is_not_good_enough_is_not_hashed() {
    for mut window in windows().await {
        let refused = hash(&mut window, "lan").await;
        assert!(matches!(refused, Err(PeopleError::Password(PasswordError::TooShort))), "{}", window.server);
    }
}

#[tokio::test]
async fn a_lost_password_is_set_anew_once_and_within_an_hour() {
    for mut window in windows().await {
        let lan = window.with_lan().await;
        let session = window.session("lan", minute(0)).await;
        let replaced = reset(&mut window, lan).await;
        let token = reset(&mut window, lan).await;
        let new = hash(&mut window, NEW).await.unwrap();

        let mut writer = window.write().await;
        let link = &mut writer.link();
        let login = people::login_of_reset(link, &token, second(3599)).await.unwrap();
        assert_eq!(login, Some(Login::parse("lan").unwrap()));
        for (wrong, at) in [(&replaced, minute(1)), (&token, minute(60)), (&session, minute(1))] {
            assert_eq!(people::login_of_reset(link, wrong, at).await.unwrap(), None);
            let refused = people::reset_password(link, wrong, &new, at).await;
            assert!(matches!(refused, Err(PeopleError::Refused)), "{}", window.server);
        }
        let change = people::reset_password(link, &token, &new, minute(1)).await.unwrap();
        assert_eq!((change.what, change.whom), ("person.password_reset", lan.to_string()));
        let again = people::reset_password(link, &token, &new, minute(1)).await;
        assert!(matches!(again, Err(PeopleError::Refused)));
        writer.commit().await.unwrap();

        assert!(window.by_session(&session, minute(1)).await.is_none(), "who had the old password is out");
        window.sign_in("lan", NEW, minute(1)).await.unwrap();
        assert!(!window.dump().await.contains(&token));
    }
}

#[tokio::test]
async fn a_token_for_a_new_password_is_no_session() {
    for mut window in windows().await {
        let lan = window.with_lan().await;
        let token = reset(&mut window, lan).await;
        assert!(window.by_session(&token, minute(0)).await.is_none(), "{}", window.server);
        let shown = people::pass_second_factor(&window.database, &token, "123456", minute(0)).await;
        assert!(matches!(shown, Err(PeopleError::Refused)));
    }
}

#[tokio::test]
async fn a_new_password_opens_a_sign_in_that_guesses_have_closed() {
    for mut window in windows().await {
        let lan = window.with_lan().await;
        for _ in 0..5 {
            let _ = people::confirm_password(&window.database, lan, "not the password", minute(0)).await;
        }
        let token = reset(&mut window, lan).await;
        let new = hash(&mut window, NEW).await.unwrap();
        let mut writer = window.write().await;
        people::reset_password(&mut writer.link(), &token, &new, minute(0)).await.unwrap();
        writer.commit().await.unwrap();
        assert!(window.sign_in("lan", NEW, minute(0)).await.is_ok(), "{}", window.server);
    }
}

#[tokio::test]
async fn nobody_whose_account_is_closed_sets_a_new_password() {
    for mut window in windows().await {
        let lan = window.with_lan().await;
        let mut writer = window.write().await;
        let closed = AccountEdit { name: "Lan".into(), admin: false, active: false };
        people::change_account(&mut writer.link(), lan, &closed).await.unwrap();
        let refused = people::issue_reset(&mut writer.link(), lan, &mut window.random, minute(0)).await;
        assert!(matches!(refused, Err(PeopleError::Unknown { .. })), "{}", window.server);
    }
}

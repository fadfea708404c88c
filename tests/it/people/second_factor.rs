//! The second factor in the store.

use jiff::Timestamp;
use motcua::people::{Action, Denied, OrganisationKind, PersonId, Purpose, SecondFactor, SignIn, Subject};
use motcua::store::people::{self, PeopleError};

use super::device::Device;
use super::window::{PASSWORD, Window, minute, second, windows};

/// An officer of customs, `lan`, who is signed in.
async fn officer(window: &mut Window) -> (PersonId, String) {
    let customs = window.organisation("customs", OrganisationKind::Customs).await;
    let lan = window.person(&customs, "lan").await;
    let signed_in = window.sign_in("lan", PASSWORD, minute(0)).await.unwrap();
    assert_eq!((signed_in.purpose, signed_in.second_factor), (Purpose::Enrol, SecondFactor::NotEnrolled));
    (lan, signed_in.token.reveal().to_owned())
}

async fn begin(window: &mut Window, person: PersonId) -> Device {
    let mut writer = window.write().await;
    let (address, change) =
        people::begin_enrolment(&mut writer.link(), person, "Motcua", &mut window.random).await.unwrap();
    assert_eq!((change.what, change.whom), ("person.second_factor_drawn", person.to_string()));
    writer.commit().await.unwrap();
    Device::read(address.reveal())
}

async fn confirm(window: &Window, token: &str, code: &str, at: Timestamp) -> Result<(), PeopleError> {
    let mut writer = window.write().await;
    let change = people::confirm_enrolment(&mut writer.link(), token, code, at).await?;
    assert_eq!(change.what, "person.second_factor_set_up");
    writer.commit().await.unwrap();
    Ok(())
}

async fn pass(window: &Window, token: &str, code: &str, at: Timestamp) -> bool {
    match people::pass_second_factor(&window.database, token, code, at).await {
        Ok(()) => true,
        Err(PeopleError::Refused) => false,
        Err(error) => panic!("{error}"),
    }
}

async fn standing(window: &Window, token: &str, at: Timestamp) -> Option<SignIn> {
    window.by_session(token, at).await.map(|asker| asker.sign_in)
}

/// An officer with a device, and the moment after it was set up at minute 1.
async fn enrolled(window: &mut Window) -> (PersonId, Device) {
    let (lan, token) = officer(window).await;
    let device = begin(window, lan).await;
    confirm(window, &token, &device.code(minute(1)), minute(1)).await.unwrap();
    (lan, device)
}

#[tokio::test]
async fn an_officer_sets_up_the_second_factor_before_anything_else() {
    for mut window in windows().await {
        let (lan, token) = officer(&mut window).await;
        let asker = window.by_session(&token, minute(0)).await.unwrap();
        let task = Subject::Task { agency: None, holder: None };
        assert_eq!(asker.may_do(Action::ActOnTask, &task), Err(Denied::Enrolment), "{}", window.server);

        let replaced = begin(&mut window, lan).await;
        let device = begin(&mut window, lan).await;
        let other = window.session("lan", minute(1)).await;
        for wrong in [replaced.code(minute(1)), device.wrong(minute(1)), String::new()] {
            assert!(matches!(confirm(&window, &token, &wrong, minute(1)).await, Err(PeopleError::Refused)));
        }
        confirm(&window, &token, &device.code(minute(1)), minute(1)).await.unwrap();
        // The session that was for setting it up has become a whole one, and outlasts the quarter of
        // an hour that it had.
        let asker = window.by_session(&token, minute(20)).await.unwrap();
        assert_eq!(asker.sign_in, SignIn::Session(SecondFactor::Passed));
        assert_eq!(asker.may_do(Action::ActOnTask, &task), Ok(()));
        assert_eq!(standing(&window, &other, minute(1)).await, None);

        let mut writer = window.write().await;
        let again = people::begin_enrolment(&mut writer.link(), lan, "Motcua", &mut window.random).await;
        assert!(matches!(again, Err(PeopleError::Taken { .. })), "it is not replaced in passing");
    }
}

#[tokio::test]
async fn once_set_up_it_is_asked_for_at_every_sign_in() {
    for mut window in windows().await {
        let (_, device) = enrolled(&mut window).await;
        let signed_in = window.sign_in("lan", PASSWORD, minute(5)).await.unwrap();
        assert_eq!((signed_in.purpose, signed_in.second_factor), (Purpose::Session, SecondFactor::Missing));
        let token = signed_in.token.reveal();
        assert_eq!(standing(&window, token, minute(5)).await, Some(SignIn::Session(SecondFactor::Missing)));
        assert!(!pass(&window, token, &device.wrong(minute(5)), minute(5)).await);
        assert!(pass(&window, token, &device.code(minute(5)), minute(5)).await, "{}", window.server);
        assert_eq!(standing(&window, token, minute(5)).await, Some(SignIn::Session(SecondFactor::Passed)));
    }
}

#[tokio::test]
async fn a_code_that_was_used_is_used_up() {
    for mut window in windows().await {
        let (_, device) = enrolled(&mut window).await;
        let first = window.session("lan", minute(5)).await;
        let second_session = window.session("lan", minute(5)).await;
        let code = device.code(minute(5));
        assert!(pass(&window, &first, &code, minute(5)).await);
        assert!(!pass(&window, &second_session, &code, second(5 * 60 + 10)).await, "{}", window.server);
        assert!(pass(&window, &second_session, &device.code(second(330)), second(330)).await);
        // So is the one that set it up.
        assert!(!pass(&window, &first, &device.code(minute(1)), minute(1)).await);
    }
}

#[tokio::test]
async fn two_who_send_one_code_at_once_do_not_both_get_in() {
    for mut window in windows().await {
        let (_, device) = enrolled(&mut window).await;
        let (one, other) = (window.session("lan", minute(5)).await, window.session("lan", minute(5)).await);
        let code = device.code(minute(5));
        let (a, b) = tokio::join!(pass(&window, &one, &code, minute(5)), pass(&window, &other, &code, minute(5)));
        assert!(a ^ b, "{}", window.server);
    }
}

#[tokio::test]
async fn whoever_knows_the_password_has_no_more_guesses_for_the_code() {
    for mut window in windows().await {
        let (_, device) = enrolled(&mut window).await;
        for _ in 0..5 {
            // Signing in again between the guesses makes none of them forgotten.
            let token = window.session("lan", minute(5)).await;
            assert!(!pass(&window, &token, &device.wrong(minute(5)), minute(5)).await);
        }
        assert!(matches!(window.sign_in("lan", PASSWORD, minute(5)).await, Err(PeopleError::Refused)));
        let token = window.session("lan", minute(6)).await;
        assert!(pass(&window, &token, &device.code(minute(6)), minute(6)).await, "{}", window.server);
    }
}

#[tokio::test]
async fn a_right_code_does_not_count_while_the_sign_in_is_closed() {
    for mut window in windows().await {
        let (_, device) = enrolled(&mut window).await;
        let token = window.session("lan", minute(5)).await;
        for _ in 0..5 {
            assert!(!pass(&window, &token, &device.wrong(minute(5)), minute(5)).await);
        }
        assert!(!pass(&window, &token, &device.code(minute(5)), minute(5)).await, "{}", window.server);
    }
}

#[tokio::test]
async fn whoever_lost_the_device_sets_up_another() {
    for mut window in windows().await {
        let (lan, device) = enrolled(&mut window).await;
        let token = window.session("lan", minute(5)).await;
        assert!(pass(&window, &token, &device.code(minute(5)), minute(5)).await);
        let mut writer = window.write().await;
        let change = people::forget_second_factor(&mut writer.link(), lan).await.unwrap();
        assert_eq!(change.what, "person.second_factor_forgotten");
        writer.commit().await.unwrap();
        assert_eq!(standing(&window, &token, minute(5)).await, None, "{}", window.server);
        let signed_in = window.sign_in("lan", PASSWORD, minute(6)).await.unwrap();
        assert_eq!(signed_in.purpose, Purpose::Enrol);
        let other = begin(&mut window, lan).await;
        let token = signed_in.token.reveal();
        assert!(confirm(&window, token, &device.code(minute(6)), minute(6)).await.is_err());
        confirm(&window, token, &other.code(minute(6)), minute(6)).await.unwrap();
    }
}

#[tokio::test]
async fn a_trader_may_have_a_second_factor_and_then_needs_it() {
    for mut window in windows().await {
        let lan = window.with_lan().await;
        let token = window.session("lan", minute(0)).await;
        let device = begin(&mut window, lan).await;
        // Until the device has shown a code it counts for nothing.
        assert_eq!(standing(&window, &token, minute(0)).await, Some(SignIn::Session(SecondFactor::NotNeeded)));
        assert!(!pass(&window, &token, &device.code(minute(0)), minute(0)).await);
        confirm(&window, &token, &device.code(minute(0)), minute(0)).await.unwrap();
        let later = window.session("lan", minute(5)).await;
        assert_eq!(standing(&window, &later, minute(5)).await, Some(SignIn::Session(SecondFactor::Missing)));
    }
}

//! Signing in and out, and what wrong guesses cost.

use std::time::{Duration, Instant};

use motcua::people::{Purpose, SecondFactor, SignIn};
use motcua::store::people::{self, PeopleError, SystemRandom};

use super::window::{PASSWORD, TODAY, Window, minute, second, windows};

/// Guesses wrong so many times, one after the other.
async fn guess(window: &mut Window, times: usize, at: jiff::Timestamp) {
    for _ in 0..times {
        assert!(matches!(window.sign_in("lan", "not the password", at).await, Err(PeopleError::Refused)));
    }
}

#[tokio::test]
async fn a_session_is_opened_by_the_password_and_ended_by_whoever_has_it() {
    for mut window in windows().await {
        let lan = window.with_lan().await;
        let signed_in = window.sign_in(" Lan ", PASSWORD, minute(0)).await.unwrap();
        assert_eq!((signed_in.person, signed_in.purpose), (lan, Purpose::Session));
        assert_eq!(signed_in.second_factor, SecondFactor::NotNeeded);
        assert!(!signed_in.must_change);
        let token = signed_in.token.reveal();
        let asker = window.by_session(token, minute(1)).await.unwrap();
        assert_eq!(asker.person.unwrap().id, lan);
        assert_eq!(asker.sign_in, SignIn::Session(SecondFactor::NotNeeded));
        assert!(!window.dump().await.contains(token), "{}", window.server);

        let other = window.session("lan", minute(1)).await;
        let mut writer = window.write().await;
        people::sign_out(&mut writer.link(), token).await.unwrap();
        people::sign_out(&mut writer.link(), token).await.unwrap();
        people::sign_out(&mut writer.link(), "nonsense").await.unwrap();
        writer.commit().await.unwrap();
        assert!(window.by_session(token, minute(1)).await.is_none());
        assert!(window.by_session(&other, minute(1)).await.is_some());
    }
}

#[tokio::test]
async fn what_is_no_token_of_a_session_signs_nobody_in() {
    for mut window in windows().await {
        window.with_lan().await;
        let token = window.session("lan", minute(0)).await;
        for wrong in ["", "x", &token[1..], &format!("{token}A"), &"A".repeat(43)] {
            assert!(window.by_session(wrong, minute(0)).await.is_none(), "{} `{wrong}`", window.server);
        }
    }
}

#[tokio::test]
async fn a_session_that_is_used_lasts_half_a_day_and_one_that_rests_half_an_hour() {
    for mut window in windows().await {
        window.with_lan().await;
        let resting = window.session("lan", minute(0)).await;
        let used = window.session("lan", minute(0)).await;
        let mut last = None;
        for now in (0..800).step_by(20) {
            let mut writer = window.write().await;
            let link = &mut writer.link();
            let Some(found) = people::authenticate_session(link, &used, minute(now), TODAY).await.unwrap() else {
                break;
            };
            people::note_use(link, found.to_note.as_slice(), minute(now)).await.unwrap();
            writer.commit().await.unwrap();
            last = Some(now);
        }
        assert_eq!(last, Some(700), "{}", window.server);
        assert!(window.by_session(&resting, second(29 * 60 + 59)).await.is_some());
        assert!(window.by_session(&resting, minute(30)).await.is_none());

        let mut writer = window.write().await;
        assert_eq!(people::forget_expired(&mut writer.link(), minute(719)).await.unwrap(), 0);
        assert_eq!(people::forget_expired(&mut writer.link(), minute(720)).await.unwrap(), 2);
    }
}

#[tokio::test]
async fn after_five_wrong_guesses_the_right_password_has_to_wait() {
    for mut window in windows().await {
        let lan = window.with_lan().await;
        guess(&mut window, 4, minute(0)).await;
        window.session("lan", minute(0)).await;
        // The sign-in has made the four forgotten.
        guess(&mut window, 4, minute(1)).await;
        window.session("lan", minute(1)).await;

        guess(&mut window, 5, minute(2)).await;
        let early = window.sign_in("lan", PASSWORD, second(179)).await;
        assert!(matches!(early, Err(PeopleError::Refused)), "{}", window.server);
        let account = people::account(&mut window.database.read().await.unwrap().link(), lan).await.unwrap().unwrap();
        assert_eq!(account.locked_until, Some(minute(3)));
        // The sixth costs twice as much, and what is guessed while waiting costs nothing more.
        guess(&mut window, 3, minute(3)).await;
        assert!(matches!(window.sign_in("lan", PASSWORD, second(299)).await, Err(PeopleError::Refused)));
        window.session("lan", minute(5)).await;

        guess(&mut window, 5, minute(6)).await;
        let mut writer = window.write().await;
        assert_eq!(people::unlock(&mut writer.link(), lan).await.unwrap().what, "person.unlocked");
        writer.commit().await.unwrap();
        window.session("lan", minute(6)).await;
    }
}

#[tokio::test]
async fn guesses_at_once_count_like_guesses_one_after_the_other() {
    for mut window in windows().await {
        window.with_lan().await;
        let mut guesses = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let database = window.database.clone();
            guesses.spawn(async move {
                people::sign_in(&database, "lan", "not the password", &mut SystemRandom, minute(0)).await.is_ok()
            });
        }
        assert!(guesses.join_all().await.into_iter().all(|ok| !ok));
        let right = window.sign_in("lan", PASSWORD, second(59)).await;
        assert!(matches!(right, Err(PeopleError::Refused)), "{}", window.server);
        window.session("lan", minute(1)).await;
    }
}

#[tokio::test]
async fn a_refusal_tells_neither_by_words_nor_by_time_whether_there_is_such_a_login() {
    for mut window in windows().await {
        window.with_lan().await;
        let mut words = Vec::new();
        for login in ["lan", "nobody", "no login at all"] {
            let start = Instant::now();
            let refused = window.sign_in(login, "not the password", minute(0)).await.unwrap_err();
            assert!(start.elapsed() >= Duration::from_millis(300), "{} {login}", window.server);
            words.push(refused.to_string());
        }
        words.dedup();
        assert_eq!(words.len(), 1, "{words:?}");
    }
}

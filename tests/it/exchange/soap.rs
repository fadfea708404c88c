//! Envelopes of the single window sent in SOAP to a service that answers at once.

use jiff::tz::TimeZone;
use motcua::message::answer::{ErrorCode, Sending, errors, receipt};
use motcua::message::incoming::Address;
use motcua::message::soap::{Fault, FaultCode, Style, fault, unwrap, wrap_answer};
use motcua::message::{Limits, ReadOptions, receive};
use motcua::store::endpoints::EndpointKind;

use super::office::{Office, at_once, longest};
use super::receiver::{Receiver, Reply, Seen};
use crate::service::house::fixture;
use crate::store::servers::databases;

const XML: &str = "application/xml";

fn envelope() -> Vec<u8> {
    fixture("declarations/10-chicken-two-tasks-in-order.xml")
}

/// What a service of the other side does with a call.
#[derive(Clone, Copy)]
enum Service {
    Receives,
    Refuses,
}

fn answer(seen: &Seen, service: Service) -> Reply {
    let call = unwrap(&seen.body, &Limits::default()).unwrap();
    let read = receive(call.payload.as_bytes(), &ReadOptions::default()).unwrap();
    let (at, own) = ("2026-07-20T07:00:00Z".parse::<jiff::Timestamp>().unwrap(), Address::default());
    let at = at.to_zoned_datetime(TimeZone::UTC);
    let sending = Sending { id: "a-1", at: &at, own: &own };
    let payload = match service {
        Service::Receives => receipt(&read.head, &sending, &at),
        Service::Refuses => errors(Some(&read.head), &sending, &[ErrorCode::UnknownType.entry("")]),
    };
    Reply::Body(200, wrap_answer(&call, &payload).into_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_envelope_goes_as_it_is_in_every_style_and_is_delivered_when_the_other_side_has_it() {
    for (server, database) in databases().await {
        let office = Office::open(database);
        let kinds = [
            (EndpointKind::SoapSingleWindow, Style::SingleWindow),
            (EndpointKind::SoapToMinistry, Style::ToMinistry),
            (EndpointKind::SoapGateway, Style::Gateway),
            (EndpointKind::SoapDirect, Style::Direct),
            (EndpointKind::SoapAsmx, Style::Asmx),
        ];
        let _deliveries = office.deliver(longest());
        for (kind, style) in kinds {
            let receiver = Receiver::start(|seen| answer(seen, Service::Receives)).await;
            office.endpoint(kind.as_str(), kind, &receiver.url()).await;
            let ids = office.put_bodies(kind.as_str(), XML, vec![envelope()]).await;
            office.served(kind.as_str()).await;
            assert_eq!(office.letter(&ids[0]).await.state, "done", "{server}");
            let seen = receiver.seen();
            let call = unwrap(&seen[0].body, &Limits::default()).unwrap();
            assert_eq!(call.style, style, "{server}");
            // White space around a document is not part of it.
            let sent = String::from_utf8(envelope()).unwrap();
            assert_eq!(call.payload.trim(), sent.trim(), "{server} {style:?}");
            assert_eq!(seen[0].header("soapaction"), format!("\"{}\"", style.action()), "{server}");
            assert_eq!(seen[0].header("content-type"), "text/xml; charset=utf-8", "{server}");
            let office_code = call.office.as_deref().unwrap_or("TCHQ");
            assert_eq!(office_code, "TCHQ", "{server} {style:?}: the one to whom the envelope goes");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_other_side_refuses_is_dead_at_once_with_its_list_of_errors() {
    for (server, database) in databases().await {
        let office = Office::open(database);
        let receiver = Receiver::start(|seen| answer(seen, Service::Refuses)).await;
        office.endpoint("nsw", EndpointKind::SoapSingleWindow, &receiver.url()).await;
        office.put_bodies("nsw", XML, vec![envelope()]).await;
        let _deliveries = office.deliver(longest());
        office.served("nsw").await;
        let dead = office.dead("nsw").await;
        assert_eq!((dead.len(), dead[0].attempts), (1, 1), "{server}");
        let error = dead[0].error.as_deref().unwrap();
        assert!(error.contains("ERR04_CODE"), "{server}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_the_service_is_tried_again_and_one_of_ours_given_up_after_a_while() {
    for (server, database) in databases().await {
        let office = Office::open(database);
        let mut calls = 0;
        let receiver = Receiver::start(move |seen| {
            calls += 1;
            let code = if calls <= 7 { FaultCode::Server } else { FaultCode::Client };
            let of = fault(&Fault { code, text: "out of order".to_owned() });
            if calls == 8 { answer(seen, Service::Receives) } else { Reply::Body(500, of.into_bytes()) }
        });
        let receiver = receiver.await;
        office.endpoint("nsw", EndpointKind::SoapToMinistry, &receiver.url()).await;
        let ids = office.put_bodies("nsw", XML, vec![envelope(), envelope()]).await;
        let _deliveries = office.deliver(at_once());
        office.served("nsw").await;
        let (first, second) = (office.letter(&ids[0]).await, office.letter(&ids[1]).await);
        assert_eq!((first.state.as_str(), first.attempts), ("done", 8), "{server}");
        assert_eq!((second.state.as_str(), second.attempts), ("dead", 5), "{server}");
        assert!(second.error.unwrap().contains("out of order"), "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_envelope_is_left_to_fetch_and_the_envelopes_after_it_go_on() {
    for (server, database) in databases().await {
        let office = Office::open(database);
        let receiver = Receiver::start(|seen| answer(seen, Service::Receives)).await;
        // What waited before there was an endpoint is no envelope either.
        let before = office.put("nsw", 20).await;
        office.endpoint("nsw", EndpointKind::SoapAsmx, &receiver.url()).await;
        let after = office.put_bodies("nsw", XML, vec![envelope()]).await;
        let of_wco = crate::support::wco(&[]).into_bytes();
        let of_wco = office.put_bodies("nsw", XML, vec![of_wco]).await;
        let deliveries = office.deliver(longest());
        office.served("nsw").await;
        assert_eq!(receiver.seen().len(), 1, "{server}");
        assert_eq!(office.letter(&after[0]).await.state, "done", "{server}");
        assert!(office.dead("nsw").await.is_empty(), "{server}: no letter is born dead");
        let unfetched = office.unfetched("nsw").await;
        let ids: Vec<&String> = unfetched.iter().map(|letter| &letter.message.id).collect();
        assert_eq!(ids, before.iter().chain(&of_wco).collect::<Vec<_>>(), "{server}");
        let reason = unfetched[0].error.as_deref().unwrap();
        assert!(reason.contains("envelopes") && unfetched[0].attempts == 0, "{server}: {reason}");

        // A webhook takes all of it, in its order.
        drop(deliveries);
        let hook = Receiver::start(|_| Reply::Status(200)).await;
        office.webhook("nsw", &hook.url()).await;
        let _deliveries = office.deliver(longest());
        office.served("nsw").await;
        assert_eq!(hook.numbers(), (1..=20).chain([22]).collect::<Vec<_>>(), "{server}");
    }
}

//! What is left of a request when it is answered before all of it was read.
//!
//! A connection that is closed with bytes unread is reset, and the answer may be lost with it: whoever
//! sends much and is refused would see a broken connection, and not why. So the rest is read and thrown
//! away before the answer goes out, within limits.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, HttpBody as _};
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use futures_util::{StreamExt as _, stream};

/// A body that is smaller is read with the head of its request, or nearly.
const SMALL: u64 = 8 << 10;
/// No more than this is read to be thrown away.
const BYTES_MAX: usize = 32 << 20;
/// Nor for longer.
const TIME_MAX: Duration = Duration::from_secs(10);

/// A body that is lent to whoever answers, and whether he has asked for any of it.
struct Lent {
    body: BodyDataStream,
    asked: bool,
}

/// Answers, and hears the request out.
pub(super) async fn heard_out(request: Request, next: Next) -> Response {
    let size = request.body().size_hint();
    if request.body().is_end_stream() || size.upper().is_some_and(|size| size <= SMALL) {
        return next.run(request).await;
    }
    // Who waits to be told to go on has sent nothing yet.
    let waits = request.headers().contains_key(header::EXPECT);
    let (parts, body) = request.into_parts();
    let lent = Arc::new(Mutex::new(Lent { body: body.into_data_stream(), asked: false }));
    let lending = Arc::clone(&lent);
    let body = Body::from_stream(stream::poll_fn(move |context| {
        let mut lent = lending.lock().unwrap_or_else(PoisonError::into_inner);
        lent.asked = true;
        lent.body.poll_next_unpin(context)
    }));
    let response = next.run(Request::from_parts(parts, body)).await;
    // Where somebody still holds it, it is still being read.
    if let Some(lent) = Arc::into_inner(lent) {
        let Lent { mut body, asked } = lent.into_inner().unwrap_or_else(PoisonError::into_inner);
        if asked || !waits {
            rest(&mut body).await;
        }
    }
    response
}

/// Hears out a request that is not looked at.
pub(super) async fn throw_away(request: Request) {
    if !request.headers().contains_key(header::EXPECT) {
        rest(&mut request.into_body().into_data_stream()).await;
    }
}

async fn rest(body: &mut BodyDataStream) {
    let reading = async {
        let mut read = 0;
        while let Some(Ok(bytes)) = body.next().await
            && read < BYTES_MAX
        {
            read += bytes.len();
        }
    };
    // Whoever is slower than this is answered all the same.
    let _ = tokio::time::timeout(TIME_MAX, reading).await;
}

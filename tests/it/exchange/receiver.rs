//! A receiver of messages that answers as a test says: as it should, badly, late or not at all.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.as_str())
    }

    pub(crate) fn id(&self) -> String {
        self.header("motcua-message-id").to_owned()
    }

    pub(crate) fn number(&self) -> i64 {
        self.header("motcua-message-number").parse().unwrap()
    }
}

/// What a receiver does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Answers with a status.
    Status(u16),
    /// With a status and when to come again.
    Later(u16, &'static str),
    /// Sends the caller elsewhere.
    Elsewhere(String),
    /// With a status and a body.
    Body(u16, Vec<u8>),
    /// Cuts the connection after it has read the request.
    Reset,
    /// Says nothing for so long, then that it is well.
    Slow(Duration),
}

type Script = Box<dyn FnMut(&Seen) -> Reply + Send>;

/// A receiver that listens. Dropped, it is gone, with every connection to it.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Receiver {
    pub(crate) async fn start(script: impl FnMut(&Seen) -> Reply + Send + 'static) -> Self {
        Self::at("127.0.0.1:0".parse().unwrap(), script).await
    }

    /// Listens at an address where another may have listened before.
    pub(crate) async fn at(address: SocketAddr, script: impl FnMut(&Seen) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let script: Arc<Mutex<Script>> = Arc::new(Mutex::new(Box::new(script)));
        let of_task = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, Arc::clone(&of_task), Arc::clone(&script)));
            }
        });
        Self { address, seen, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Everything that came, in its order.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The numbers of what came.
    pub(crate) fn numbers(&self) -> Vec<i64> {
        self.seen().iter().map(Seen::number).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, seen: Arc<Mutex<Vec<Seen>>>, script: Arc<Mutex<Script>>) {
    while let Some(request) = read(&mut stream).await {
        seen.lock().unwrap().push(request.clone());
        let reply = (script.lock().unwrap())(&request);
        let (status, more, body) = match reply {
            Reply::Status(status) => (status, String::new(), Vec::new()),
            Reply::Later(status, when) => (status, format!("retry-after: {when}\r\n"), Vec::new()),
            Reply::Elsewhere(url) => (307, format!("location: {url}\r\n"), Vec::new()),
            Reply::Body(status, body) => (status, "content-type: text/xml\r\n".to_owned(), body),
            Reply::Reset => return,
            Reply::Slow(pause) => {
                tokio::time::sleep(pause).await;
                (200, String::new(), Vec::new())
            }
        };
        let mut answer = format!("HTTP/1.1 {status} x\r\n{more}content-length: {}\r\n\r\n", body.len()).into_bytes();
        answer.extend(body);
        if stream.write_all(&answer).await.is_err() {
            return;
        }
    }
}

/// Reads a request with a body of a length that is stated.
async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
    let headers: Vec<(String, String)> = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let mut seen = Seen { headers, body: bytes[head + 4..].to_vec() };
    let length: usize = seen.header("content-length").parse().unwrap();
    while seen.body.len() < length {
        if stream.read_buf(&mut seen.body).await.ok()? == 0 {
            return None;
        }
    }
    Some(seen)
}

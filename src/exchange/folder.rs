//! Exchange by folders: another access point (AS4) carries what lies there.
//!
//! | folder | what lies in it |
//! |---|---|
//! | `out` | messages to the partner, each under its number and id; whoever carries them takes them away |
//! | `in` | messages of the partner; each is taken away once it is kept |
//! | `receipts/out` | this gateway's receipts and errors for what came |
//! | `receipts/in` | the partner's, for what was sent |
//! | `refused` | what could not be taken, each with the error beside it |
//!
//! Files are written under another name first, one that begins with a point; whoever puts files into
//! `in` does the same. Files are taken in the order of their names.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::task::JoinHandle;

use super::partner::{Said, Sent, receipt};
use super::policy::{Failure, FailureKind};
use crate::service::gateway::{Gateway, Known, receive};
use crate::service::shared::Shared;
use crate::service::writer::{WorkError, WriterHandle};
use crate::store::StoreError;
use crate::store::endpoints::{self, Endpoint, EndpointKind};
use crate::store::outbox::{self, Letter};

/// Folders are looked into so often.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Files that are taken in one go.
const TOGETHER: usize = 256;
/// Bytes of a file.
const BYTES_MAX: u64 = 8 << 20;

/// The folders of a partner.
#[derive(Debug, Clone)]
struct Folders {
    out: PathBuf,
    incoming: PathBuf,
    receipts_out: PathBuf,
    receipts_in: PathBuf,
    refused: PathBuf,
}

impl Folders {
    /// Below the path of its endpoint.
    fn of(endpoint: &Endpoint) -> Self {
        let path = Path::new(&endpoint.url);
        Self {
            out: path.join("out"),
            incoming: path.join("in"),
            receipts_out: path.join("receipts").join("out"),
            receipts_in: path.join("receipts").join("in"),
            refused: path.join("refused"),
        }
    }

    /// Makes those that are not there.
    fn make(&self) -> io::Result<()> {
        let all = [&self.out, &self.incoming, &self.receipts_out, &self.receipts_in, &self.refused];
        all.into_iter().try_for_each(std::fs::create_dir_all)
    }
}

/// Puts a message where another access point takes it from: whole, or not at all.
pub(super) fn hand_over(endpoint: &Endpoint, letter: &Letter) -> Result<Sent, Failure> {
    let folders = Folders::of(endpoint);
    // The number keeps the order, the id makes it one.
    let name = format!("{:012}-{}.xml", letter.number, file_name(&letter.message.id));
    let written = folders.make().and_then(|()| write_whole(&folders.out, &name, &letter.message.body));
    written
        .map(|()| Sent::HandedOver)
        .map_err(|error| Failure::new(FailureKind::Passing, format!("folder {}: {error}", folders.out.display())))
}

/// Looks into the folders of partners. Dropped, it stops where it is.
#[derive(Debug)]
pub struct Inboxes(JoinHandle<()>);

impl Drop for Inboxes {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Inboxes {
    /// Starts on the runtime of the caller.
    pub fn start(shared: Arc<Shared>, writer: WriterHandle, gateway: Arc<Gateway>) -> Self {
        Self(tokio::spawn(async move {
            let inboxes = Looking { shared, writer, gateway };
            while !inboxes.shared.is_stopping() {
                if inboxes.shared.is_leading()
                    && let Err(error) = inboxes.look().await
                {
                    tracing::warn!("the folders of partners cannot be looked into: {error}");
                }
                tokio::select! {
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                    () = inboxes.shared.stopping() => {}
                }
            }
        }))
    }
}

struct Looking {
    shared: Arc<Shared>,
    writer: WriterHandle,
    gateway: Arc<Gateway>,
}

impl Looking {
    async fn look(&self) -> Result<(), WorkError> {
        let registry = self.gateway.registry(&self.shared.database).await?;
        for partner in registry.all().filter(|partner| !partner.partner.suspended) {
            let mut reader = self.shared.database.read().await.map_err(WorkError::from)?;
            let endpoint = endpoints::of(&mut reader.link(), &partner.partner.organisation).await?;
            drop(reader);
            let endpoint = endpoint.filter(|endpoint| endpoint.kind == EndpointKind::Folder);
            let Some(endpoint) = endpoint else { continue };
            let folders = Folders::of(&endpoint);
            folders.make().map_err(|error| unreadable(&folders.incoming, &error))?;
            self.receipts(partner, &folders).await?;
            self.messages(partner, &folders).await?;
        }
        Ok(())
    }

    /// Takes the messages in that lie there.
    async fn messages(&self, partner: &Arc<Known>, folders: &Folders) -> Result<(), WorkError> {
        for path in files(&folders.incoming)? {
            let Some(bytes) = read(&path, folders)? else { continue };
            let reply = receive(&self.shared, &self.writer, &self.gateway, partner, bytes).await?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            write_whole(&folders.receipts_out, &name, &reply.body)
                .map_err(|error| unreadable(&folders.receipts_out, &error))?;
            if reply.status == 200 {
                std::fs::remove_file(&path).map_err(|error| unreadable(&path, &error))?;
            } else {
                set_aside(&path, folders, &reply.body)?;
            }
        }
        Ok(())
    }

    /// Takes the receipts in that lie there.
    async fn receipts(&self, partner: &Arc<Known>, folders: &Folders) -> Result<(), WorkError> {
        let mut came = Vec::new();
        for path in files(&folders.receipts_in)? {
            let Some(bytes) = read(&path, folders)? else { continue };
            let said = match receipt(partner, &bytes, self.shared.clock.now()) {
                Ok(said) => said,
                Err(error) => {
                    set_aside(&path, folders, error.as_bytes())?;
                    continue;
                }
            };
            match said {
                Said::Receipt(receipt) => {
                    let sent = {
                        let mut reader = self.shared.database.read().await.map_err(WorkError::from)?;
                        outbox::by_id(&mut reader.link(), &receipt.message).await?
                    };
                    let digest = sent.map(|letter| <[u8; 32]>::from(Sha256::digest(&letter.message.body)));
                    if digest == Some(receipt.digest) {
                        came.push((path, receipt));
                    } else {
                        set_aside(&path, folders, b"it is for nothing that was sent, or for other bytes")?;
                    }
                }
                Said::Error(code, error) => {
                    tracing::error!(
                        organisation = partner.partner.organisation,
                        "the partner refuses a message: {} {error}",
                        code.code()
                    );
                    set_aside(&path, folders, error.as_bytes())?;
                }
            }
        }
        if came.is_empty() {
            return Ok(());
        }
        let (paths, receipts): (Vec<_>, Vec<_>) = came.into_iter().unzip();
        self.writer.run(move |desk| Box::pin(async move { Ok(desk.receipts_came(&receipts).await?) })).await?;
        for path in paths {
            std::fs::remove_file(&path).map_err(|error| unreadable(&path, &error))?;
        }
        Ok(())
    }
}

/// The files of a folder in the order of their names; those that are being written are left.
fn files(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let listed = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut paths: Vec<PathBuf> = listed
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .map(|entry| entry.path())
        .collect();
    paths.sort_unstable();
    paths.truncate(TOGETHER);
    Ok(paths)
}

/// A file's content; one that is too long is set aside.
fn read(path: &Path, folders: &Folders) -> Result<Option<Vec<u8>>, StoreError> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| unreadable(path, &error))?;
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > BYTES_MAX {
        set_aside(path, folders, format!("it has more than {BYTES_MAX} bytes").as_bytes())?;
        return Ok(None);
    }
    Ok(Some(bytes))
}

/// Puts a file aside, with the reason beside it.
fn set_aside(path: &Path, folders: &Folders, why: &[u8]) -> Result<(), StoreError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    write_whole(&folders.refused, &format!("{name}.error"), why)
        .and_then(|()| std::fs::rename(path, folders.refused.join(&name)))
        .map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Unavailable(format!("{}: {error}", path.display()))
}

/// Writes a file under another name first: whoever sees its name sees all of it.
fn write_whole(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let part = folder.join(format!(".{name}.part"));
    let mut file = std::fs::File::create(&part)?;
    file.write_all(content)?;
    file.sync_all()?;
    drop(file);
    std::fs::rename(&part, folder.join(name))?;
    std::fs::File::open(folder)?.sync_all()
}

/// An id as a file may be named.
fn file_name(id: &str) -> String {
    let safe = |sign: char| if sign.is_ascii_alphanumeric() || "-_.@".contains(sign) { sign } else { '_' };
    id.chars().take(120).map(safe).collect()
}

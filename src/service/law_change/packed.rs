//! A pack as a tar of its folder.

use std::io::Read;
use std::path::{Component, Path};

use crate::clearance::case::{Refused, RefusedReason};
use crate::documents::Container;

/// Bytes that a pack may unpack to.
const BYTES_MAX: u64 = 64 << 20;
/// Members that are looked at.
const MEMBERS_MAX: usize = 20_000;
/// The file that makes a folder a pack.
const HEAD: &str = "pack.toml";

/// The files of a pack by their paths below its folder, out of a tar, plain or compressed by gzip or
/// zstd. The folder itself may be in it or not.
///
/// # Errors
/// [`Refused`] says what is wrong with it.
pub fn unpack(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Refused> {
    let input: Box<dyn Read + '_> = match Container::of_bytes(bytes) {
        Container::Tar => Box::new(bytes),
        Container::TarGz => Box::new(flate2::read::MultiGzDecoder::new(bytes)),
        Container::TarZst => Box::new(zstd::stream::read::Decoder::new(bytes).map_err(unreadable)?),
        Container::Xml | Container::Zip => {
            return Err(invalid("a pack comes as a tar of its folder, plain or compressed by gzip or zstd"));
        }
    };
    // One byte more than is taken, so that too much is told from enough.
    let mut left = BYTES_MAX;
    let mut archive = tar::Archive::new(input.take(2 * BYTES_MAX));
    let mut files = Vec::new();
    for (count, entry) in archive.entries().map_err(unreadable)?.enumerate() {
        let mut entry = entry.map_err(unreadable)?;
        if count >= MEMBERS_MAX {
            return Err(invalid(format!("the archive has more than {MEMBERS_MAX} members")));
        }
        let kind = entry.header().entry_type();
        if kind.is_dir() || kind.is_pax_global_extensions() {
            continue;
        }
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if !kind.is_file() {
            return Err(invalid(format!("`{path}` is a link or a device; a pack has plain files")));
        }
        let mut content = Vec::new();
        (&mut entry).take(left + 1).read_to_end(&mut content).map_err(unreadable)?;
        let over = || invalid(format!("the archive unpacks to more than {BYTES_MAX} bytes"));
        left = left.checked_sub(content.len() as u64).ok_or_else(over)?;
        let path = plain(&path).ok_or_else(|| invalid(format!("`{path}` leads out of the pack's folder")))?;
        files.push((path, content));
    }
    let heads = files.iter().filter_map(|(path, _)| path.strip_suffix(HEAD));
    let folders = heads.filter(|folder| folder.is_empty() || folder.ends_with('/'));
    let Some(root) = folders.min_by_key(|folder| folder.len()).map(str::to_owned) else {
        return Err(invalid(format!("there is no `{HEAD}` in the archive")));
    };
    files.retain_mut(|(path, _)| match path.strip_prefix(&root) {
        Some(below) => {
            *path = below.to_owned();
            true
        }
        None => false,
    });
    Ok(files)
}

/// A path without `.`, with `/` between its parts; none where it leads upwards or to the root.
fn plain(path: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in Path::new(path).components() {
        match part {
            Component::CurDir => {}
            Component::Normal(part) => parts.push(part.to_str()?),
            _ => return None,
        }
    }
    Some(parts.join("/"))
}

fn unreadable(cause: impl std::fmt::Display) -> Refused {
    invalid(format!("the archive cannot be read: {cause}"))
}

fn invalid(message: impl Into<String>) -> Refused {
    Refused::because(RefusedReason::Invalid, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, content) in members {
            let mut header = tar::Header::new_ustar();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            // As a hostile sender writes it: the crate itself refuses such paths.
            header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_cksum();
            builder.append(&header, *content).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn paths(bytes: &[u8]) -> Vec<String> {
        unpack(bytes).unwrap().into_iter().map(|(path, _)| path).collect()
    }

    #[test]
    fn the_folder_of_the_pack_may_be_in_the_archive_or_not() {
        let within = tar(&[("draft/pack.toml", b"a"), ("draft/lists/a.csv", b"b"), ("README", b"")]);
        assert_eq!(paths(&within), ["pack.toml", "lists/a.csv"]);
        let without = tar(&[("./pack.toml", b"a"), ("./lists/a.csv", b"b"), ("old/pack.toml", b"")]);
        assert_eq!(paths(&without), ["pack.toml", "lists/a.csv", "old/pack.toml"]);
        assert_eq!(paths(&zstd::encode_all(&within[..], 1).unwrap()), ["pack.toml", "lists/a.csv"]);
    }

    #[test]
    fn what_is_no_pack_or_would_leave_its_folder_is_refused() {
        let refused = |bytes: &[u8]| unpack(bytes).unwrap_err().message;
        assert!(refused(b"").contains("a tar of its folder"));
        assert!(refused(b"PK\x03\x04").contains("a tar of its folder"));
        assert!(refused(&tar(&[("a.csv", b"")])).contains("pack.toml"));
        assert!(refused(&tar(&[("not-pack.toml", b"")])).contains("no `pack.toml`"));
        for path in ["../pack.toml", "/etc/pack.toml", "a/../../pack.toml"] {
            assert!(refused(&tar(&[(path, b"")])).contains("leads out"), "{path}");
        }
        let mut cut = tar(&[("pack.toml", &[b'a'; 4_000])]);
        cut.truncate(1_500);
        assert!(refused(&cut).contains("cannot be read"));
        let mut link = tar::Header::new_ustar();
        link.set_entry_type(tar::EntryType::Symlink);
        link.set_size(0);
        link.set_path("pack.toml").unwrap();
        link.set_link_name("/etc/passwd").unwrap();
        link.set_cksum();
        let mut builder = tar::Builder::new(Vec::new());
        builder.append(&link, &b""[..]).unwrap();
        assert!(refused(&builder.into_inner().unwrap()).contains("link"));
    }

    #[test]
    fn an_archive_that_unpacks_to_too_much_is_refused() {
        let large = vec![0; usize::try_from(BYTES_MAX).unwrap() + 1];
        let packed = zstd::encode_all(&tar(&[("pack.toml", &large)])[..], 1).unwrap();
        assert!(packed.len() < 1 << 20);
        assert!(unpack(&packed).unwrap_err().message.contains("unpacks to more"));
    }
}

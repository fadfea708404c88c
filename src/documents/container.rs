//! What carries documents.

/// What a file is, by its name or by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// One document, or several one after the other.
    Xml,
    /// A zip archive.
    Zip,
    /// A tar archive.
    Tar,
    /// The same, compressed by gzip.
    TarGz,
    /// The same, compressed by zstd.
    TarZst,
}

impl Container {
    /// By its name; none where the name promises neither documents nor an archive.
    pub fn of_name(path: &str) -> Option<Self> {
        let lower = path.to_ascii_lowercase();
        [
            (".xml", Self::Xml),
            (".zip", Self::Zip),
            (".tar", Self::Tar),
            (".tar.gz", Self::TarGz),
            (".tgz", Self::TarGz),
            (".tar.zst", Self::TarZst),
            (".tzst", Self::TarZst),
        ]
        .into_iter()
        .find(|(end, _)| lower.ends_with(end))
        .map(|(_, container)| container)
    }

    /// By its first bytes.
    pub fn of_bytes(first: &[u8]) -> Self {
        if first.starts_with(b"PK\x03\x04") {
            Self::Zip
        } else if first.starts_with(&[0x1F, 0x8B]) {
            Self::TarGz
        } else if first.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) {
            Self::TarZst
        } else if first.get(257..262) == Some(b"ustar") {
            Self::Tar
        } else {
            Self::Xml
        }
    }
}

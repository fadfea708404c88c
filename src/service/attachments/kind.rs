//! Kinds of documents, told by their first bytes.

use std::io::Cursor;
use std::str::FromStr;

/// A kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// PDF.
    Pdf,
    /// A picture: PNG.
    Png,
    /// A picture: JPEG.
    Jpeg,
    /// A picture, often of several pages: TIFF.
    Tiff,
    /// XML.
    Xml,
    /// A text (Office Open XML).
    Docx,
    /// A sheet (Office Open XML).
    Xlsx,
    /// A zip archive, whatever is in it.
    Zip,
}

/// Why a document is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KindError {
    /// Of such documents none is taken.
    #[error("`{said}` is not taken; what is taken: {taken}")]
    NotTaken {
        /// What it is said to be.
        said: String,
        /// What is taken.
        taken: String,
    },
    /// It is something else than it is said to be.
    #[error("it is said to be {0}, and its bytes are something else")]
    SomethingElse(&'static str),
    /// Nobody says what it is, and its bytes do not either.
    #[error("its bytes are of no kind that is taken: {0}; say what it is with `Content-Type`")]
    Unrecognised(String),
    /// It has macros.
    #[error("it has macros in it; send it without")]
    Macros,
    /// There is no such kind.
    #[error("`{0}` is no kind of attachment; there are {1}")]
    Unknown(String, String),
}

impl Kind {
    /// All of them that are taken where nothing else is said: all but archives.
    pub const ALL: [Self; 7] = [Self::Pdf, Self::Png, Self::Jpeg, Self::Tiff, Self::Xml, Self::Docx, Self::Xlsx];

    /// The word of settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Tiff => "tiff",
            Self::Xml => "xml",
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
            Self::Zip => "zip",
        }
    }

    /// Its media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Tiff => "image/tiff",
            Self::Xml => "application/xml",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Zip => "application/zip",
        }
    }

    /// The kind of a document: of its media type, which has to be right, or by its bytes where none is
    /// said, or one that programs say by themselves of whatever they send.
    ///
    /// # Errors
    /// [`KindError`]
    pub fn of_document(content_type: &str, content: &[u8], taken: &[Self]) -> Result<Self, KindError> {
        let bare = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let unsaid = ["", "application/octet-stream", "application/x-www-form-urlencoded"];
        if !unsaid.contains(&bare.as_str()) {
            let kind = Self::of(content_type, taken)?;
            return kind.check(content).map(|()| kind);
        }
        // An archive is whatever is in it: it comes last.
        let mut kinds = taken.to_vec();
        kinds.sort_by_key(|kind| *kind == Self::Zip);
        for kind in kinds {
            match kind.check(content) {
                Ok(()) => return Ok(kind),
                Err(KindError::Macros) => return Err(KindError::Macros),
                Err(_) => {}
            }
        }
        Err(KindError::Unrecognised(listed(taken)))
    }

    /// The kind of a media type, where it is among those that are taken.
    ///
    /// # Errors
    /// [`KindError::NotTaken`].
    pub fn of(content_type: &str, taken: &[Self]) -> Result<Self, KindError> {
        let bare = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let meant = match bare.as_str() {
            "text/xml" => "application/xml",
            "image/jpg" => "image/jpeg",
            bare => bare,
        };
        taken
            .iter()
            .copied()
            .find(|kind| kind.content_type() == meant)
            .ok_or_else(|| KindError::NotTaken { said: bare.chars().take(100).collect(), taken: listed(taken) })
    }

    /// Whether bytes are of the kind.
    ///
    /// # Errors
    /// [`KindError::SomethingElse`], [`KindError::Macros`].
    pub fn check(self, content: &[u8]) -> Result<(), KindError> {
        let is = match self {
            Self::Pdf => content.starts_with(b"%PDF-"),
            Self::Png => content.starts_with(b"\x89PNG\r\n\x1a\n"),
            Self::Jpeg => content.starts_with(&[0xFF, 0xD8, 0xFF]),
            Self::Tiff => content.starts_with(b"II*\0") || content.starts_with(b"MM\0*"),
            Self::Xml => is_xml(content),
            Self::Docx => office(content, "word/")?,
            Self::Xlsx => office(content, "xl/")?,
            Self::Zip => content.starts_with(b"PK\x03\x04"),
        };
        if is { Ok(()) } else { Err(KindError::SomethingElse(self.content_type())) }
    }
}

/// The media types of kinds.
fn listed(kinds: &[Kind]) -> String {
    kinds.iter().map(|kind| kind.content_type()).collect::<Vec<_>>().join(", ")
}

impl FromStr for Kind {
    type Err = KindError;

    fn from_str(text: &str) -> Result<Self, KindError> {
        let mut all = Self::ALL.into_iter().chain([Self::Zip]);
        all.clone().find(|kind| kind.as_str() == text).ok_or_else(|| {
            let words: Vec<&str> = all.by_ref().map(Self::as_str).collect();
            KindError::Unknown(text.to_owned(), words.join(", "))
        })
    }
}

/// Whether a text begins as XML does, and not as a page for a browser.
fn is_xml(content: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(content) else { return false };
    let begin = text.trim_start_matches('\u{feff}').trim_start();
    let page = begin.get(..14).is_some_and(|begin| begin.eq_ignore_ascii_case("<!doctype html"))
        || begin.get(..5).is_some_and(|begin| begin.eq_ignore_ascii_case("<html"));
    let mut signs = begin.chars();
    let opens =
        signs.next() == Some('<') && signs.next().is_some_and(|sign| sign.is_alphabetic() || "?!_".contains(sign));
    opens && !page && !text.contains('\0')
}

/// Whether bytes are a document of Office Open XML whose parts are in this folder.
fn office(content: &[u8], folder: &str) -> Result<bool, KindError> {
    if !content.starts_with(b"PK\x03\x04") {
        return Ok(false);
    }
    let Ok(archive) = zip::ZipArchive::new(Cursor::new(content)) else { return Ok(false) };
    // A name that cannot be read is none of those that are looked for.
    let has = |is: &dyn Fn(&str) -> bool| archive.file_names().flatten().any(|name| is(&name));
    if has(&|name| name.to_ascii_lowercase().ends_with("vbaproject.bin")) {
        return Err(KindError::Macros);
    }
    Ok(has(&|name| name == "[Content_Types].xml") && has(&|name| name.starts_with(folder)))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn zip(names: &[&str]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(b"x").unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn bytes_are_what_they_are_said_to_be_or_are_refused() {
        let word = zip(&["[Content_Types].xml", "word/document.xml"]);
        let samples: [(Kind, &[u8]); 7] = [
            (Kind::Pdf, b"%PDF-1.7\n"),
            (Kind::Png, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
            (Kind::Jpeg, &[0xFF, 0xD8, 0xFF, 0xE0]),
            (Kind::Tiff, b"II*\0\x08\0\0\0"),
            (Kind::Xml, "\u{feff}<?xml version=\"1.0\"?><a/>".as_bytes()),
            (Kind::Docx, &word),
            (Kind::Xlsx, &zip(&["xl/workbook.xml", "[Content_Types].xml"])),
        ];
        for (kind, bytes) in samples {
            for other in Kind::ALL {
                assert_eq!(other.check(bytes).is_ok(), other == kind, "{kind:?} as {other:?}");
            }
        }
        assert_eq!(Kind::Zip.check(&word), Ok(()));
    }

    #[test]
    fn what_a_browser_would_run_and_what_has_macros_is_refused() {
        for page in ["<!DOCTYPE HTML><script>", "<html>", "  <HTML lang=vi>", "a < b", "", "<", "<a>\0"] {
            assert!(Kind::Xml.check(page.as_bytes()).is_err(), "{page:?}");
        }
        assert!(Kind::Xml.check(&[b'<', b'a', 0xFF]).is_err());
        let macros = zip(&["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"]);
        assert_eq!(Kind::Docx.check(&macros), Err(KindError::Macros));
        assert!(Kind::Docx.check(b"PK\x03\x04 cut").is_err());
    }

    #[test]
    fn what_nobody_says_is_told_by_the_bytes() {
        let all = [Kind::Zip, Kind::Pdf, Kind::Docx, Kind::Xml];
        let word = zip(&["[Content_Types].xml", "word/document.xml"]);
        for said in ["", "application/octet-stream", "application/x-www-form-urlencoded"] {
            assert_eq!(Kind::of_document(said, b"%PDF-1.7", &all), Ok(Kind::Pdf));
            assert_eq!(Kind::of_document(said, &word, &all), Ok(Kind::Docx));
            assert_eq!(Kind::of_document(said, &zip(&["a.txt"]), &all), Ok(Kind::Zip));
            assert!(Kind::of_document(said, &word, &[Kind::Pdf]).is_err());
            assert!(Kind::of_document(said, b"MZ", &all).unwrap_err().to_string().contains("Content-Type"));
        }
        let macros = zip(&["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"]);
        assert_eq!(Kind::of_document("", &macros, &all), Err(KindError::Macros));
        assert!(Kind::of_document("application/pdf", b"<a/>", &all).is_err());
    }

    #[test]
    fn a_media_type_is_taken_with_its_parameters_and_only_where_it_is_among_those_taken() {
        assert_eq!(Kind::of("Application/PDF; name=a", &Kind::ALL), Ok(Kind::Pdf));
        assert_eq!(Kind::of("text/xml;charset=utf-8", &Kind::ALL), Ok(Kind::Xml));
        assert!(Kind::of("application/zip", &Kind::ALL).is_err());
        let refused = Kind::of("image/png", &[Kind::Pdf]).unwrap_err().to_string();
        assert!(refused.contains("image/png") && refused.contains("application/pdf"), "{refused}");
        assert!(Kind::of("", &Kind::ALL).is_err());
        assert_eq!("tiff".parse(), Ok(Kind::Tiff));
        assert!("exe".parse::<Kind>().unwrap_err().to_string().contains("pdf, png"));
    }
}

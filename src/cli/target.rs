//! Where results go that are written to a file.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// A file that has its name only when it is whole, so that a run that
/// breaks off leaves no half of one and an input is never overwritten while it is read.
#[derive(Debug)]
pub(super) struct Target<'t> {
    path: &'t Path,
    /// `None`: something that is no regular file is written directly.
    unfinished: Option<PathBuf>,
}

impl<'t> Target<'t> {
    /// The file of a path.
    pub(super) fn new(path: &'t Path) -> Self {
        let special = std::fs::metadata(path).is_ok_and(|about| !about.is_file());
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".unfinished");
        Self { path, unfinished: (!special).then(|| path.with_file_name(name)) }
    }

    /// Opens it for writing.
    pub(super) fn create(&self) -> io::Result<File> {
        let path = self.unfinished.as_deref().unwrap_or(self.path);
        File::create(path).map_err(|cause| io::Error::new(cause.kind(), format!("{}: {cause}", path.display())))
    }

    /// Gives it its name where it is `whole`, else takes it away.
    pub(super) fn finish(self, whole: bool) -> io::Result<()> {
        match self.unfinished {
            Some(unfinished) if whole => std::fs::rename(unfinished, self.path),
            Some(unfinished) => std::fs::remove_file(unfinished),
            None => Ok(()),
        }
    }
}

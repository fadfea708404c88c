//! A dossier's life: what its procedure's life cycle says, who works on it, what came of it.

mod decide;
mod event;
mod state;

pub use decide::{Command, Heard, Opening, Rectifying, decide, may};
pub use event::{DossierEvent, Goods, Paper};
pub use state::{Clock, Dossier, Entered, Issued, Turn};

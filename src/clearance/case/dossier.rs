//! A dossier's life: what its procedure's life cycle says, who works on it, what came of it.

mod decide;
mod event;
mod next;
mod state;

pub use decide::{Command, Heard, Opening, Rectifying, decide};
pub use event::{DossierEvent, Goods, Paper};
pub use next::{Next, Rules, Turn, next_on_task};
pub use state::{Clock, Dossier, Entered, Issued};

//! Requirements become tasks: who has to do what, in which order, until when.
//!
//! * [`Tasks`]: requirements of one declaration under the same agency and procedure make one
//!   task, with the tasks that come before it; a graph without circles.
//! * [`joint`]: requirements that meet on a line or in a declaration, and who leads.
//! * [`Calendar`]: working days, office hours, days off; when a [`Limit`] ends, with [`Pause`]s.
//! * [`Schedule`]: for one declaration when each task is due, which are critical, how much time
//!   the others have to spare, when the goods can be cleared at the earliest and who holds them.

mod calendar;
mod clock;
pub mod dossier;
mod graph;
mod joint;
mod key;
mod schedule;
mod tasks;

pub use calendar::{Calendar, Moment};
pub use clock::{Filing, Limit, Pause};
pub use joint::{Joint, JointOfSeveral, Leader, joint, joint_of_several};
pub use schedule::{Outlook, Outset, Schedule, Timing};
pub use tasks::{LimitRef, Task, TaskKind, Tasks, Weight, weight};

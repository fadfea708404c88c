//! What commands that speak to a database share: the address, the bar.

use std::io::{self, IsTerminal};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Which database.
#[derive(Debug, Args)]
pub(super) struct DatabaseArg {
    /// The database: a path, `sqlite:PATH`, or `postgres://USER@HOST/NAME`
    #[arg(long, value_name = "URL", env = "MOTCUA_DATABASE", hide_env_values = true)]
    pub(super) database: String,
    /// No progress bar
    #[arg(long)]
    pub(super) quiet: bool,
}

/// A bar on standard error, where that is a terminal. `template` says what it shows; without a
/// total it only turns.
pub(super) fn bar(quiet: bool, total: Option<u64>, template: &str) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(4));
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

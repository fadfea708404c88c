//! The runtime of the commands that wait for many things at once.

use super::CliError;

/// Runs a future to its end.
pub(super) fn block_on<T, E: From<CliError>>(future: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| CliError::Service(format!("the runtime does not start: {error}")))?.block_on(future)
}

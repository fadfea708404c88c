//! What answers look like, for the description of the API. Answers are written by hand, straight from
//! what is kept; these types stand beside the writers, and `tests/it/server/schema.rs` compares the
//! keys of real answers with them.

pub(super) mod declaration;
pub(super) mod desk;
pub(super) mod house;
pub(super) mod result;

use utoipa::ToSchema;

/// A page of a list.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written by hand")]
pub(super) struct Page<T: ToSchema> {
    /// Its rows.
    rows: Vec<T>,
    /// Where the next page begins (`after`); null: this is the last.
    next: Option<String>,
}

/// A list that comes whole.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written by hand")]
pub(super) struct Rows<T: ToSchema> {
    /// Its rows.
    rows: Vec<T>,
}

//! Documents of the ASEAN Single Window beside certificates of origin.

mod acdd;
mod phyto;

use std::path::Path;

/// A file of `fixtures/asean`.
fn fixture(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/asean").join(name)).unwrap()
}

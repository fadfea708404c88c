//! Compiles the pack under `rules/vn` into the program, with the code that also loads a folder.

use std::path::Path;
use std::process::ExitCode;

/// `law` and `trade` as the library has them. They use nothing else of it.
#[path = "src"]
mod engine {
    #![allow(
        dead_code,
        unused_imports,
        unreachable_pub,
        clippy::all,
        clippy::pedantic,
        reason = "the library uses what the build does not"
    )]
    pub(crate) mod law;
    pub(crate) mod trade;
}

// Inside the modules their paths begin with `crate::law` and `crate::trade`.
use engine::{law, trade};

const RULES: &str = "rules/vn";

#[expect(clippy::print_stderr, reason = "this is how a build script speaks to cargo")]
fn main() -> ExitCode {
    println!("cargo:rerun-if-changed={RULES}");
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let root = std::env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo sets CARGO_MANIFEST_DIR")?;
    let out = std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    let (folder, out) = (Path::new(&root).join(RULES), Path::new(&out));
    let loaded = law::load_dir(&folder).map_err(|error| format!("{RULES}: {error}"))?;
    let bytes = loaded.pack.to_bytes().map_err(|error| error.to_string())?;
    write(&out.join("vn.pack"), &bytes)?;
    let cases = postcard::to_stdvec(&loaded.cases).map_err(|error| error.to_string())?;
    write(&out.join("vn.cases"), &cases)?;
    let report = law::lint_dir(&folder).map_err(|error| error.to_string())?;
    let report = serde_json::to_vec(&report).map_err(|error| error.to_string())?;
    write(&out.join("vn.lint.json"), &report)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    std::fs::write(path, bytes).map_err(|error| format!("cannot write `{}`: {error}", path.display()))
}

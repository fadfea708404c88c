//! Arguments in, exit code out.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(motcua::cli::run(std::env::args_os()))
}

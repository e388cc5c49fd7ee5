//! The program: runs the command line where the stack is deep enough, and turns its result into an exit code.

use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;
use std::thread;

/// Notebooks hold expressions of any depth; the tree walks are recursive.
const STACK: usize = 256 * 1024 * 1024;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
        let text = panic.payload_as_str().unwrap_or("no message");
        let _ = writeln!(
            std::io::stderr(),
            "error: nb2pkg {} failed{place}: {text}\nhint: this is a bug in nb2pkg; please report it with these lines \
             and, if you can, the notebook",
            env!("CARGO_PKG_VERSION"),
        );
    }));
    match thread::Builder::new().stack_size(STACK).spawn(nb2pkg::cli::run).map(thread::JoinHandle::join) {
        Ok(Ok(Ok(status))) => status.into(),
        Ok(Ok(Err(error))) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Ok(Ok(Err(error))) => nb2pkg::cli::report(&error).into(),
        Ok(Err(_)) | Err(_) => ExitCode::from(101),
    }
}

/// Whether whoever read the output has gone: no failure of ours.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe))
}

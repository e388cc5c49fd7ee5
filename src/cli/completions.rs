//! `nb2pkg completions SHELL`

use super::args::CompletionsArgs;
use super::{ExitStatus, command, print};

pub(super) fn run(args: &CompletionsArgs) -> anyhow::Result<ExitStatus> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command(), "nb2pkg", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(ExitStatus::Clean)
}

//! Commands that know nothing of what the environment of the tests says of ttmem.

use std::path::Path;
use std::process::Command;

/// Takes from `command` every variable that means something to ttmem.
pub fn unprompted(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"TTMEM") {
            command.env_remove(name);
        }
    }
    command.env_remove("TT_ALLOC_TRACKING_ENABLED")
}

/// `program`, told of ttmem only that segments lie in `dir`.
pub fn told_only_where(program: &Path, dir: &Path) -> Command {
    let mut command = Command::new(program);
    unprompted(&mut command).env("TTMEM_DIR", dir);
    command
}

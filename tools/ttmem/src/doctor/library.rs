//! The preload library: can `ttmem run` find it, and does the loader take it?

use super::check::Check;
use crate::run::Library;
use std::process::Command;

/// The check, and the library.
pub(super) fn check() -> (Check, Option<Library>) {
    let name = "library";
    let library = match Library::find() {
        Ok(library) => library,
        Err(error) => {
            let check = Check::error(name, format!("{error:#}"))
                .advise("cargo install ttmem, or name the library with TTMEM_PRELOAD");
            return (check, None);
        }
    };
    let path = library.path();
    let shown = path.display();
    // A program of the system, which nothing but the loader has touched.
    let tried = Command::new("cat")
        .arg("/proc/self/maps")
        .env("LD_PRELOAD", path)
        .env_remove("TTMEM")
        .output();
    let check = match tried {
        Ok(output)
            if String::from_utf8_lossy(&output.stdout).contains(&*path.to_string_lossy()) =>
        {
            Check::ok(name, format!("{shown} can be loaded"))
        }
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            Check::error(name, format!("the loader does not take {shown}"))
                .with(said.lines().map(str::to_owned))
                .advise(
                    "a file system mounted noexec? name a directory that may hold programs with \
                     XDG_CACHE_HOME or TMPDIR, or the library with TTMEM_PRELOAD",
                )
        }
        Err(error) => Check::warning(
            name,
            format!("{shown} is there; whether it can be loaded could not be tried: {error}"),
        ),
    };
    (check, Some(library))
}

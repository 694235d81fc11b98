//! What goes into the wheel, in one directory as maturin wants it.

use crate::notices;
use crate::shell;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where maturin takes what is not Python's: `scripts` in it goes where commands go.
const DATA: &str = "ttmem.data";

/// Puts it together, anew, out of the source tree and what has been built.
pub(super) fn make(workspace: &Workspace, profile: &str, stage: &Path) -> Result<()> {
    if stage.exists() {
        fs::remove_dir_all(stage).with_context(|| format!("cannot remove {}", stage.display()))?;
    }
    let source = workspace.root().join("tools/python");
    let (module, licenses) = (stage.join("python/ttmem"), stage.join("licenses"));
    let scripts = stage.join(DATA).join("scripts");
    copy_tree(&source.join("python/ttmem"), &module)?;
    for dir in [&licenses, &scripts] {
        fs::create_dir_all(dir)?;
    }
    copy(&source.join("README.md"), &stage.join("README.md"))?;
    fs::write(stage.join("pyproject.toml"), project(&source)?)?;
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&workspace.root().join(name), &licenses.join(name))?;
    }
    let notices = notices::of(&["ttmem", "ttmem-preload", "ttmem-python"])?;
    fs::write(licenses.join("THIRD-PARTY-NOTICES"), notices)?;
    let built = workspace.target().join(directory(profile));
    for (name, dir) in [("ttmem", scripts), ("libttmem_preload.so", module)] {
        strip(&built.join(name), &dir.join(name))?;
    }
    Ok(())
}

/// The project as it is in the source tree, told where its parts are now.
fn project(source: &Path) -> Result<String> {
    let path = source.join("pyproject.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
    let Some((before, maturin)) = text.split_once("[tool.maturin]\n") else {
        bail!("{} has no [tool.maturin]", path.display());
    };
    let manifest = source.join("Cargo.toml");
    Ok(format!(
        "{before}[tool.maturin]\nmanifest-path = {:?}\ndata = {DATA:?}\n{maturin}",
        manifest.display().to_string()
    ))
}

/// Where cargo leaves what it builds in a profile.
fn directory(profile: &str) -> &str {
    if profile == "dev" { "debug" } else { profile }
}

/// A copy without debug information, which nobody looks into there and which is most of it.
fn strip(from: &Path, to: &Path) -> Result<()> {
    if shell::in_path("strip") {
        return shell::run(
            Command::new("strip")
                .args(["--strip-unneeded", "-o"])
                .args([to, from]),
        );
    }
    copy(from, to)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to)
        .map(|_| ())
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

/// Everything in a directory but what Python has compiled.
fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    let entries = fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))?;
    for entry in entries {
        let path: PathBuf = entry?.path();
        let Some(name) = path.file_name().filter(|name| *name != "__pycache__") else {
            continue;
        };
        let to = to.join(name);
        if path.is_dir() {
            copy_tree(&path, &to)?;
        } else {
            copy(&path, &to)?;
        }
    }
    Ok(())
}

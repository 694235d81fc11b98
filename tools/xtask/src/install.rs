//! Puts what users need under a prefix: the command, the libraries, the headers, and what pkg-config,
//! CMake, man and shells look for; with the licences of what is linked in.

use crate::notices;
use crate::shell;
use crate::sources;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use clap::Args;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Flags of `cargo xtask install`.
#[derive(Args)]
pub(crate) struct Flags {
    /// Where to: bin, lib, include and share are made below it
    #[arg(long, value_name = "DIR")]
    prefix: PathBuf,
    /// Put in front of the prefix, to make a package of what is found there
    #[arg(long, value_name = "DIR")]
    destdir: Option<PathBuf>,
    /// How to build
    #[arg(long, value_name = "PROFILE", default_value = "release")]
    profile: String,
    /// Install what was built with this profile before
    #[arg(long)]
    no_build: bool,
}

/// What the shared library is called.
struct Names {
    version: String,
    major: u64,
    minor: u64,
}

impl Names {
    /// What programs that are linked to it ask for: crates/capi/build.rs gives it this name.
    fn soname(&self) -> String {
        format!("libttmem.so.{}", self.major)
    }

    fn file(&self) -> String {
        format!("libttmem.so.{}", self.version)
    }

    /// A template of crates/capi/install with the names put in.
    fn fill(&self, template: &str) -> String {
        template
            .replace("@VERSION@", &self.version)
            .replace("@MAJOR@", &self.major.to_string())
            .replace("@MINOR@", &self.minor.to_string())
            .replace("@SONAME@", &self.soname())
            .replace("@FILE@", &self.file())
    }
}

pub(crate) fn run(workspace: &Workspace, flags: &Flags) -> Result<()> {
    let built = build(workspace, flags)?;
    let root = Root::new(flags)?;
    let names = names(workspace)?;

    let ttmem = built.join("ttmem");
    root.program(&ttmem, "bin/ttmem")?;
    root.file(&built.join("libttmem.a"), "lib/libttmem.a")?;
    root.file(&built.join("libttmem.so"), &format!("lib/{}", names.file()))?;
    root.link(&names.file(), &format!("lib/{}", names.soname()))?;
    root.link(&names.soname(), "lib/libttmem.so")?;
    root.file(
        &built.join("libttmem_preload.so"),
        "lib/libttmem_preload.so",
    )?;

    let capi = workspace.root().join("crates/capi");
    let include = capi.join("include");
    for extension in ["h", "hpp"] {
        for header in sources::with_extension(&include, extension)? {
            let name = header.strip_prefix(&include)?.display().to_string();
            root.file(&header, &format!("include/{name}"))?;
        }
    }
    for (template, to) in [
        ("ttmem.pc.in", "lib/pkgconfig/ttmem.pc"),
        ("ttmem-static.pc.in", "lib/pkgconfig/ttmem-static.pc"),
        ("ttmemConfig.cmake", "lib/cmake/ttmem/ttmemConfig.cmake"),
        (
            "ttmemConfigVersion.cmake.in",
            "lib/cmake/ttmem/ttmemConfigVersion.cmake",
        ),
        (
            "ttmemTargets.cmake.in",
            "lib/cmake/ttmem/ttmemTargets.cmake",
        ),
    ] {
        let text = sources::text(&capi.join("install").join(template))?;
        root.write(names.fill(&text).as_bytes(), to)?;
    }
    for (shell, to) in [
        ("bash", "share/bash-completion/completions/ttmem"),
        ("zsh", "share/zsh/site-functions/_ttmem"),
        ("fish", "share/fish/vendor_completions.d/ttmem.fish"),
    ] {
        let script = shell::output(Command::new(&ttmem).args(["completions", shell]))?;
        root.write(&script, to)?;
    }
    let pages = root.place("share/man/man1/ttmem.1")?;
    let pages = pages.parent().context("a page lies in a directory")?;
    shell::output(Command::new(&ttmem).arg("man").arg(pages))?;
    for license in ["LICENSE-MIT", "LICENSE-APACHE"] {
        let from = workspace.root().join(license);
        root.file(&from, &format!("share/doc/ttmem/{license}"))?;
    }
    let notices = notices::of(&["ttmem", "ttmem-preload", "ttmem-capi"])?;
    root.write(notices.as_bytes(), "share/doc/ttmem/THIRD-PARTY-NOTICES")?;
    eprintln!(
        "xtask: installed ttmem {} in {}",
        names.version,
        root.0.display()
    );
    // What is packaged is looked for where the package is put, and that is its maker's to know.
    if flags.destdir.is_none() {
        eprintln!("{}", root.how_it_is_found());
    }
    Ok(())
}

/// Builds what is installed and returns where it is.
fn build(workspace: &Workspace, flags: &Flags) -> Result<PathBuf> {
    if !flags.no_build {
        // The libraries by themselves: built with the tool, they would carry what only the tool needs
        // of the packages they share, and programs linked to it with -static would not link.
        for package in ["ttmem", "ttmem-preload", "ttmem-capi"] {
            let arguments = ["build", "--profile", &flags.profile, "--package", package];
            shell::run(&mut workspace.cargo(&arguments))?;
        }
    }
    let directory = match flags.profile.as_str() {
        "dev" => "debug",
        other => other,
    };
    Ok(workspace.target().join(directory))
}

fn names(workspace: &Workspace) -> Result<Names> {
    let packages = &workspace.metadata().packages;
    let capi = packages
        .iter()
        .find(|package| package.name.as_str() == "ttmem-capi");
    let version = &capi.context("there is no package ttmem-capi")?.version;
    Ok(Names {
        version: version.to_string(),
        major: version.major,
        minor: version.minor,
    })
}

/// Where everything goes.
struct Root(PathBuf);

impl Root {
    fn new(flags: &Flags) -> Result<Self> {
        let prefix = std::path::absolute(&flags.prefix)
            .with_context(|| format!("{} is no place", flags.prefix.display()))?;
        Ok(Self(match &flags.destdir {
            None => prefix,
            Some(destdir) => {
                let below = prefix.strip_prefix("/").context("a prefix is absolute")?;
                destdir.join(below)
            }
        }))
    }

    /// The path of `name`, with its directory made and nothing there. Never written over: a program
    /// that runs from an older file goes on running.
    fn place(&self, name: &str) -> Result<PathBuf> {
        let path = self.0.join(name);
        let dir = path.parent().context("a file lies in a directory")?;
        fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
        if path.symlink_metadata().is_ok() {
            fs::remove_file(&path).with_context(|| format!("cannot replace {}", path.display()))?;
        }
        Ok(path)
    }

    fn copy(&self, from: &Path, name: &str, mode: u32) -> Result<()> {
        ensure!(
            from.is_file(),
            "there is no {}: it is not built, or with another profile",
            from.display()
        );
        let to = self.place(name)?;
        let copied = fs::copy(from, &to)
            .and_then(|_| fs::set_permissions(&to, fs::Permissions::from_mode(mode)));
        copied.with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
    }

    fn program(&self, from: &Path, name: &str) -> Result<()> {
        self.copy(from, name, 0o755)
    }

    fn file(&self, from: &Path, name: &str) -> Result<()> {
        self.copy(from, name, 0o644)
    }

    fn write(&self, bytes: &[u8], name: &str) -> Result<()> {
        let path = self.place(name)?;
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))
    }

    /// What is still to be done for compilers and programs to find the libraries here.
    fn how_it_is_found(&self) -> String {
        if ["/usr", "/usr/local"]
            .iter()
            .any(|system| self.0 == Path::new(system))
        {
            return "xtask: now run ldconfig, and programs that are linked to it start".to_owned();
        }
        let lib = self.0.join("lib");
        let lib = lib.display();
        format!(
            "xtask: to build with it: export PKG_CONFIG_PATH={lib}/pkgconfig\n\
             xtask: to run what is linked to it: export LD_LIBRARY_PATH={lib}, or link with \
             -Wl,-rpath,$(pkg-config --variable=libdir ttmem), or take the package ttmem-static"
        )
    }

    fn link(&self, target: &str, name: &str) -> Result<()> {
        let path = self.place(name)?;
        symlink(target, &path).with_context(|| format!("cannot link {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_version_and_what_programs_ask_for_its_first_number() {
        let names = Names {
            version: "2.7.1".to_owned(),
            major: 2,
            minor: 7,
        };
        assert_eq!(
            names.fill("@FILE@ @SONAME@ @VERSION@ @MAJOR@.@MINOR@"),
            "libttmem.so.2.7.1 libttmem.so.2 2.7.1 2.7"
        );
    }

    #[test]
    fn only_a_prefix_of_the_system_is_found_without_being_named() {
        let found = |prefix: &str| Root(prefix.into()).how_it_is_found();
        assert!(found("/usr/local").contains("ldconfig"));
        assert!(!found("/usr/local").contains("LD_LIBRARY_PATH"));
        let own = found("/home/me/.local");
        assert_eq!(own.lines().count(), 2);
        assert!(own.contains("PKG_CONFIG_PATH=/home/me/.local/lib/pkgconfig\n"));
        assert!(own.contains("LD_LIBRARY_PATH=/home/me/.local/lib,"));
    }

    #[test]
    fn a_package_is_made_below_its_destination() {
        let flags = |destdir: Option<&str>| Flags {
            prefix: "/usr".into(),
            destdir: destdir.map(PathBuf::from),
            profile: "dev".to_owned(),
            no_build: true,
        };
        let root = |destdir| Root::new(&flags(destdir)).unwrap().0;
        assert_eq!(root(None), Path::new("/usr"));
        assert_eq!(root(Some("/tmp/package")), Path::new("/tmp/package/usr"));
    }
}

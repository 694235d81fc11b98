//! The runtime and the clusters it can pretend to have.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use support::{binaries, skip, unprompted};

/// Where the rig is kept from one test run to the next; `TTMEM_TTNN_RIG` says otherwise.
fn place() -> PathBuf {
    std::env::var_os("TTMEM_TTNN_RIG").map_or_else(
        || {
            let profile = binaries::artefact_dir();
            profile.parent().unwrap_or(&profile).join("ttnn-rig")
        },
        PathBuf::from,
    )
}

/// A cluster, by the name of its description, and its shape.
#[derive(Clone, Copy)]
pub(crate) struct Cluster {
    pub(crate) name: &'static str,
    pub(crate) shape: &'static str,
    pub(crate) chips: usize,
}

pub(crate) const N150: Cluster = Cluster {
    name: "n150",
    shape: "1x1",
    chips: 1,
};
pub(crate) const N300: Cluster = Cluster {
    name: "n300",
    shape: "1x2",
    chips: 2,
};
/// Blackhole.
pub(crate) const P150: Cluster = Cluster {
    name: "p150",
    shape: "1x1",
    chips: 1,
};
pub(crate) const T3000: Cluster = Cluster {
    name: "t3k",
    shape: "2x4",
    chips: 8,
};
pub(crate) const GALAXY: Cluster = Cluster {
    name: "galaxy",
    shape: "4x8",
    chips: 32,
};

/// The runtime, set up.
pub(crate) struct Rig {
    dir: PathBuf,
}

impl Rig {
    /// A Python that has ttnn, told of the cluster.
    pub(crate) fn python(&self, cluster: Cluster) -> Command {
        let mut command = Command::new(self.dir.join("venv/bin/python"));
        self.tell(&mut command, cluster);
        command
    }

    /// Its path, for wrappers that start it.
    pub(crate) fn interpreter(&self) -> PathBuf {
        self.dir.join("venv/bin/python")
    }

    /// Sets what the runtime needs to know.
    pub(crate) fn tell(&self, command: &mut Command, cluster: Cluster) {
        let description = format!("clusters/{}.yaml", cluster.name);
        unprompted(command)
            .env(
                "TT_METAL_MOCK_CLUSTER_DESC_PATH",
                self.dir.join(description),
            )
            .env("TT_METAL_SLOW_DISPATCH_MODE", "1")
            .env("TT_METAL_CACHE", self.dir.join("cache"))
            .env("TT_METAL_LOGS_PATH", self.dir.join("logs"))
            .env("TT_LOGGER_LEVEL", "error")
            .env("LOGURU_LEVEL", "WARNING")
            // MPI and the runtime's own tracker would leave files in /dev/shm behind.
            .env("OMPI_MCA_btl", "self")
            .env("TT_METAL_SHM_TRACKING_DISABLED", "1")
            .env("TTMEM_TEST_MESH", cluster.shape);
    }
}

/// The directory of the scripts.
pub(crate) fn scripts() -> PathBuf {
    binaries::workspace().join("tests/ttnn")
}

/// The runtime, or none where this machine cannot have it (said, and counted as a skip).
pub(crate) fn rig() -> Option<&'static Rig> {
    static RIG: OnceLock<Result<Rig, String>> = OnceLock::new();
    match RIG.get_or_init(|| set_up(&place())) {
        Ok(rig) => Some(rig),
        Err(reason) => {
            skip(reason);
            None
        }
    }
}

fn set_up(dir: &Path) -> Result<Rig, String> {
    let output = Command::new(scripts().join("setup.sh"))
        .arg(dir)
        .env_remove("LD_PRELOAD")
        .output()
        .map_err(|error| format!("setup.sh could not be started: {error}"))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    let last = complaint.lines().last().unwrap_or("it gave no reason");
    match output.status.code() {
        Some(0) => Ok(Rig {
            dir: dir.to_path_buf(),
        }),
        Some(3) => Err(last.to_owned()),
        _ => panic!("setup.sh {} failed: {complaint}", dir.display()),
    }
}

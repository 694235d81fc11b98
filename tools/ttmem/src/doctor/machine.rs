//! The processes of this machine that have to do with Tenstorrent devices.

use super::program::Program;
use procfs::ProcError;
use procfs::process::{Process, all_processes};
use std::fs;
use std::path::{Path, PathBuf};

/// Flag of a thread of the kernel in `/proc/PID/stat`.
const PF_KTHREAD: u32 = 0x0020_0000;

/// What was found out about the processes of this machine.
#[derive(Debug, Default)]
pub(crate) struct Machine {
    /// Names of the devices, empty if there are none.
    pub(crate) devices: Vec<String>,
    /// Where they are.
    pub(crate) device_directory: PathBuf,
    /// Processes that have a device open or the runtime loaded, and those that were asked for.
    pub(crate) programs: Vec<Program>,
    /// Processes whose open files could be seen.
    pub(crate) looked_into: u64,
    /// Processes whose open files could not be seen.
    pub(crate) closed: u64,
    /// Processes that were asked for and are not there.
    pub(crate) missing: Vec<u32>,
    /// Why nothing at all could be found out.
    pub(crate) blind: Option<String>,
}

impl Machine {
    /// Looks at every process, or those asked for.
    pub(crate) fn look(devices: &Path, pids: &[u32]) -> Self {
        let device_directory = devices
            .canonicalize()
            .unwrap_or_else(|_| devices.to_owned());
        let mut machine = Self {
            devices: names(&device_directory),
            device_directory,
            missing: pids.to_vec(),
            ..Self::default()
        };
        let processes = match all_processes() {
            Ok(processes) => processes,
            Err(error) => {
                machine.blind = Some(error.to_string());
                return machine;
            }
        };
        // One that ends meanwhile is an error of its own, and nobody's loss.
        for process in processes.flatten() {
            let Ok(pid) = u32::try_from(process.pid) else {
                continue;
            };
            if pid != std::process::id() && (pids.is_empty() || pids.contains(&pid)) {
                machine.missing.retain(|one| *one != pid);
                machine.add(&process, pids.contains(&pid));
            }
        }
        machine
    }

    fn add(&mut self, process: &Process, asked_for: bool) {
        match Program::of(process, &self.device_directory) {
            Ok(program) => {
                self.looked_into += 1;
                if asked_for || program.is_of_tenstorrent() {
                    self.programs.push(program);
                }
            }
            Err(ProcError::PermissionDenied(_)) if !is_of_the_kernel(process) => self.closed += 1,
            Err(_) => {}
        }
    }
}

fn is_of_the_kernel(process: &Process) -> bool {
    process
        .stat()
        .is_ok_and(|stat| stat.flags & PF_KTHREAD != 0)
}

/// Devices, in order.
fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries
        // A directory there has other names of the same devices.
        .filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_dir()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

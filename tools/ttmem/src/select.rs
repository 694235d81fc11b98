//! Filters: which devices, processes, users and buffer types a command looks at.

use clap::Args;
use ttmem_layout::{BufferType, ChipSet, MAX_CHIPS};
use ttmem_reader::Identity;

/// The filters every command shares. Each names what is wanted; without it, everything is.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Select {
    /// Only these devices, as the runtime numbers them, e.g. 0,3-7
    #[arg(short = 'D', long = "device", value_name = "LIST", value_parser = parse_chips)]
    pub(crate) devices: Vec<ChipSet>,
    /// Only these processes
    #[arg(short = 'p', long = "pid", value_name = "PID", value_delimiter = ',')]
    pub(crate) pids: Vec<u32>,
    /// Only processes of these users, by name or number
    #[arg(short = 'u', long = "user", value_name = "USER", value_delimiter = ',')]
    pub(crate) users: Vec<String>,
    /// Only these buffer types: dram, l1, system_memory, l1_small, trace, cb, kernel
    #[arg(short = 't', long = "type", value_name = "TYPE", value_delimiter = ',',
          value_parser = parse_type)]
    pub(crate) types: Vec<BufferType>,
}

impl Select {
    /// The chips asked for; every chip if none was named.
    pub(crate) fn chips(&self) -> ChipSet {
        if self.devices.is_empty() {
            return ChipSet(u64::MAX);
        }
        self.devices
            .iter()
            .fold(ChipSet::EMPTY, |all, set| all.or(*set))
    }

    /// Whether a process is asked for.
    pub(crate) fn wants_process(&self, identity: &Identity) -> bool {
        self.wants_pid(identity.pid) && self.wants_user(&identity.user, identity.uid)
    }

    /// Whether a process of this number is asked for.
    pub(crate) fn wants_pid(&self, pid: u32) -> bool {
        self.pids.is_empty() || self.pids.contains(&pid)
    }

    /// Whether a user is asked for.
    pub(crate) fn wants_user(&self, name: &str, uid: u32) -> bool {
        self.users.is_empty()
            || self
                .users
                .iter()
                .any(|user| user == name || user.parse() == Ok(uid))
    }

    /// Whether nothing is left out.
    pub(crate) const fn is_all(&self) -> bool {
        self.devices.is_empty()
            && self.pids.is_empty()
            && self.users.is_empty()
            && self.types.is_empty()
    }

    /// Whether a buffer type is asked for.
    pub(crate) fn wants_type(&self, buffer_type: BufferType) -> bool {
        self.types.is_empty() || self.types.contains(&buffer_type)
    }
}

/// Reads `0,3-7`.
pub(crate) fn parse_chips(text: &str) -> Result<ChipSet, String> {
    let number = |text: &str| {
        text.trim()
            .parse::<u32>()
            .ok()
            .filter(|chip| (*chip as usize) < MAX_CHIPS)
            .ok_or_else(|| format!("'{text}' is no device: write numbers from 0 to 63 like 0,3-7"))
    };
    text.split(',').try_fold(ChipSet::EMPTY, |chips, part| {
        let (first, last) = match part.split_once('-') {
            Some((first, last)) => (number(first)?, number(last)?),
            None => (number(part)?, number(part)?),
        };
        if first > last {
            return Err(format!("'{part}' runs backwards"));
        }
        Ok((first..=last)
            .filter_map(ChipSet::of)
            .fold(chips, ChipSet::or))
    })
}

/// Reads the name of a buffer type in any case, with `_` or `-`.
fn parse_type(text: &str) -> Result<BufferType, String> {
    let wanted = text.trim().replace('-', "_");
    let found = BufferType::ALL
        .into_iter()
        .find(|kind| kind.name().eq_ignore_ascii_case(&wanted));
    found.ok_or_else(|| {
        let names: Vec<_> = BufferType::ALL.iter().map(|kind| kind.name()).collect();
        format!("'{text}' is no buffer type; there are {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_lists_take_numbers_and_ranges() {
        assert_eq!(parse_chips("0,3-7"), Ok(ChipSet(0b1111_1001)));
        assert_eq!(parse_chips("63"), Ok(ChipSet(1 << 63)));
        assert!(parse_chips("64").is_err());
        assert!(parse_chips("7-3").is_err());
        assert!(parse_chips("").is_err());
        assert!(parse_chips("n300").is_err());
    }

    #[test]
    fn types_are_read_in_any_case() {
        assert_eq!(parse_type("l1"), Ok(BufferType::L1));
        assert_eq!(parse_type("l1-small"), Ok(BufferType::L1Small));
        assert!(parse_type("sram").is_err());
    }

    #[test]
    fn several_lists_add_up() {
        let select = Select {
            devices: vec![ChipSet(1), ChipSet(0b1000)],
            ..Select::default()
        };
        assert_eq!(select.chips(), ChipSet(0b1001));
        assert_eq!(Select::default().chips(), ChipSet(u64::MAX));
    }
}

//! x
use super::check::Check;
pub(crate) fn selftest(_dir: &std::path::Path) -> anyhow::Result<Check> {
    Ok(Check::ok("selftest", ""))
}

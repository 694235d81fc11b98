//! Names of saved files that nobody was asked for.

/// `20261120T120000Z-tt01.ttmem`: by time in a listing. Of `whose` it keeps what is safe in the name of a
/// file: a segment may claim to come from any host.
pub(crate) fn file_name(time_ns: i64, whose: &str) -> String {
    let moment = jiff::Timestamp::from_second(time_ns.div_euclid(1_000_000_000));
    let moment = moment.unwrap_or_default().strftime("%Y%m%dT%H%M%SZ");
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let whose: String = whose
        .chars()
        .map(|c| if safe(c) { c } else { '_' })
        .collect();
    format!("{moment}-{whose}.ttmem")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample::NOW;

    #[test]
    fn it_stays_in_its_directory() {
        let name = file_name(NOW, "../../tt 01\n");
        assert_eq!(name, "20261120T120000Z-.._.._tt_01_.ttmem");
    }
}

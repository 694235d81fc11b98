//! The order of a sorted list as numbers: a hundred thousand of them are put in order quickly.

use crate::value::Value;
use ttmem_layout::ChipSet;

/// Behind everything that is known.
const LAST: u64 = u64::MAX;

/// A number that rises in the order of [`Value::order`]; of words the first eight bytes decide.
pub(super) fn rank(value: &Value<'_>) -> u64 {
    match value {
        Value::Bytes(amount) | Value::Count(amount) => (!amount).min(LAST - 1),
        Value::BytesChange(change) | Value::CountChange(change) => !((*change as u64) ^ (1 << 63)),
        Value::Seconds(amount) | Value::Percent(amount) => !of_float(*amount),
        Value::Number(number) | Value::Hex(number) => *number,
        Value::Time(moment) => (*moment as u64) ^ (1 << 63),
        Value::Flag(flag) => u64::from(*flag),
        Value::Text(text) => {
            let mut first = [0; 8];
            for (to, from) in first.iter_mut().zip(text.bytes()) {
                *to = from;
            }
            u64::from_be_bytes(first)
        }
        Value::Chips(ChipSet(chips)) => {
            u64::from(chips.trailing_zeros()) << 32 | u64::from(chips.count_ones())
        }
        Value::List(_) | Value::Group(_) => 0,
        Value::Unknown => LAST,
    }
}

/// Rises with the number.
fn of_float(number: f64) -> u64 {
    let bits = number.to_bits();
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Ordering;

    #[test]
    fn ranks_are_in_the_order_of_the_values() {
        let lists = [
            vec![
                Value::Bytes(9),
                Value::Bytes(3),
                Value::Bytes(0),
                Value::Unknown,
            ],
            vec![
                Value::Seconds(2.5),
                Value::Seconds(0.0),
                Value::Seconds(-1.0),
            ],
            vec![Value::Number(1), Value::Number(7), Value::Unknown],
            vec![Value::Time(-5), Value::Time(0), Value::Time(8)],
            vec![Value::words("CB"), Value::words("DRAM"), Value::words("L1")],
            vec![
                Value::Chips(ChipSet(0b1)),
                Value::Chips(ChipSet(0b11)),
                Value::Chips(ChipSet(0b10)),
            ],
        ];
        for list in lists {
            for pair in list.windows(2) {
                assert_eq!(pair[0].order(&pair[1]), Ordering::Less, "{pair:?}");
                assert!(rank(&pair[0]) < rank(&pair[1]), "{pair:?}");
            }
        }
    }
}

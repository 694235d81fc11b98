//! Colours and signs. Colour only ever repeats what a sign or a word says, so that it can be left out.

use ratatui::style::{Color, Modifier, Style};
use ttmem_layout::BufferType;

/// What to draw with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Theme {
    /// Whether there are colours.
    pub(crate) colored: bool,
    /// The signs.
    pub(super) signs: &'static Signs,
}

/// Signs that a terminal without Unicode has to do without.
#[derive(Debug)]
pub(super) struct Signs {
    /// Buffers, circular buffers, kernels, nothing, in a bar.
    pub(super) buffers: char,
    pub(super) cb: char,
    pub(super) kernel: char,
    pub(super) free: char,
    /// Of a capacity that is not known.
    pub(super) unknown: char,
    /// From little to much.
    pub(super) levels: [char; 8],
    /// Beside the word dead.
    pub(super) dead: &'static str,
    pub(super) exact: &'static str,
    pub(super) down: &'static str,
    pub(super) up: &'static str,
    pub(super) cursor: &'static str,
    pub(super) more: &'static str,
}

const UNICODE: Signs = Signs {
    buffers: '█',
    cb: '▒',
    kernel: '≡',
    free: '·',
    unknown: '-',
    levels: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
    dead: "†",
    exact: "exact ✓",
    down: "▾",
    up: "▴",
    cursor: "›",
    more: "…",
};

const ASCII: Signs = Signs {
    buffers: '#',
    cb: 'c',
    kernel: 'k',
    free: '.',
    unknown: '-',
    levels: ['_', '.', ':', '-', '=', '+', '*', '#'],
    dead: "+",
    exact: "exact",
    down: "v",
    up: "^",
    cursor: ">",
    more: "~",
};

// The palette of Okabe and Ito, which the colour-blind can tell apart, in the nearest of the 256 colours
// that most terminals have.
const ORANGE: Color = Color::Indexed(214);
const SKY_BLUE: Color = Color::Indexed(74);
const GREEN: Color = Color::Indexed(36);
const VERMILION: Color = Color::Indexed(166);
const PURPLE: Color = Color::Indexed(175);

impl Theme {
    /// Signs of Unicode or of ASCII, with colours or without.
    pub(crate) const fn new(colored: bool, ascii: bool) -> Self {
        Self {
            colored,
            signs: if ascii { &ASCII } else { &UNICODE },
        }
    }

    const fn color(&self, color: Color) -> Style {
        if self.colored {
            Style::new().fg(color)
        } else {
            Style::new()
        }
    }

    /// What needs attention.
    pub(super) const fn alarm(&self) -> Style {
        self.color(VERMILION).add_modifier(Modifier::BOLD)
    }

    /// What is as it should be.
    pub(super) const fn fine(&self) -> Style {
        self.color(GREEN)
    }

    /// What is beside the point.
    pub(super) const fn faint(&self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// Headings.
    pub(super) const fn heading(&self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// What is chosen.
    pub(super) const fn chosen(&self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// Of what lies in memory of this type.
    pub(super) const fn of_type(&self, buffer_type: BufferType) -> Style {
        match buffer_type {
            BufferType::Dram | BufferType::Trace => self.color(GREEN),
            BufferType::L1 | BufferType::L1Small => self.color(SKY_BLUE),
            BufferType::Cb => self.color(ORANGE),
            BufferType::Kernel => self.color(PURPLE),
            BufferType::SystemMemory => Style::new(),
        }
    }
}

/// Whether the locale says that the terminal understands UTF-8: the first of these that is set decides.
pub(crate) fn locale_is_utf8(variable: impl Fn(&str) -> Option<String>) -> bool {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"];
    let set = |name| variable(name).filter(|value| !value.is_empty());
    names.into_iter().find_map(set).is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase().replace('-', "");
        locale.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_variable_that_is_set_decides() {
        let locale = |all: &'static str, lang: &'static str| {
            locale_is_utf8(move |name| match name {
                "LC_ALL" => Some(all.to_owned()),
                "LANG" => Some(lang.to_owned()),
                _ => None,
            })
        };
        assert!(locale("", "de_AT.UTF-8"));
        assert!(locale("C.utf8", "C"));
        assert!(!locale("C", "en_GB.UTF-8"));
        assert!(!locale("", ""));
    }
}

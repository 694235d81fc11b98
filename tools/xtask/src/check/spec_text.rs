//! Reading the pages of the spec: which fields they tell, and which numbers they name.

/// One field as a page tells it.
#[derive(Debug)]
pub(crate) struct Told {
    /// The heading above it, or the struct its paragraph begins with.
    pub(crate) subject: String,
    pub(crate) offset: usize,
    pub(crate) size: usize,
    pub(crate) field: String,
}

impl Told {
    /// Whether it is told of this struct: its subject has the name as a word, or the plural of it.
    pub(crate) fn is_about(&self, name: &str) -> bool {
        self.subject
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| {
                word.trim_end_matches('s')
                    .eq_ignore_ascii_case(name.trim_end_matches('s'))
            })
    }
}

/// Every field that a page tells, in a table or in a paragraph.
pub(crate) fn told_fields(page: &str) -> Vec<Told> {
    let mut told = Vec::new();
    let mut heading = "";
    let mut paragraph = String::new();
    let mut fenced = false;
    for line in page.lines().map(str::trim).chain([""]) {
        fenced ^= line.starts_with("```");
        if fenced {
            continue;
        }
        let prose = !line.is_empty() && !line.starts_with(['#', '|']);
        if !prose || struct_named(line).is_some() {
            told.extend(in_paragraph(&std::mem::take(&mut paragraph)));
        }
        if prose {
            paragraph.push_str(line);
            paragraph.push(' ');
        } else if line.starts_with('#') {
            heading = line.trim_start_matches('#').trim();
        } else {
            told.extend(in_row(heading, line));
        }
    }
    told
}

/// `| offset | size | field | … |`
fn in_row(heading: &str, line: &str) -> Option<Told> {
    let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
    let (offset, size) = (cells.next()?.parse().ok()?, product(cells.next()?)?);
    let field = cells.next()?.trim_matches('`').to_owned();
    Some(Told {
        subject: heading.to_owned(),
        offset,
        size,
        field,
    })
}

/// `Record (64 bytes): …` names Record.
fn struct_named(line: &str) -> Option<&str> {
    let (name, rest) = line.split_once(" (")?;
    let (size, _) = rest.split_once(" bytes):")?;
    let is_name = name.chars().all(char::is_alphanumeric) && size.parse::<usize>().is_ok();
    is_name.then_some(name)
}

/// `Record (64 bytes): offset 0 `sequence` (8), 8 `ticks` (8), …`
fn in_paragraph(text: &str) -> Vec<Told> {
    let Some(subject) = struct_named(text) else {
        return Vec::new();
    };
    let parts = text
        .split_once(':')
        .map_or("", |(_, fields)| fields)
        .split(',');
    parts.filter_map(|part| one_field(subject, part)).collect()
}

/// ` 8 `ticks` (8`
fn one_field(subject: &str, part: &str) -> Option<Told> {
    let (before, rest) = part.split_once('`')?;
    let (field, rest) = rest.split_once('`')?;
    let offset = before.split_whitespace().last()?.parse().ok()?;
    let size = rest.trim_start().strip_prefix('(')?;
    let size = product(size.split(')').next()?)?;
    Some(Told {
        subject: subject.to_owned(),
        offset,
        size,
        field: field.to_owned(),
    })
}

/// `48`, or `8 × 8`.
fn product(text: &str) -> Option<usize> {
    text.split('×')
        .map(|factor| factor.trim().parse::<usize>().ok())
        .product()
}

/// Whether a page has a table row with this number and this name, or says `number name`.
pub(crate) fn says(page: &str, number: usize, name: &str) -> bool {
    let plain = page.replace('`', "");
    let words: Vec<&str> = plain.split_whitespace().collect();
    let number = number.to_string();
    let in_prose = words.windows(1 + name.split(' ').count()).any(|window| {
        let last = window.len() - 1;
        window[0] == number
            && window[1..last]
                .iter()
                .copied()
                .eq(name.split(' ').take(last - 1))
            && bare(window[last]) == name.rsplit(' ').next().unwrap_or(name)
    });
    in_prose
        || plain
            .lines()
            .filter(|line| line.starts_with('|'))
            .any(|line| {
                let cells: Vec<&str> = line.split('|').map(str::trim).collect();
                cells.contains(&number.as_str()) && cells.contains(&name)
            })
}

/// A word without the punctuation after it.
fn bare(word: &str) -> &str {
    word.trim_end_matches([',', '.', ';', ':', ')'])
}

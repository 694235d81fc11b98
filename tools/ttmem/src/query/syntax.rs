//! The grammar of queries.
//!
//! ```text
//! query    = all { ("||" | "or") all }
//! all      = operand { ("&&" | "and") operand }
//! operand  = { "!" | "not" } ( "(" query ")" | test )
//! test     = field [ operator word | "in" list ]
//! list     = word { "," word }, in parentheses or not
//! ```

use super::mark::marked;
use super::tree::{Clause, Operator, Test, Word};
use winnow::ascii::{Caseless, multispace0};
use winnow::combinator::{
    alt, cut_err, delimited, eof, fail, not, opt, preceded, repeat, separated, terminated,
};
use winnow::error::{ContextError, StrContext};
use winnow::prelude::*;
use winnow::stream::{LocatingSlice, Stateful};
use winnow::token::{one_of, take_till, take_while};

/// Parentheses within parentheses: more than anybody means, and fewer than a stack holds.
const DEEPEST: usize = 64;

/// A query with the number of parentheses that are open.
type Input<'text> = Stateful<LocatingSlice<&'text str>, usize>;

/// Takes a query apart.
pub(super) fn parse(text: &str) -> Result<Clause, String> {
    let input = Input {
        input: LocatingSlice::new(text),
        state: 0,
    };
    let end = eof.context(expected(
        "this does not follow: compare with ==, !=, <, >, ~ or in, join with && or ||",
    ));
    let mut query = delimited(multispace0, any, cut_err(end));
    query.parse(input).map_err(|error| {
        let at = error.offset();
        let sentence = error.inner().context().find_map(|context| match context {
            StrContext::Label(sentence) => Some(*sentence),
            StrContext::Expected(_) => None,
            _ => None,
        });
        marked(sentence.unwrap_or("this makes no sense"), text, at..at)
    })
}

const fn expected(sentence: &'static str) -> StrContext {
    StrContext::Label(sentence)
}

fn any(input: &mut Input<'_>) -> ModalResult<Clause> {
    separated(1.., all, token(alt(("||", keyword("or")))))
        .map(|clauses: Vec<_>| one_or(clauses, Clause::Any))
        .parse_next(input)
}

fn all(input: &mut Input<'_>) -> ModalResult<Clause> {
    separated(1.., cut_err(operand), token(alt(("&&", keyword("and")))))
        .map(|clauses: Vec<_>| one_or(clauses, Clause::All))
        .parse_next(input)
}

fn one_or(mut clauses: Vec<Clause>, many: impl Fn(Vec<Clause>) -> Clause) -> Clause {
    match clauses.len() {
        1 => clauses.remove(0),
        _ => many(clauses),
    }
}

fn operand(input: &mut Input<'_>) -> ModalResult<Clause> {
    let negation = token(alt(("!", keyword("not"))));
    let negated: bool = repeat(0.., negation)
        .fold(|| false, |negated, _| !negated)
        .parse_next(input)?;
    let clause = if opt(token("(")).parse_next(input)?.is_some() {
        enclosed(input)?
    } else {
        Clause::Test(test(input)?)
    };
    Ok(if negated {
        Clause::Not(Box::new(clause))
    } else {
        clause
    })
}

fn enclosed(input: &mut Input<'_>) -> ModalResult<Clause> {
    if input.state == DEEPEST {
        return fail
            .context(expected("too many parentheses within each other"))
            .parse_next(input);
    }
    input.state += 1;
    let clause = any(input)?;
    token(")")
        .context(expected("a closing parenthesis is missing here"))
        .parse_next(input)?;
    input.state -= 1;
    Ok(clause)
}

fn test(input: &mut Input<'_>) -> ModalResult<Test> {
    let field = token(field).parse_next(input)?;
    let (operator, wanted) = if opt(token(keyword("in"))).parse_next(input)?.is_some() {
        (Operator::Is, list(input)?)
    } else if let Some(operator) = opt(token(operator)).parse_next(input)? {
        (operator, vec![cut_err(value).parse_next(input)?])
    } else {
        (Operator::Holds, Vec::new())
    };
    Ok(Test {
        field,
        operator,
        wanted,
    })
}

fn field(input: &mut Input<'_>) -> ModalResult<Word> {
    let name = take_while(1.., |letter| is_wordy(letter) || letter == '.');
    preceded(not(reserved), name)
        .with_span()
        .map(|(text, place): (&str, _)| Word {
            text: text.to_owned(),
            quoted: false,
            place,
        })
        .context(expected("the name of a field is missing here"))
        .parse_next(input)
}

fn operator(input: &mut Input<'_>) -> ModalResult<Operator> {
    alt((
        "==".value(Operator::Is),
        "!=".value(Operator::IsNot),
        "!~".value(Operator::ContainsNot),
        "<=".value(Operator::AtMost),
        ">=".value(Operator::AtLeast),
        "<".value(Operator::Less),
        ">".value(Operator::More),
        "=".value(Operator::Is),
        "~".value(Operator::Contains),
    ))
    .parse_next(input)
}

fn list(input: &mut Input<'_>) -> ModalResult<Vec<Word>> {
    let values = || separated(1.., cut_err(value), token(","));
    let close = token(")").context(expected("a closing parenthesis is missing here"));
    alt((delimited(token("("), values(), cut_err(close)), values())).parse_next(input)
}

fn value(input: &mut Input<'_>) -> ModalResult<Word> {
    token(alt((quoted, bare)))
        .context(expected("a value is missing here"))
        .parse_next(input)
}

fn quoted(input: &mut Input<'_>) -> ModalResult<Word> {
    let (quote, mut place) = one_of(['\'', '"']).with_span().parse_next(input)?;
    let text: &str = take_till(0.., quote).parse_next(input)?;
    let (_, end) = cut_err(quote.with_span())
        .context(expected("the closing quotation mark is missing here"))
        .parse_next(input)?;
    place.end = end.end;
    Ok(Word {
        text: text.to_owned(),
        quoted: true,
        place,
    })
}

fn bare(input: &mut Input<'_>) -> ModalResult<Word> {
    let plain = |letter: char| !letter.is_whitespace() && !"()&|,'\"<>=~!".contains(letter);
    preceded(not(reserved), take_while(1.., plain))
        .with_span()
        .map(|(text, place): (&str, _)| Word {
            text: text.to_owned(),
            quoted: false,
            place,
        })
        .parse_next(input)
}

fn is_wordy(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// The words of the language itself.
fn reserved<'text>(input: &mut Input<'text>) -> ModalResult<&'text str> {
    alt((keyword("and"), keyword("or"), keyword("not"), keyword("in"))).parse_next(input)
}

/// A word of the language, in any case, and not the beginning of a longer one.
fn keyword<'text>(word: &'static str) -> impl ModalParser<Input<'text>, &'text str, ContextError> {
    terminated(Caseless(word), not(one_of(is_wordy)))
}

/// Something with the blanks behind it.
fn token<'text, O>(
    parser: impl ModalParser<Input<'text>, O, ContextError>,
) -> impl ModalParser<Input<'text>, O, ContextError> {
    terminated(parser, multispace0)
}

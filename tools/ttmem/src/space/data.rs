//! Pictures with their pieces, for programs.

use super::figures::{PICTURE, PIECE};
use super::{Picture, Piece};
use crate::fields::{HOST, group};
use crate::output::json::Row;
use crate::output::{csv, json};
use crate::view::Host;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::io::{self, Write};

/// Writes one document.
pub(crate) fn document(out: &mut impl Write, host: &Host, pictures: &[Picture]) -> io::Result<()> {
    json::pretty(out, &Document { host, pictures })
}

/// Writes one object a line: the host, then each picture and behind it its pieces.
pub(crate) fn lines(out: &mut impl Write, host: &Host, pictures: &[Picture]) -> io::Result<()> {
    json::row(out, "host", HOST, host)?;
    for picture in pictures {
        json::row(out, "map", PICTURE, picture)?;
        for piece in picture.listed() {
            json::row(out, "piece", PIECE, piece)?;
        }
        for piece in picture.going() {
            json::row(out, "to_go", PIECE, piece)?;
        }
    }
    Ok(())
}

/// Writes the pieces as one table.
pub(crate) fn table(out: &mut impl Write, pictures: &[Picture]) -> io::Result<()> {
    let pieces: Vec<Piece> = pictures
        .iter()
        .flat_map(|picture| picture.listed().iter().cloned())
        .collect();
    csv::table(out, PIECE, &pieces)
}

/// Made as it is written: a picture may have a hundred thousand pieces.
struct Document<'a> {
    host: &'a Host,
    pictures: &'a [Picture],
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in group(HOST, self.host) {
            map.serialize_entry(name, &value)?;
        }
        let maps: Vec<_> = self.pictures.iter().map(Map).collect();
        map.serialize_entry("maps", &maps)?;
        map.end()
    }
}

/// A picture with its pieces.
struct Map<'a>(&'a Picture);

impl Serialize for Map<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(picture) = self;
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in group(PICTURE, *picture) {
            map.serialize_entry(name, &value)?;
        }
        let row = |thing| Row {
            object: None,
            fields: PIECE,
            thing,
        };
        let pieces: Vec<_> = picture.listed().iter().map(row).collect();
        map.serialize_entry("pieces", &pieces)?;
        let going: Vec<_> = picture.going().map(row).collect();
        map.serialize_entry("to_go", &going)?;
        map.end()
    }
}

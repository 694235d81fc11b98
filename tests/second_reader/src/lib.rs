//! A second, independent reader of ttmem segments.

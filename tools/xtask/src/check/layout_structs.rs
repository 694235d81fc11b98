//! The structs of a segment, read from `crates/layout`: fields, offsets, sizes.

use crate::sources;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::collections::HashMap;
use syn::{Expr, Fields, Item, ItemStruct, Lit, Type};

/// One struct that lies in segments.
pub(crate) struct LayoutStruct {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) fields: Vec<Field>,
    /// Whether its file asserts its size.
    pub(crate) size_asserted: bool,
}

/// One field; padding-free by zerocopy's derive, so each starts where the one before ends.
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) offset: usize,
    pub(crate) size: usize,
}

/// All structs that derive `IntoBytes`, except those that are one transparent field.
pub(crate) fn read(workspace: &Workspace) -> Result<Vec<LayoutStruct>> {
    let dir = workspace.root().join("crates/layout/src");
    let mut crate_items = CrateItems::default();
    let mut places = Vec::new();
    for path in sources::with_extension(&dir, "rs")? {
        let text = sources::text(&path)?;
        let file = syn::parse_file(&text).with_context(|| format!("{}", path.display()))?;
        let shown = path
            .strip_prefix(workspace.root())
            .unwrap_or(&path)
            .display()
            .to_string();
        for item in file.items {
            match item {
                Item::Const(item) => {
                    crate_items
                        .consts
                        .insert(item.ident.to_string(), *item.expr);
                }
                Item::Struct(item) if derives_bytes(&item) => {
                    let name = item.ident.to_string();
                    let size_asserted = text.contains(&format!("size_of::<{name}>() =="));
                    places.push((name.clone(), shown.clone(), size_asserted));
                    crate_items.structs.insert(name, item);
                }
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    for (name, file, size_asserted) in places {
        let Fields::Named(named) = &crate_items.structs[&name].fields else {
            continue;
        };
        let mut fields = Vec::new();
        let mut offset = 0;
        for field in &named.named {
            let size = crate_items
                .size(&field.ty)
                .with_context(|| format!("{file}: {name}"))?;
            let field = field
                .ident
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            fields.push(Field {
                name: field,
                offset,
                size,
            });
            offset += size;
        }
        found.push(LayoutStruct {
            name,
            file,
            fields,
            size_asserted,
        });
    }
    Ok(found)
}

fn derives_bytes(item: &ItemStruct) -> bool {
    item.attrs.iter().any(|attribute| {
        let mut found = false;
        // An attribute that is no list of paths is no derive.
        let _ = attribute.path().is_ident("derive").then(|| {
            attribute.parse_nested_meta(|meta| {
                found |= meta.path.is_ident("IntoBytes");
                Ok(())
            })
        });
        found
    })
}

#[derive(Default)]
struct CrateItems {
    consts: HashMap<String, Expr>,
    structs: HashMap<String, ItemStruct>,
}

impl CrateItems {
    fn size(&self, ty: &Type) -> Result<usize> {
        match ty {
            Type::Array(array) => Ok(self.size(&array.elem)? * self.number(&array.len)?),
            Type::Path(path) => {
                let name = path.path.segments.last().map(|s| s.ident.to_string());
                match name.as_deref().unwrap_or_default() {
                    "u8" | "i8" => Ok(1),
                    "u16" | "i16" => Ok(2),
                    "u32" | "i32" => Ok(4),
                    "u64" | "i64" => Ok(8),
                    other => match self.structs.get(other) {
                        Some(item) => item.fields.iter().map(|field| self.size(&field.ty)).sum(),
                        None => bail!("no known size for a field of type {other}"),
                    },
                }
            }
            _ => bail!("no known size for a field that is neither an array nor a named type"),
        }
    }

    fn number(&self, expr: &Expr) -> Result<usize> {
        match expr {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Int(number) => Ok(number.base10_parse()?),
                _ => bail!("an array's length is not a number"),
            },
            Expr::Path(path) => {
                let name = path.path.segments.last().map(|s| s.ident.to_string());
                let name = name.unwrap_or_default();
                self.number(
                    self.consts
                        .get(&name)
                        .with_context(|| format!("no constant {name}"))?,
                )
            }
            Expr::Binary(binary) => {
                let (left, right) = (self.number(&binary.left)?, self.number(&binary.right)?);
                match binary.op {
                    syn::BinOp::Add(_) => Ok(left + right),
                    syn::BinOp::Mul(_) => Ok(left * right),
                    _ => bail!("an array's length is computed in a way not known here"),
                }
            }
            _ => bail!("an array's length is computed in a way not known here"),
        }
    }
}

//! Rust names for SQL names.

use std::collections::BTreeSet;

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::naming::LONGEST_NAME;

use crate::case::{RenameRule, snake_case};

/// Keywords of any edition.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield", "crate", "self", "super", "Self",
];
/// Those that cannot be raw identifiers.
const NEVER_RAW: [&str; 4] = ["crate", "self", "super", "Self"];

/// Words of which there are many without an `s` at the end.
const IRREGULAR: [&str; 5] = ["children", "feet", "men", "people", "women"];

/// Names that the written source uses for something else.
const RESERVED: [&str; 19] = [
    "Box",
    "DateTime",
    "Decimal",
    "Enum",
    "Err",
    "NaiveDate",
    "NaiveDateTime",
    "NaiveTime",
    "None",
    "Ok",
    "Option",
    "Self",
    "Some",
    "String",
    "Table",
    "Utc",
    "Uuid",
    "Value",
    "Vec",
];

/// A field for a column, unlike those that are taken.
pub(crate) fn field(column: &str, taken: &mut BTreeSet<String>) -> String {
    let is_plain = column
        .chars()
        .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    let base = if is_plain && !column.trim_matches('_').is_empty() {
        column.to_owned()
    } else {
        snake_case(column)
    };
    let base = match base.chars().next() {
        Some(first) if first.is_numeric() => format!("_{base}"),
        _ => base,
    };
    let base = if NEVER_RAW.contains(&base.as_str()) {
        format!("{base}_")
    } else if KEYWORDS.contains(&base.as_str()) || is_identifier(&base) {
        base
    } else {
        "column".to_owned()
    };
    let name = untaken(base, taken);
    if KEYWORDS.contains(&name.as_str()) {
        format!("r#{name}")
    } else {
        name
    }
}

/// Whether a field gives the column its name by itself. Rust may spell letters beyond ASCII in
/// another normal form than the database.
pub(crate) fn gives(field: &str, column: &str) -> bool {
    column.is_ascii() && field.strip_prefix("r#").unwrap_or(field) == column
}

/// A struct, enum or variant, unlike those that are taken.
pub(crate) fn upper_camel(name: &str, otherwise: &str, taken: &mut BTreeSet<String>) -> String {
    let mut base = RenameRule::PascalCase.apply(name);
    if base.starts_with(char::is_numeric) {
        base = format!("{otherwise}{base}");
    }
    if !is_identifier(&base) && base != "Self" {
        otherwise.clone_into(&mut base);
    }
    untaken(base, taken)
}

/// What one row of a table is called: the last word of the name in the singular.
pub(crate) fn singular(table: &str) -> String {
    let word = table
        .rsplit(|letter: char| !letter.is_alphanumeric())
        .next();
    let word = word.unwrap_or_default();
    let before = table.strip_suffix(word).unwrap_or_default();
    // Short words are mostly abbreviations, and `is` ends words that are no plural.
    let is_many = word.len() > 3
        && word.is_ascii()
        && (word.ends_with('s') || IRREGULAR.contains(&word))
        && !["ss", "us", "is"].iter().any(|end| word.ends_with(end));
    let one = match word {
        // The library takes it for one of `ache`'s kind.
        "caches" => "cache".to_owned(),
        _ if is_many => pluralizer::pluralize(word, 1, false),
        _ => word.to_owned(),
    };
    format!("{before}{one}")
}

/// What the names of structs and enums must not be.
pub(crate) fn reserved() -> BTreeSet<String> {
    RESERVED.map(str::to_owned).into()
}

/// Whether `text` can stand as a bare word in an attribute.
pub(crate) fn is_word(text: &str) -> bool {
    text.is_ascii() && is_identifier(text)
}

/// Whether the attributes can name an object of a database so.
pub(crate) fn is_sayable(name: &str, dialect: Dialect) -> bool {
    let is_kept = match dialect {
        Dialect::Postgres => name.len() <= LONGEST_NAME,
        Dialect::Sqlite => true,
    };
    !name.trim().is_empty() && is_kept
}

/// Whether a variant of an enum can have a value, which is not longer on any database.
pub(crate) fn is_value(value: &str) -> bool {
    is_sayable(value, Dialect::Postgres)
}

fn is_identifier(text: &str) -> bool {
    !KEYWORDS.contains(&text) && syn::parse_str::<proc_macro2::Ident>(text).is_ok()
}

fn untaken(base: String, taken: &mut BTreeSet<String>) -> String {
    let mut name = base.clone();
    let mut number = 2_u32;
    while !taken.insert(name.clone()) {
        let joint = if base.ends_with(char::is_numeric) {
            "_"
        } else {
            ""
        };
        name = format!("{base}{joint}{number}");
        number += 1;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_called_in_the_singular() {
        for (table, row) in [
            ("users", "user"),
            ("user_roles", "user_role"),
            ("OrderItems", "OrderItem"),
            ("categories", "category"),
            ("addresses", "address"),
            ("statuses", "status"),
            ("boxes", "box"),
            ("caches", "cache"),
            ("people", "person"),
            ("children", "child"),
            ("news", "news"),
            ("series", "series"),
            ("metadata", "metadata"),
            ("status", "status"),
            ("analysis", "analysis"),
            ("dns", "dns"),
            ("album", "album"),
            ("data_", "data_"),
            ("…users", "…user"),
            ("…", "…"),
            ("", ""),
            ("größen", "größen"),
        ] {
            assert_eq!(singular(table), row, "{table}");
        }
    }

    #[test]
    fn names_become_rust_names() {
        for (column, expected) in [
            ("title", "title"),
            ("userId", "user_id"),
            ("type", "r#type"),
            ("self", "self_"),
            ("c d", "c_d"),
            ("1st", "_1st"),
            ("!!", "column"),
            ("_", "column"),
            ("Größe", "größe"),
        ] {
            assert_eq!(field(column, &mut BTreeSet::new()), expected, "{column}");
        }
        let mut taken = BTreeSet::new();
        let fields = ["a b", "a_b", "A B"].map(|column| field(column, &mut taken));
        assert_eq!(fields, ["a_b", "a_b2", "a_b3"]);
        let mut taken = reserved();
        for (table, expected) in [
            ("users", "Users"),
            ("user-roles", "UserRoles"),
            ("option", "Option2"),
            ("2fa", "Table2fa"),
            ("…", "Table2"),
        ] {
            assert_eq!(upper_camel(table, "Table", &mut taken), expected, "{table}");
        }
    }
}

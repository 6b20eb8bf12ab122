//! Column types as SeaORM and Diesel spell them.

use limbeck_core::schema::Type;
use proc_macro2::TokenStream;
use syn::{Expr, GenericArgument, PathArguments};

const TIME: Type = Type::Time {
    precision: None,
    zone: false,
};

fn timestamp(zone: bool) -> Type {
    Type::Timestamp {
        precision: None,
        zone,
    }
}

/// A `ColumnType` of SeaORM: `"Decimal(Some((16, 4)))"`.
pub(crate) fn of_sea_orm(text: &str) -> Option<Type> {
    of_expression(&syn::parse_str(text).ok()?)
}

/// The same as an expression.
pub(crate) fn of_expression(expression: &Expr) -> Option<Type> {
    let (name, arguments) = called(expression)?;
    let number = |position: usize| arguments.get(position).and_then(number_in);
    Some(match name.as_str() {
        "Char" => Type::Char(number(0).unwrap_or(1)),
        "String" => match arguments.first().map(called) {
            None => Type::Varchar(None),
            Some(Some((word, _))) if matches!(word.as_str(), "None" | "Max") => Type::Varchar(None),
            Some(_) => Type::Varchar(Some(number(0)?)),
        },
        "Text" => Type::Text,
        "Blob" | "Binary" | "VarBinary" => Type::Bytes,
        "TinyInteger" | "SmallInteger" | "TinyUnsigned" => Type::SmallInt,
        "Integer" | "SmallUnsigned" => Type::Integer,
        "BigInteger" | "Unsigned" | "BigUnsigned" => Type::BigInt,
        "Float" => Type::Real,
        "Double" => Type::Double,
        "Decimal" => match arguments.first() {
            None => Type::Numeric(None),
            Some(digits) => match called(digits) {
                Some((word, _)) if word == "None" => Type::Numeric(None),
                _ => {
                    let (precision, scale) = pair_in(digits)?;
                    Type::Numeric(Some((
                        u16::try_from(precision).ok()?,
                        i16::try_from(scale).ok()?,
                    )))
                }
            },
        },
        "DateTime" | "Timestamp" => timestamp(false),
        "TimestampWithTimeZone" => timestamp(true),
        "Time" => TIME,
        "Date" => Type::Date,
        "Boolean" => Type::Boolean,
        "Money" => Type::Sql("money".to_owned()),
        "Json" => Type::Json,
        "JsonBinary" => Type::Jsonb,
        "Uuid" => Type::Uuid,
        "Cidr" => Type::Sql("cidr".to_owned()),
        "Inet" => Type::Sql("inet".to_owned()),
        "MacAddr" => Type::Sql("macaddr".to_owned()),
        "LTree" => Type::Sql("ltree".to_owned()),
        "Interval" => match arguments.first().map(called) {
            None => Type::Interval,
            Some(Some((word, _))) if word == "None" => Type::Interval,
            Some(_) => return None,
        },
        // The element stands in a pointer: `Array(RcOrArc::new(ColumnType::Text))`.
        "Array" => match called(arguments.first()?) {
            Some((word, element)) if word == "new" => {
                Type::Array(Box::new(of_expression(element.first()?)?))
            }
            _ => return None,
        },
        "Vector" => sized("vector", number(0)),
        "Bit" => sized("bit", number(0)),
        "VarBit" => sized("bit varying", number(0)),
        "Custom" | "custom" => Type::Sql(string_in(arguments.first()?)?),
        _ => return None,
    })
}

fn sized(name: &str, size: Option<u32>) -> Type {
    Type::Sql(match size {
        Some(size) => format!("{name}({size})"),
        None => name.to_owned(),
    })
}

/// The last word of a path or a call, and the arguments.
fn called(expression: &Expr) -> Option<(String, Vec<Expr>)> {
    let last = |path: &syn::Path| Some(path.segments.last()?.ident.to_string());
    match expression {
        Expr::Path(path) => Some((last(&path.path)?, Vec::new())),
        Expr::Call(call) => match call.func.as_ref() {
            Expr::Path(path) => Some((last(&path.path)?, call.args.iter().cloned().collect())),
            _ => None,
        },
        Expr::Group(group) => called(&group.expr),
        Expr::Paren(paren) => called(&paren.expr),
        _ => None,
    }
}

/// The number in `32`, `Some(32)`, `StringLen::N(32)`, `Some(32u32)`.
fn number_in(expression: &Expr) -> Option<u32> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            syn::Lit::Int(number) => number.base10_parse().ok(),
            _ => None,
        },
        Expr::Paren(paren) => number_in(&paren.expr),
        Expr::Call(_) => number_in(called(expression)?.1.first()?),
        _ => None,
    }
}

/// The numbers in `Some((16, 4))`.
fn pair_in(expression: &Expr) -> Option<(u32, u32)> {
    match expression {
        Expr::Tuple(tuple) if tuple.elems.len() == 2 => {
            Some((number_in(&tuple.elems[0])?, number_in(&tuple.elems[1])?))
        }
        Expr::Paren(paren) => pair_in(&paren.expr),
        Expr::Call(_) => pair_in(called(expression)?.1.first()?),
        _ => None,
    }
}

/// The text in `"citext"`, `"citext".to_owned()`, `Alias::new("citext")`.
fn string_in(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            syn::Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        Expr::MethodCall(call) => string_in(&call.receiver),
        Expr::Paren(paren) => string_in(&paren.expr),
        Expr::Call(_) => string_in(called(expression)?.1.first()?),
        _ => None,
    }
}

/// A type of `diesel::sql_types`, `Nullable` aside.
pub(super) fn of_diesel(tokens: &TokenStream) -> Option<Type> {
    of_path(&syn::parse2(tokens.clone()).ok()?)
}

fn of_path(path: &syn::Path) -> Option<Type> {
    let last = path.segments.last()?;
    let inner = || match &last.arguments {
        PathArguments::AngleBracketed(arguments) => {
            arguments.args.iter().find_map(|argument| match argument {
                GenericArgument::Type(syn::Type::Path(path)) => of_path(&path.path),
                _ => None,
            })
        }
        _ => None,
    };
    Some(match last.ident.to_string().as_str() {
        "Nullable" => inner()?,
        "Array" => Type::Array(Box::new(inner()?)),
        name => plain_type_of_diesel(name)?,
    })
}

/// A type of `diesel::sql_types` that has no parameter.
pub(crate) fn plain_type_of_diesel(name: &str) -> Option<Type> {
    let sql = |name: &str| Type::Sql(name.to_owned());
    Some(match name {
        "Bool" => Type::Boolean,
        "SmallInt" | "Smallint" | "Int2" | "SmallSerial" => Type::SmallInt,
        "Integer" | "Int4" | "Serial" => Type::Integer,
        "BigInt" | "Bigint" | "Int8" | "BigSerial" => Type::BigInt,
        "Float" | "Float4" => Type::Real,
        "Double" | "Float8" => Type::Double,
        "Numeric" | "Decimal" => Type::Numeric(None),
        "Text" | "Char" => Type::Text,
        "VarChar" | "Varchar" => Type::Varchar(None),
        "Bpchar" => sql("bpchar"),
        "Binary" | "Bytea" | "Blob" => Type::Bytes,
        "Date" => Type::Date,
        "Time" => TIME,
        "Timestamp" => timestamp(false),
        "Timestamptz" | "TimestamptzSqlite" => timestamp(true),
        "Interval" => Type::Interval,
        "Json" => Type::Json,
        "Jsonb" => Type::Jsonb,
        "Uuid" => Type::Uuid,
        "Inet" => sql("inet"),
        "Cidr" => sql("cidr"),
        "MacAddr" | "Macaddr" => sql("macaddr"),
        "MacAddr8" | "Macaddr8" => sql("macaddr8"),
        "Money" | "Cash" => sql("money"),
        "Citext" => sql("citext"),
        "CChar" => sql("\"char\""),
        "Oid" => sql("oid"),
        "PgLsn" => sql("pg_lsn"),
        "Int4range" => sql("int4range"),
        "Int8range" => sql("int8range"),
        "Numrange" => sql("numrange"),
        "Daterange" => sql("daterange"),
        "Tsrange" => sql("tsrange"),
        "Tstzrange" => sql("tstzrange"),
        "Int4multirange" => sql("int4multirange"),
        "Int8multirange" => sql("int8multirange"),
        "Nummultirange" => sql("nummultirange"),
        "Datemultirange" => sql("datemultirange"),
        "Tsmultirange" => sql("tsmultirange"),
        "Tstzmultirange" => sql("tstzmultirange"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn column_types_of_sea_orm_are_read() {
        for (text, expected) in [
            ("Text", "text"),
            ("String(StringLen::None)", "varchar"),
            ("String(StringLen::N(255))", "varchar(255)"),
            ("String(Some(32))", "varchar(32)"),
            ("String(None)", "varchar"),
            ("Decimal(Some((16, 4)))", "numeric(16, 4)"),
            ("Decimal(None)", "numeric"),
            ("JsonBinary", "jsonb"),
            ("ColumnType::TimestampWithTimeZone", "timestamptz"),
            ("Custom(\"citext\".to_owned())", "citext"),
            ("Char(Some(2))", "char(2)"),
            ("Vector(Some(3))", "vector(3)"),
            ("Array(RcOrArc::new(ColumnType::Text))", "text[]"),
            (
                "Array(Arc::new(ColumnType::Decimal(Some((78, 0)))))",
                "numeric(78, 0)[]",
            ),
        ] {
            let found = of_sea_orm(text).expect("is known");
            let expected = match expected {
                "text" => Type::Text,
                "varchar" => Type::Varchar(None),
                "varchar(255)" => Type::Varchar(Some(255)),
                "varchar(32)" => Type::Varchar(Some(32)),
                "numeric" => Type::Numeric(None),
                "numeric(16, 4)" => Type::Numeric(Some((16, 4))),
                "jsonb" => Type::Jsonb,
                "timestamptz" => timestamp(true),
                "char(2)" => Type::Char(2),
                "text[]" => Type::Array(Box::new(Type::Text)),
                "numeric(78, 0)[]" => Type::Array(Box::new(Type::Numeric(Some((78, 0))))),
                other => Type::Sql(other.to_owned()),
            };
            assert_eq!(found, expected, "{text}");
        }
        for text in ["Enum { name: x }", "Array(x)", "1 +"] {
            assert_eq!(of_sea_orm(text), None, "{text}");
        }
    }

    #[test]
    fn types_of_diesel_are_read() {
        let found = |text: &str| of_diesel(&text.parse().expect("is tokens"));
        assert_eq!(found("diesel::sql_types::Text"), Some(Type::Text));
        assert_eq!(found("Nullable<Timestamptz>"), Some(timestamp(true)));
        assert_eq!(
            found("Array<Nullable<Int4>>"),
            Some(Type::Array(Box::new(Type::Integer)))
        );
        assert_eq!(found("crate::Mine"), None);
    }
}

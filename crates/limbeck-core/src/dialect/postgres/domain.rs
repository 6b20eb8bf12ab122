//! What a domain stands on.

use crate::dialect::Dialect;
use crate::schema::{Schema, SqlObject, SqlObjectKind, Type};
use crate::sql::{self, Token, TokenKind};

use super::parse_type;

/// Domains stand on each other no further than this; the server has no circle of them.
const MOST: usize = 64;

/// The type that a domain of the state stands on, through other domains; none where it is no domain. What it adds to the type,
/// such as a check, is the database's.
pub(crate) fn base_of_domain(there: &Type, state: &Schema) -> Option<Type> {
    if let Type::Array(element) = there {
        return Some(Type::Array(Box::new(base_of_domain(element, state)?)));
    }
    let mut base = under(there, state)?;
    for _ in 0..MOST {
        match under(&base, state) {
            Some(inner) => base = inner,
            // An array may have elements of a domain.
            None => return Some(base_of_domain(&base, state).unwrap_or(base)),
        }
    }
    None
}

/// Whether a domain admits no NULL.
pub(crate) fn is_never_null(there: &Type, state: &Schema) -> bool {
    let mut there = there.clone();
    for _ in 0..MOST {
        let Some(object) = domain(&there, state) else {
            return false;
        };
        let is_said = |text: &str| text.trim_end_matches(';').ends_with(" SET NOT NULL");
        if object.settings.iter().any(|setting| is_said(&setting.make)) {
            return true;
        }
        match under(&there, state) {
            Some(inner) => there = inner,
            None => return false,
        }
    }
    false
}

fn domain<'a>(there: &Type, state: &'a Schema) -> Option<&'a SqlObject> {
    if matches!(there, Type::Array(_)) {
        return None;
    }
    let mut objects = state.sql_objects.iter();
    objects.find(|object| object.kind == SqlObjectKind::Domain && there.is_named(&object.name))
}

/// The type that a domain is created on.
fn under(there: &Type, state: &Schema) -> Option<Type> {
    let definition = domain(there, state)?.definition.as_deref()?;
    let tokens = sql::lex(definition, Dialect::Postgres).ok()?;
    let word = |wanted: &str| {
        let is_it = |token: &&Token| {
            token.kind == TokenKind::Word && token.text(definition).eq_ignore_ascii_case(wanted)
        };
        tokens.iter().find(is_it)
    };
    let begin = word("AS")?.range.end;
    let end = word("COLLATE").map_or(definition.len(), |token| token.range.start);
    let text = definition.get(begin..end)?;
    Some(parse_type(text.trim().trim_end_matches(';').trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{QualifiedName, Setting, SettingKind};

    #[test]
    fn a_domain_stands_on_a_type() {
        let domain = |name: &str, on: &str, not_null: bool| SqlObject {
            kind: SqlObjectKind::Domain,
            name: QualifiedName::new(name),
            table: None,
            definition: Some(format!("CREATE DOMAIN public.{name} AS {on}")),
            settings: Vec::from_iter(not_null.then(|| Setting {
                kind: SettingKind::Constraint,
                make: format!("ALTER DOMAIN public.{name} SET NOT NULL"),
                undo: None,
            })),
            privileges: Vec::new(),
            uses: Default::default(),
        };
        let mut state = Schema::default();
        state.sql_objects.extend([
            domain("slug", "character varying(255)", false),
            domain("short", "slug COLLATE pg_catalog.\"C\"", false),
            domain("shorter", "short", true),
            domain("some", "slug[]", false),
        ]);
        let named = |name: &str| Type::Sql(name.to_owned());
        let array = |element| Type::Array(Box::new(element));
        let slug = Type::Varchar(Some(255));
        for (there, base, never_null) in [
            (named("slug"), Some(slug.clone()), false),
            (named("short"), Some(slug.clone()), false),
            (named("shorter"), Some(slug.clone()), true),
            (array(named("short")), Some(array(slug)), false),
            (
                array(named("shorter")),
                Some(array(Type::Varchar(Some(255)))),
                false,
            ),
            (named("other"), None, false),
            (Type::Text, None, false),
        ] {
            assert_eq!(base_of_domain(&there, &state), base, "{there}");
            assert_eq!(is_never_null(&there, &state), never_null, "{there}");
        }
    }
}

//! What foreign attributes call a table or a column.

use crate::attribute::Located;
use crate::error::GrammarError;

use super::Said;

/// A name as foreign attributes give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ForeignName {
    /// In SQL.
    Sql(String),
    /// As Diesel's `table!` calls it, which spells what is no identifier in another way.
    Rust(String),
}

impl ForeignName {
    /// The name in SQL, if that is certain.
    fn sql(&self) -> Option<&str> {
        match self {
            Self::Sql(name) => Some(name),
            Self::Rust(name) => (!name.ends_with('_')).then_some(name),
        }
    }

    /// Whether it may stand for `name`.
    fn fits(&self, name: &str) -> bool {
        match self {
            Self::Sql(own) => own == name,
            Self::Rust(own) => {
                let plain: String = name
                    .chars()
                    .map(|letter| {
                        if letter.is_alphanumeric() {
                            letter
                        } else {
                            '_'
                        }
                    })
                    .collect();
                own == name || own.trim_matches('_') == plain.trim_matches('_')
            }
        }
    }

    fn shown(&self) -> &str {
        match self {
            Self::Sql(name) | Self::Rust(name) => name,
        }
    }
}

/// What a name is the name of, as messages show it.
pub(super) struct Named<'a> {
    /// `table` or `column`: our attribute, too.
    pub(super) kind: &'static str,
    /// The table, or the column of a field.
    pub(super) subject: &'a str,
    /// Whether our attribute says the name, where a default stands otherwise.
    pub(super) is_ours: bool,
}

/// Takes over the first name where ours is silent, and refuses what contradicts it.
pub(super) fn join_names(
    name: &mut Located<String>,
    said: Vec<Said<ForeignName>>,
    of: &Named<'_>,
    errors: &mut Vec<GrammarError>,
) {
    let mut is_named = of.is_ours;
    for one in said {
        if is_named {
            if !one.value.fits(&name.value) {
                errors.push(GrammarError::against(
                    name.span,
                    one.span,
                    format!(
                        "{} is `{}`, and `{}` for {}",
                        of.subject,
                        name.value,
                        one.value.shown(),
                        one.by
                    ),
                    "make the two names one",
                ));
            }
            continue;
        }
        match one.value.sql() {
            Some(text) => {
                *name = Located::new(text.to_owned(), one.span);
                is_named = true;
            }
            None => errors.push(GrammarError::new(
                one.span,
                format!(
                    "what the {} `{}` of {} is called in SQL is not certain",
                    of.kind,
                    one.value.shown(),
                    one.by
                ),
                format!("say it: `#[{}(name = \"…\")]`", of.kind),
            )),
        }
    }
}

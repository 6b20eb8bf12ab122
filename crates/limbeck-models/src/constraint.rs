//! Declarations of constraints: `primary_key`, `unique`, `check`, `exclude`, `foreign_key`.

use limbeck_core::schema::{Action, Deferrable, MatchType};
use proc_macro2::{Ident, Span, TokenStream};
use syn::parse::{ParseStream, Parser as _};
use syn::{LitStr, Token};

use crate::attribute::{Argument, Key, Located, Value, known, often, once, reported, split};
use crate::column::column_name;
use crate::error::GrammarError;
use crate::reference::{Reference, literal, reference};
use crate::suggest;

/// `primary_key(a, b)`: fields and what else a key can say.
#[derive(Debug, Clone)]
pub struct KeyDeclaration {
    /// Where it stands.
    pub span: Span,
    /// Its name, where one is given.
    pub name: Option<Located<String>>,
    /// Its fields, in order.
    pub fields: Vec<Ident>,
    /// Fields that its index only carries.
    pub include: Vec<Ident>,
    /// When it is checked.
    pub deferrable: Deferrable,
    /// ON CONFLICT (SQLite), the word behind it.
    pub on_conflict: Option<String>,
    /// Its comment.
    pub comment: Option<String>,
}

/// `unique(a, b)`.
#[derive(Debug, Clone)]
pub struct UniqueDeclaration {
    /// Its fields.
    pub key: KeyDeclaration,
    /// NULLS NOT DISTINCT.
    pub nulls_not_distinct: bool,
    /// What its columns call it by `unique_key` of SeaORM, which is no name of the constraint.
    pub label: Option<String>,
}

/// `check(name = "expression")`.
#[derive(Debug, Clone)]
pub struct CheckDeclaration {
    /// Where it stands.
    pub span: Span,
    /// Its name, where one is given.
    pub name: Option<Located<String>>,
    /// Its expression, in SQL.
    pub expression: Located<String>,
    /// NO INHERIT.
    pub no_inherit: bool,
    /// NOT VALID.
    pub not_valid: bool,
    /// Its comment.
    pub comment: Option<String>,
}

/// `exclude(name = "…", "USING gist (…)")`.
#[derive(Debug, Clone)]
pub struct ExclusionDeclaration {
    /// Where it stands.
    pub span: Span,
    /// Its name, where one is given.
    pub name: Option<Located<String>>,
    /// All that follows the name, from `EXCLUDE` on.
    pub definition: Located<String>,
    /// Its comment.
    pub comment: Option<String>,
}

/// What else a foreign key says, on a column or on the table.
#[derive(Debug, Clone, Default)]
pub struct ForeignKeyRules {
    /// Its name, where one is given.
    pub name: Option<Located<String>>,
    /// ON DELETE.
    pub on_delete: Option<Located<Action>>,
    /// The fields of `on_delete = set_null(a, b)`.
    pub on_delete_fields: Vec<Ident>,
    /// ON UPDATE.
    pub on_update: Option<Located<Action>>,
    /// MATCH.
    pub match_type: Option<Located<MatchType>>,
    /// When it is checked.
    pub deferrable: Option<Located<Deferrable>>,
    /// NOT VALID.
    pub not_valid: bool,
}

/// `foreign_key(columns(a, b), references = Other(x, y))`.
#[derive(Debug, Clone)]
pub struct ForeignKeyDeclaration {
    /// Where it stands.
    pub span: Span,
    /// Its fields.
    pub fields: Vec<Ident>,
    /// What it refers to.
    pub references: Reference,
    /// What else it says.
    pub rules: ForeignKeyRules,
    /// Its comment.
    pub comment: Option<String>,
}

const KEY_KEYS: &[Key] = &[
    once("name", "name = \"memberships_pkey\""),
    once("columns", "columns(team_id, user_id)"),
    once("include", "include(role)"),
    once("nulls_not_distinct", "nulls_not_distinct"),
    once("deferrable", "deferrable = \"initially deferred\""),
    once("on_conflict", "on_conflict = replace"),
    once("comment", "comment = \"one per team\""),
];

const FOREIGN_KEY_KEYS: &[Key] = &[
    once("name", "name = \"lines_order_fkey\""),
    once("columns", "columns(team_id, user_id)"),
    once("references", "references = Membership(team_id, user_id)"),
    once("on_delete", "on_delete = cascade"),
    once("on_update", "on_update = cascade"),
    once("match", "match = full"),
    once("deferrable", "deferrable = \"initially deferred\""),
    once("not_valid", "not_valid"),
    once("comment", "comment = \"the member\""),
];

const EXCLUDE_KEYS: &[Key] = &[
    once("name", "name = \"bookings_no_overlap\""),
    once("comment", "comment = \"no two at once\""),
];

const CHECK_KEYS: &[Key] = &[
    often("no_inherit", "no_inherit"),
    often("not_valid", "not_valid"),
    often("comment", "comment = \"not blank\""),
];

/// Splits `argument(…)` into fields named by words alone, and options.
///
/// A bare word is a field unless it is an option and no field is called so.
pub(crate) fn fields_and_options(
    arguments: Vec<Argument>,
    options: &'static [Key],
    fields: &[Ident],
) -> (Vec<Argument>, Vec<Argument>) {
    arguments.into_iter().partition(|argument| {
        let key = argument.key();
        let is_option = options.iter().any(|option| option.name == key);
        let is_field = fields.iter().any(|field| column_name(field) == key);
        match (&argument.word, &argument.value) {
            (None, _) => true,
            (Some(_), Value::Bare) => is_field || !is_option,
            (Some(_), Value::Equals(_) | Value::List(_)) => false,
            (Some(_), Value::Tokens(_)) => true,
        }
    })
}

/// Reads `primary_key(…)`.
pub(crate) fn read_primary_key(
    argument: &Argument,
    fields: &[Ident],
    errors: &mut Vec<GrammarError>,
) -> Option<KeyDeclaration> {
    let unique = read_unique(argument, fields, errors)?;
    if unique.nulls_not_distinct {
        errors.push(GrammarError::new(
            argument.span,
            "`nulls_not_distinct` has no meaning in a primary key",
            "remove it: a primary key admits no nulls",
        ));
    }
    Some(unique.key)
}

/// Reads `unique(…)`.
pub(crate) fn read_unique(
    argument: &Argument,
    fields: &[Ident],
    errors: &mut Vec<GrammarError>,
) -> Option<UniqueDeclaration> {
    let owner = argument.key();
    let (words, options) = fields_and_options(reported(argument.list(), errors)?, KEY_KEYS, fields);
    let mut declaration = UniqueDeclaration {
        key: KeyDeclaration {
            span: argument.span,
            name: None,
            fields: Vec::new(),
            include: Vec::new(),
            deferrable: Deferrable::No,
            on_conflict: None,
            comment: None,
        },
        nulls_not_distinct: false,
        label: None,
    };
    for word in words {
        match (word.word, word.value) {
            (Some(field), Value::Bare) => declaration.key.fields.push(field),
            _ => errors.push(GrammarError::new(
                word.span,
                format!("`{owner}` takes names of fields"),
                format!("write `{}`", argument.example),
            )),
        }
    }
    for option in known(options, &owner, KEY_KEYS, errors) {
        let key = &mut declaration.key;
        match option.key().as_str() {
            "name" => key.name = reported(option.text(), errors),
            "columns" => key.fields.extend(reported(option.words(), errors)?),
            "include" => key.include = reported(option.words(), errors)?,
            "nulls_not_distinct" => {
                declaration.nulls_not_distinct = reported(option.flag(), errors)?.value;
            }
            "deferrable" => key.deferrable = reported(deferrable(&option), errors)?.value,
            "on_conflict" => key.on_conflict = reported(on_conflict(&option), errors)?,
            _ => key.comment = reported(option.text(), errors).map(|text| text.value),
        }
    }
    if declaration.key.fields.is_empty() {
        errors.push(argument.misused("at least one field"));
        return None;
    }
    no_field_twice(&declaration.key.fields, &owner, errors);
    Some(declaration)
}

/// Reports a field that is listed twice.
pub(crate) fn no_field_twice(fields: &[Ident], owner: &str, errors: &mut Vec<GrammarError>) {
    for (position, field) in fields.iter().enumerate() {
        if fields[..position].contains(field) {
            errors.push(GrammarError::new(
                field.span(),
                format!("`{owner}` names the field `{field}` twice"),
                "keep one of the two",
            ));
        }
    }
}

/// Reads `check(name = "…")`, `check("…")`, several of them, and `comment`, `no_inherit`
/// and `not_valid` after one.
pub(crate) fn read_checks(
    argument: &Argument,
    errors: &mut Vec<GrammarError>,
) -> Vec<CheckDeclaration> {
    let mut checks: Vec<CheckDeclaration> = Vec::new();
    if let Value::Equals(tokens) = &argument.value
        && let Some(expression) = literal(tokens)
    {
        checks.extend(unnamed_check(argument.span, expression, errors));
        return checks;
    }
    let Some(entries) = reported(argument.list(), errors) else {
        return checks;
    };
    for mut entry in entries {
        let key = entry.key();
        if let Some(option) = CHECK_KEYS.iter().find(|option| option.name == key)
            && let Some(check) = checks.last_mut()
        {
            entry.example = option.example;
            let mut flag = || reported(entry.flag(), errors).is_some_and(|flag| flag.value);
            match key.as_str() {
                "no_inherit" => check.no_inherit = flag(),
                "not_valid" => check.not_valid = flag(),
                _ => check.comment = reported(entry.text(), errors).map(|text| text.value),
            }
            continue;
        }
        entry.example = argument.example;
        match (&entry.word, &entry.value) {
            (Some(word), Value::Equals(_)) => {
                if let Some(expression) = reported(entry.text(), errors) {
                    checks.push(CheckDeclaration {
                        span: entry.span,
                        name: Some(Located::new(column_name(word), word.span())),
                        expression,
                        no_inherit: false,
                        not_valid: false,
                        comment: None,
                    });
                }
            }
            (None, Value::Tokens(tokens)) if literal(tokens).is_some() => {
                if let Some(expression) = literal(tokens) {
                    checks.extend(unnamed_check(entry.span, expression, errors));
                }
            }
            (None, Value::Tokens(tokens)) if named_by_text(tokens).is_some() => {
                if let Some((name, expression)) = named_by_text(tokens) {
                    let name = Located::new(name.value(), name.span());
                    checks.extend(unnamed_check(entry.span, expression, errors).map(|check| {
                        CheckDeclaration {
                            name: Some(name),
                            ..check
                        }
                    }));
                }
            }
            _ => errors.push(GrammarError::new(
                entry.span,
                "`check` takes expressions as strings",
                "write `check(title_not_blank = \"length(title) > 0\")`",
            )),
        }
    }
    checks
}

/// `"a name" = "expression"`: a name that is no word.
fn named_by_text(tokens: &TokenStream) -> Option<(LitStr, LitStr)> {
    let parser = |input: ParseStream<'_>| {
        let name: LitStr = input.parse()?;
        input.parse::<Token![=]>()?;
        Ok((name, input.parse::<LitStr>()?))
    };
    let (name, expression) = parser.parse2(tokens.clone()).ok()?;
    (!name.value().trim().is_empty()).then_some((name, expression))
}

fn unnamed_check(
    span: Span,
    expression: LitStr,
    errors: &mut Vec<GrammarError>,
) -> Option<CheckDeclaration> {
    let text = expression.value();
    if text.trim().is_empty() {
        errors.push(GrammarError::new(
            expression.span(),
            "the expression of `check` is empty",
            "write `check(\"length(title) > 0\")`",
        ));
        return None;
    }
    Some(CheckDeclaration {
        span,
        name: None,
        expression: Located::new(text, expression.span()),
        no_inherit: false,
        not_valid: false,
        comment: None,
    })
}

/// Reads `exclude(…)`.
pub(crate) fn read_exclusion(
    argument: &Argument,
    errors: &mut Vec<GrammarError>,
) -> Option<ExclusionDeclaration> {
    let (texts, options): (Vec<_>, Vec<_>) = reported(argument.list(), errors)?
        .into_iter()
        .partition(|entry| entry.word.is_none());
    let mut name = None;
    let mut comment = None;
    for option in known(options, "exclude", EXCLUDE_KEYS, errors) {
        let text = reported(option.text(), errors);
        match option.key().as_str() {
            "name" => name = text,
            _ => comment = text.map(|text| text.value),
        }
    }
    let definition = match texts.as_slice() {
        [
            Argument {
                value: Value::Tokens(tokens),
                ..
            },
        ] => literal(tokens),
        _ => None,
    };
    let Some(definition) = definition else {
        errors.push(argument.misused("one definition as a string"));
        return None;
    };
    let text = definition.value();
    let text = text.trim();
    let starts = text
        .get(..7)
        .is_some_and(|start| start.eq_ignore_ascii_case("exclude"));
    Some(ExclusionDeclaration {
        span: argument.span,
        name,
        definition: Located::new(
            if starts {
                text.to_owned()
            } else {
                format!("EXCLUDE {text}")
            },
            definition.span(),
        ),
        comment,
    })
}

/// Reads `foreign_key(…)`.
pub(crate) fn read_foreign_key(
    argument: &Argument,
    errors: &mut Vec<GrammarError>,
) -> Option<ForeignKeyDeclaration> {
    let options = known(
        reported(argument.list(), errors)?,
        "foreign_key",
        FOREIGN_KEY_KEYS,
        errors,
    );
    let mut fields = Vec::new();
    let mut references = None;
    let mut rules = ForeignKeyRules::default();
    let mut comment = None;
    for option in options {
        match option.key().as_str() {
            "columns" => fields = reported(option.words(), errors)?,
            "references" => references = Some(reported(reference(&option), errors)?),
            "comment" => comment = reported(option.text(), errors).map(|text| text.value),
            _ => read_rule(&option, &mut rules, errors),
        }
    }
    let (false, Some(references)) = (fields.is_empty(), references) else {
        errors.push(argument.misused("`columns(…)` and `references = …`"));
        return None;
    };
    no_field_twice(&fields, "foreign_key", errors);
    Some(ForeignKeyDeclaration {
        span: argument.span,
        fields,
        references,
        rules,
        comment,
    })
}

/// Reads one of the keys that a foreign key has on a column and on the table.
pub(crate) fn read_rule(
    option: &Argument,
    rules: &mut ForeignKeyRules,
    errors: &mut Vec<GrammarError>,
) {
    match option.key().as_str() {
        "name" | "foreign_key_name" => rules.name = reported(option.text(), errors),
        "on_delete" => {
            if let Some((action, fields)) = reported(action(option), errors) {
                rules.on_delete = Some(action);
                rules.on_delete_fields = fields;
            }
        }
        "on_update" => {
            if let Some((action, fields)) = reported(action(option), errors) {
                if let Some(field) = fields.first() {
                    errors.push(GrammarError::new(
                        field.span(),
                        "`on_update` takes no fields",
                        "only `on_delete = set_null(field)` and `set_default(field)` do",
                    ));
                }
                rules.on_update = Some(action);
            }
        }
        "match" => rules.match_type = reported(match_type(option), errors),
        "not_valid" => {
            rules.not_valid = reported(option.flag(), errors).is_some_and(|flag| flag.value);
        }
        _ => rules.deferrable = reported(deferrable(option), errors),
    }
}

const ACTIONS: [(&str, Action); 5] = [
    ("cascade", Action::Cascade),
    ("restrict", Action::Restrict),
    ("set_null", Action::SetNull),
    ("set_default", Action::SetDefault),
    ("no_action", Action::NoAction),
];

fn action(option: &Argument) -> Result<(Located<Action>, Vec<Ident>), GrammarError> {
    let Value::Equals(tokens) = &option.value else {
        return Err(option.misused("a word"));
    };
    let arguments = split(tokens.clone());
    let [argument] = arguments.as_slice() else {
        return Err(option.misused("a word"));
    };
    let Some(word) = &argument.word else {
        return Err(option.misused("a word"));
    };
    let name = word.to_string();
    let Some((_, action)) = ACTIONS.iter().find(|(known, _)| *known == name) else {
        return Err(GrammarError::new(
            word.span(),
            format!("unknown action `{name}` in `{}`", option.key()),
            suggest::hint(&name, ACTIONS.iter().map(|(known, _)| *known)),
        ));
    };
    let fields = match &argument.value {
        Value::Bare => Vec::new(),
        Value::List(_) if matches!(action, Action::SetNull | Action::SetDefault) => {
            argument.words()?
        }
        _ => return Err(option.misused("a word")),
    };
    Ok((Located::new(*action, word.span()), fields))
}

fn match_type(option: &Argument) -> Result<Located<MatchType>, GrammarError> {
    let word = option.choice()?;
    match word.to_string().as_str() {
        "simple" => Ok(Located::new(MatchType::Simple, word.span())),
        "full" => Ok(Located::new(MatchType::Full, word.span())),
        _ => Err(GrammarError::new(
            word.span(),
            format!("unknown match type `{word}`"),
            "one of `simple`, `full`",
        )),
    }
}

const CONFLICT_WORDS: [&str; 5] = ["rollback", "abort", "fail", "ignore", "replace"];

/// Reads `on_conflict = replace`; ABORT is what unsaid means (sqlite.org/lang_conflict.html).
pub(crate) fn on_conflict(option: &Argument) -> Result<Option<String>, GrammarError> {
    let word = option.choice()?;
    let text = word.to_string();
    if !CONFLICT_WORDS.contains(&text.as_str()) {
        return Err(GrammarError::new(
            word.span(),
            format!("unknown word `{text}` in `on_conflict`"),
            suggest::hint(&text, CONFLICT_WORDS),
        ));
    }
    Ok((text != "abort").then(|| text.to_uppercase()))
}

/// Reads `deferrable = "initially deferred"`.
pub(crate) fn deferrable(option: &Argument) -> Result<Located<Deferrable>, GrammarError> {
    let text = option.text()?;
    let value = match text.value.as_str() {
        "initially deferred" => Deferrable::InitiallyDeferred,
        "initially immediate" => Deferrable::InitiallyImmediate,
        other => {
            return Err(GrammarError::new(
                text.span,
                format!("unknown `deferrable` value `{other}`"),
                "one of `\"initially deferred\"`, `\"initially immediate\"`",
            ));
        }
    };
    Ok(Located::new(value, text.span))
}

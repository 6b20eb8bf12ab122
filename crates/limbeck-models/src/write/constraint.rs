//! Attributes for constraints.

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{
    Action, Check, Constraint, ConstraintKind, Deferrable, Exclusion, ForeignKey, IndexTarget,
    MatchType, Table,
};

use crate::default_name::{columns_of_constraint, of_constraint};
use crate::reference::{Reference, table_reference};

use super::name;
use super::table::{Members, TableNames, Writing, comment};
use super::text::{literal, said};
use super::types::field_type;

/// Adds a constraint to the attribute of its column, or to that of the table.
pub(crate) fn write(writing: &Writing<'_>, constraint: &Constraint, members: &mut Members) {
    let of = format!("{} `{}`", constraint.kind.noun(), constraint.name);
    match &constraint.kind {
        ConstraintKind::PrimaryKey(key) => {
            let key = Key {
                word: "primary_key",
                columns: &key.columns,
                include: &key.include,
                nulls_not_distinct: false,
                deferrable: key.deferrable,
                on_conflict: key.on_conflict.as_deref(),
            };
            write_key(writing, constraint, &key, &of, members);
        }
        ConstraintKind::Unique(unique) => {
            let key = Key {
                word: "unique",
                columns: &unique.columns,
                include: &unique.include,
                nulls_not_distinct: unique.nulls_not_distinct,
                deferrable: unique.deferrable,
                on_conflict: unique.on_conflict.as_deref(),
            };
            write_key(writing, constraint, &key, &of, members);
        }
        ConstraintKind::Check(check) => write_check(writing, constraint, check, &of, members),
        ConstraintKind::Exclusion(exclusion) => {
            write_exclusion(writing, constraint, exclusion, &of, members);
        }
        ConstraintKind::ForeignKey(key) => {
            write_foreign_key(writing, constraint, key, &of, members);
        }
    }
}

/// A primary key or a unique constraint.
struct Key<'a> {
    word: &'static str,
    columns: &'a [String],
    include: &'a [String],
    nulls_not_distinct: bool,
    deferrable: Deferrable,
    on_conflict: Option<&'a str>,
}

fn write_key(
    writing: &Writing<'_>,
    constraint: &Constraint,
    key: &Key<'_>,
    of: &str,
    members: &mut Members,
) {
    let name = given_name(writing, constraint, key.columns, members);
    let is_plain = key.include.is_empty()
        && !key.nulls_not_distinct
        && key.deferrable == Deferrable::No
        && key.on_conflict.is_none()
        && constraint.comment.is_none();
    let names = writing.names;
    match (key.columns, key.word) {
        ([column], "primary_key") if is_plain && name.is_none() => {
            members.add(column, "primary_key", "primary_key".to_owned());
            return;
        }
        ([column], "unique") if is_plain && members.is_free(column, "unique") => {
            let argument = match name {
                Some(name) => said("unique", name),
                None => "unique".to_owned(),
            };
            members.add(column, "unique", argument);
            return;
        }
        _ => {}
    }
    let mut arguments = vec![names.list(key.columns)];
    arguments.extend(name.map(|name| said("name", name)));
    if !key.include.is_empty() {
        arguments.push(format!("include({})", names.list(key.include)));
    }
    if key.nulls_not_distinct {
        arguments.push(names.flag("nulls_not_distinct"));
    }
    arguments.extend(deferrable(key.deferrable));
    arguments.extend(key.on_conflict.map(on_conflict));
    let text = constraint.comment.as_deref();
    arguments.extend(comment(text, of, &mut members.unsaid));
    let argument = format!("{}({})", key.word, arguments.join(", "));
    members.table.push(argument);
}

/// The name to write; none where the default is the same, or where it cannot be given.
fn given_name<'a>(
    writing: &Writing<'_>,
    constraint: &'a Constraint,
    columns: &[String],
    members: &mut Members,
) -> Option<&'a str> {
    let name = constraint.name.as_str();
    let table = &writing.table.name;
    let has_index = !matches!(
        constraint.kind,
        ConstraintKind::Check(_) | ConstraintKind::ForeignKey(_)
    );
    let count = writing.context.relations.get(&table.sibling(name));
    // SQLite keeps names of constraints apart from those of tables and indexes, models do not.
    let is_taken = has_index && count.is_some_and(|count| *count > 1);
    if is_taken || !name::is_sayable(name, writing.context.dialect) {
        let noun = constraint.kind.noun();
        members.unsaid.push(format!("the name of {noun} `{name}`"));
        return None;
    }
    let default = of_constraint(
        &writing.context.conventions.naming,
        table,
        &constraint.kind,
        columns,
    );
    (default != name).then_some(name)
}

fn deferrable(when: Deferrable) -> Option<String> {
    let words = match when {
        Deferrable::No => return None,
        Deferrable::InitiallyImmediate => "initially immediate",
        Deferrable::InitiallyDeferred => "initially deferred",
    };
    Some(said("deferrable", words))
}

/// `on_conflict = replace`.
pub(crate) fn on_conflict(word: &str) -> String {
    format!("on_conflict = {}", word.to_lowercase())
}

fn write_check(
    writing: &Writing<'_>,
    constraint: &Constraint,
    check: &Check,
    of: &str,
    members: &mut Members,
) {
    let expression = check.expression.as_str();
    let columns = columns_of_constraint(writing.table, constraint);
    let name = given_name(writing, constraint, &columns, members);
    let is_option = |name: &str| matches!(name, "comment" | "no_inherit" | "not_valid");
    let mut argument = match name {
        Some(name) if name::is_word(name) && !is_option(name) => said(name, expression),
        Some(name) => format!("{} = {}", literal(name), literal(expression)),
        None => literal(expression),
    };
    let is_bare =
        name.is_none() && constraint.comment.is_none() && !check.no_inherit && check.validated;
    let text = constraint.comment.as_deref();
    if let Some(comment) = comment(text, of, &mut members.unsaid) {
        argument = format!("{argument}, {comment}");
    }
    if check.no_inherit {
        argument.push_str(", no_inherit");
    }
    if !check.validated {
        argument.push_str(", not_valid");
    }
    match columns.as_slice() {
        [column] if is_bare => {
            let argument = format!("check = {argument}");
            members.add(column, "check", argument);
        }
        [column] => members.add(column, "check", format!("check({argument})")),
        _ => members.table.push(format!("check({argument})")),
    }
}

fn write_exclusion(
    writing: &Writing<'_>,
    constraint: &Constraint,
    exclusion: &Exclusion,
    of: &str,
    members: &mut Members,
) {
    let definition = exclusion.definition.as_str();
    if writing.context.dialect == Dialect::Sqlite {
        // A key with orders or collations of its own.
        members
            .unsaid
            .push(format!("`{}`, {definition}", constraint.name));
        return;
    }
    let columns = columns_of_constraint(writing.table, constraint);
    let name = given_name(writing, constraint, &columns, members);
    let mut arguments: Vec<String> = name.map(|name| said("name", name)).into_iter().collect();
    arguments.push(literal(definition));
    let text = constraint.comment.as_deref();
    arguments.extend(comment(text, of, &mut members.unsaid));
    let argument = format!("exclude({})", arguments.join(", "));
    members.table.push(argument);
}

fn write_foreign_key(
    writing: &Writing<'_>,
    constraint: &Constraint,
    key: &ForeignKey,
    of: &str,
    members: &mut Members,
) {
    let Some(reference) = reference(writing, key) else {
        let references = &key.references;
        let unsaid = format!("{of}, which references `{references}`");
        members.unsaid.push(unsaid);
        return;
    };
    let name = given_name(writing, constraint, &key.columns, members);
    let rules = rules(writing, key, of, members);
    if let [column] = key.columns.as_slice()
        && constraint.comment.is_none()
        && members.is_free(column, "references")
    {
        members.add(column, "references", format!("references = {reference}"));
        for rule in rules {
            members.add(column, "rule", rule);
        }
        if let Some(name) = name {
            members.add(column, "rule", said("foreign_key_name", name));
        }
        return;
    }
    let mut arguments: Vec<String> = name.map(|name| said("name", name)).into_iter().collect();
    arguments.push(format!("columns({})", writing.names.list(&key.columns)));
    arguments.push(format!("references = {reference}"));
    arguments.extend(rules);
    let text = constraint.comment.as_deref();
    arguments.extend(comment(text, of, &mut members.unsaid));
    let argument = format!("foreign_key({})", arguments.join(", "));
    members.table.push(argument);
}

fn rules(writing: &Writing<'_>, key: &ForeignKey, of: &str, members: &mut Members) -> Vec<String> {
    let nulled = match key.on_delete_columns.as_slice() {
        [] => &key.columns,
        columns => columns,
    };
    let can_null = nulled.iter().all(|name| {
        let column = writing.table.column(name);
        column.is_some_and(|column| column.nullable)
    });
    let mut rules = Vec::new();
    for (word, clause, action) in [
        ("on_delete", "ON DELETE", key.on_delete),
        ("on_update", "ON UPDATE", key.on_update),
    ] {
        let named = match action {
            Action::NoAction => continue,
            Action::Restrict => "restrict",
            Action::Cascade => "cascade",
            Action::SetNull if !can_null => {
                let what = format!("{clause} SET NULL of {of}, a column of which is never null");
                members.unsaid.push(what);
                continue;
            }
            Action::SetNull => "set_null",
            Action::SetDefault => "set_default",
        };
        let fields = match word {
            "on_delete" if !key.on_delete_columns.is_empty() => {
                format!("({})", writing.names.list(&key.on_delete_columns))
            }
            _ => String::new(),
        };
        rules.push(format!("{word} = {named}{fields}"));
    }
    if key.match_type == MatchType::Full {
        rules.push("match = full".to_owned());
    }
    rules.extend(deferrable(key.deferrable));
    if !key.validated {
        rules.push("not_valid".to_owned());
    }
    rules
}

/// What follows `references =`: the model, or the table as text where the model would be refused.
fn reference(writing: &Writing<'_>, key: &ForeignKey) -> Option<String> {
    let context = writing.context;
    let target = context.schema.tables.get(&key.references);
    if let (Some(target), Some(names)) = (target, context.tables.get(&key.references))
        && is_unique(target, &key.referenced_columns)
        && same_types(writing, target, key)
    {
        return Some(model(writing, target, names, key));
    }
    let columns = key.referenced_columns.join(", ");
    let candidates = [
        format!("{}.{columns}", key.references),
        format!("{}({columns})", key.references),
    ];
    let reads_back = |text: &String| {
        let written = syn::LitStr::new(text, proc_macro2::Span::call_site());
        matches!(
            table_reference(&written),
            Ok(Reference::Table { name, columns, .. })
                if name == key.references && columns == key.referenced_columns
        )
    };
    let text = candidates.iter().find(|text| reads_back(text))?;
    Some(literal(text))
}

fn model(writing: &Writing<'_>, target: &Table, names: &TableNames, key: &ForeignKey) -> String {
    let ident = if target.name == writing.table.name {
        "Self"
    } else {
        names.ident.as_str()
    };
    let is_key = target
        .primary_key()
        .is_some_and(|(_, primary)| primary.columns == key.referenced_columns);
    let fields = names.list(&key.referenced_columns);
    match key.referenced_columns.as_slice() {
        [_] if is_key => ident.to_owned(),
        [_] if fields.starts_with(|first: char| first.is_lowercase() || first == '_') => {
            format!("{ident}::{fields}")
        }
        _ => format!("{ident}({fields})"),
    }
}

/// Whether something that the struct declares makes the columns unique.
fn is_unique(target: &Table, columns: &[String]) -> bool {
    let same = |other: &[String]| {
        let (mut one, mut other) = (columns.to_vec(), other.to_vec());
        one.sort();
        other.sort();
        one == other
    };
    let by_constraint = target.constraints.values().any(|constraint| {
        matches!(
            constraint.kind,
            ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_)
        ) && same(constraint.kind.key_columns())
    });
    by_constraint
        || target.indexes.values().any(|index| {
            let names: Option<Vec<String>> = index
                .keys
                .iter()
                .map(|key| match &key.target {
                    IndexTarget::Column(column) => Some(column.clone()),
                    IndexTarget::Expression(_) => None,
                })
                .collect();
            index.unique && index.predicate.is_none() && names.is_some_and(|names| same(&names))
        })
}

/// Whether the fields have the same Rust types, on which the derive and the scan insist.
fn same_types(writing: &Writing<'_>, target: &Table, key: &ForeignKey) -> bool {
    let rust = |table: &Table, name: &String| {
        let column = table.column(name)?;
        Some(field_type(writing.context, table, column).rust)
    };
    let pairs = key.columns.iter().zip(&key.referenced_columns);
    key.columns.len() == key.referenced_columns.len()
        && pairs.into_iter().all(|(own, referenced)| {
            let own = rust(writing.table, own);
            own.is_some() && own == rust(target, referenced)
        })
}

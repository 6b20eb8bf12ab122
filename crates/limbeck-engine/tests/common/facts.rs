//! Facts of a schema as one line of text, and the cases that every part is tried on.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write;

use limbeck_core::schema::{
    Action, Column, ConstraintKind, Deferrable, Identity, IdentityKind, Index, IndexKey,
    IndexTarget, MatchType, Nulls, Order, QualifiedName, Schema, SequenceOptions, Type,
};

use super::cases;

/// The facts of one table and of everything around it that is not a table.
pub(crate) fn facts(schema: &Schema, table: &str) -> String {
    let mut facts = Vec::new();
    let table: QualifiedName = table.parse().unwrap();
    if let Some(table) = schema.tables.get(&table) {
        let options = &table.options;
        for (is_set, name) in [
            (options.strict, "strict"),
            (options.without_rowid, "without rowid"),
            (options.unlogged, "unlogged"),
        ] {
            if is_set {
                facts.push(name.to_owned());
            }
        }
        let parameters = options.parameters.iter();
        facts.extend(parameters.map(|(name, value)| format!("with {name} = {value}")));
        facts.extend(table.comment.iter().map(|text| format!("comment {text}")));
        facts.extend(table.columns.iter().map(column));
        for constraint in table.constraints.values() {
            let mut fact = format!("{}: {}", constraint.name, kind(&constraint.kind));
            if let Some(comment) = &constraint.comment {
                write!(fact, " comment {comment}").unwrap();
            }
            facts.push(fact);
        }
        facts.extend(table.indexes.values().map(index));
    }
    for enum_type in schema.enums.values() {
        let mut fact = format!("enum {}: {}", enum_type.name, enum_type.values.join(", "));
        if let Some(comment) = &enum_type.comment {
            write!(fact, " comment {comment}").unwrap();
        }
        facts.push(fact);
    }
    for sequence in schema.sequences.values() {
        let mut fact = format!("sequence {}: {:?}", sequence.name, sequence.data_type);
        fact.push_str(&sequence_options(&sequence.options));
        if let Some((table, column)) = &sequence.owned_by {
            write!(fact, " owned by {table}.{column}").unwrap();
        }
        facts.push(fact);
    }
    let mut sql_objects: Vec<String> = schema
        .sql_objects
        .iter()
        .map(|object| match &object.table {
            Some(table) => format!("{} {} on {table}", object.kind.noun(), object.name.name),
            None => format!("{} {}", object.kind.noun(), object.name.name),
        })
        .collect();
    sql_objects.sort();
    facts.extend(sql_objects);
    facts.join("; ")
}

fn column(column: &Column) -> String {
    let mut fact = match &column.data_type {
        Type::Sql(text) => format!("{}: `{text}`", column.name),
        Type::Enum(name) => format!("{}: enum {name}", column.name),
        data_type => format!("{}: {data_type:?}", column.name),
    };
    if !column.nullable {
        fact.push_str(" not null");
    }
    if let Some(resolution) = &column.not_null_conflict {
        write!(fact, " on conflict {resolution}").unwrap();
    }
    if let Some(default) = &column.default {
        write!(fact, " default {default}").unwrap();
    }
    if let Some(generated) = &column.generated {
        let word = if generated.stored {
            "stored"
        } else {
            "virtual"
        };
        write!(fact, " {word} {}", generated.expression).unwrap();
    }
    if let Some(Identity {
        kind,
        options,
        sequence,
    }) = &column.identity
    {
        fact.push_str(match kind {
            IdentityKind::Always => " always as identity",
            IdentityKind::ByDefault => " by default as identity",
            IdentityKind::Serial => " serial",
        });
        fact.push_str(&sequence_options(options));
        if let Some(name) = &sequence.name {
            write!(fact, " sequence {name}").unwrap();
        }
        if let Some(data_type) = &sequence.data_type {
            write!(fact, " sequence as {data_type}").unwrap();
        }
    }
    if let Some(collation) = &column.collation {
        write!(fact, " collate {collation}").unwrap();
    }
    if let Some(comment) = &column.comment {
        write!(fact, " comment {comment}").unwrap();
    }
    fact
}

fn sequence_options(options: &SequenceOptions) -> String {
    let mut fact = String::new();
    for (name, value) in [
        ("start", options.start),
        ("increment", options.increment),
        ("min", options.min_value),
        ("max", options.max_value),
        ("cache", options.cache),
    ] {
        if let Some(value) = value {
            write!(fact, " {name} {value}").unwrap();
        }
    }
    if options.cycle {
        fact.push_str(" cycle");
    }
    fact
}

fn kind(kind: &ConstraintKind) -> String {
    let conflict = |resolution: &Option<String>| {
        resolution
            .as_ref()
            .map(|text| format!(" on conflict {text}"))
            .unwrap_or_default()
    };
    let include = |columns: &[String]| match columns {
        [] => String::new(),
        columns => format!(" include ({})", columns.join(", ")),
    };
    let deferred = |deferrable: Deferrable| match deferrable {
        Deferrable::No => String::new(),
        other => format!(" {other:?}"),
    };
    match kind {
        ConstraintKind::PrimaryKey(key) => format!(
            "primary key ({}){}{}{}",
            key.columns.join(", "),
            include(&key.include),
            deferred(key.deferrable),
            conflict(&key.on_conflict)
        ),
        ConstraintKind::Unique(key) => format!(
            "unique{} ({}){}{}{}",
            if key.nulls_not_distinct {
                " nulls not distinct"
            } else {
                ""
            },
            key.columns.join(", "),
            include(&key.include),
            deferred(key.deferrable),
            conflict(&key.on_conflict)
        ),
        ConstraintKind::Check(check) => format!(
            "check {}{}{}",
            check.expression,
            if check.no_inherit { " no inherit" } else { "" },
            if check.validated { "" } else { " not valid" }
        ),
        ConstraintKind::Exclusion(exclusion) => exclusion.definition.to_string(),
        ConstraintKind::ForeignKey(key) => {
            let mut fact = format!(
                "foreign key ({}) references {} ({})",
                key.columns.join(", "),
                key.references,
                key.referenced_columns.join(", ")
            );
            if key.on_delete != Action::NoAction {
                write!(fact, " on delete {:?}", key.on_delete).unwrap();
            }
            if !key.on_delete_columns.is_empty() {
                write!(fact, " ({})", key.on_delete_columns.join(", ")).unwrap();
            }
            if key.on_update != Action::NoAction {
                write!(fact, " on update {:?}", key.on_update).unwrap();
            }
            if key.match_type == MatchType::Full {
                fact.push_str(" match full");
            }
            fact.push_str(&deferred(key.deferrable));
            if !key.validated {
                fact.push_str(" not valid");
            }
            fact
        }
    }
}

fn index(index: &Index) -> String {
    let mut fact = format!("index {}:", index.name);
    if index.unique {
        fact.push_str(" unique");
    }
    if let Some(method) = &index.method {
        write!(fact, " using {method}").unwrap();
    }
    let keys: Vec<String> = index.keys.iter().map(index_key).collect();
    write!(fact, " {}", keys.join(", ")).unwrap();
    if !index.include.is_empty() {
        write!(fact, " include ({})", index.include.join(", ")).unwrap();
    }
    if index.nulls_not_distinct {
        fact.push_str(" nulls not distinct");
    }
    for (name, value) in &index.options {
        write!(fact, " with {name} = {value}").unwrap();
    }
    if let Some(predicate) = &index.predicate {
        write!(fact, " where {predicate}").unwrap();
    }
    if let Some(comment) = &index.comment {
        write!(fact, " comment {comment}").unwrap();
    }
    fact
}

fn index_key(key: &IndexKey) -> String {
    let mut fact = match &key.target {
        IndexTarget::Column(name) => name.clone(),
        IndexTarget::Expression(expression) => format!("({expression})"),
    };
    if let Some(collation) = &key.collation {
        write!(fact, " collate {collation}").unwrap();
    }
    if let Some(operator_class) = &key.operator_class {
        write!(fact, " {operator_class}").unwrap();
    }
    if key.order == Order::Descending {
        fact.push_str(" DESC");
    }
    match key.nulls {
        Some(Nulls::First) => fact.push_str(" nulls first"),
        Some(Nulls::Last) => fact.push_str(" nulls last"),
        None => {}
    }
    fact
}

/// Both sides of every case of a dialect; none where the cases are not beside the checkout.
pub(crate) fn pairs(dialect: &str) -> Vec<String> {
    let Some(text) = cases::read(&format!("{dialect}-pairs.json")) else {
        return Vec::new();
    };
    let cases: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    cases
        .iter()
        .flat_map(|case| [&case["old"], &case["new"]])
        .map(|side| match side {
            serde_json::Value::Array(parts) => {
                let parts: Vec<&str> = parts.iter().filter_map(|part| part.as_str()).collect();
                parts.join(";\n")
            }
            other => other.as_str().unwrap_or_default().to_owned(),
        })
        .collect()
}

//! Source trees in temporary folders, and models as short text.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use limbeck_core::schema::{Column, ConstraintKind, Index, IndexTarget, Models, Type};
use limbeck_models::{ScanError, ScanOptions, scan};

/// A manifest of a package with the usual dependencies.
pub(crate) fn manifest(name: &str, more: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{more}\n\
         [dependencies]\nlimbeck = \"0.1\"\nuuid = \"1\"\nchrono = \"0.4\"\nsqlx = \"0.9\"\n"
    )
}

/// Writes files and scans the folder.
pub(crate) fn scan_files(
    files: &[(&str, &str)],
    options: &ScanOptions,
) -> Result<Models, Vec<ScanError>> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    write_files(folder.path(), files);
    scan(folder.path(), options).map(|found| found.models)
}

/// Writes files, and a manifest where there is none.
pub(crate) fn write_files(folder: &Path, files: &[(&str, &str)]) {
    if !files.iter().any(|(path, _)| *path == "Cargo.toml") {
        fs::write(folder.join("Cargo.toml"), manifest("app", ""))
            .expect("the folder can be written");
    }
    for (path, text) in files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).expect("the folder can be written");
        }
        fs::write(path, text).expect("the folder can be written");
    }
}

/// The models of one file.
pub(crate) fn models_of(source: &str) -> Models {
    match scan_files(&[("src/lib.rs", source)], &ScanOptions::default()) {
        Ok(models) => models,
        Err(errors) => panic!("{}", errors_text(&errors)),
    }
}

/// The errors of one file, as text.
pub(crate) fn errors_of(source: &str) -> String {
    match scan_files(&[("src/lib.rs", source)], &ScanOptions::default()) {
        Ok(_) => "no error\n".to_owned(),
        Err(errors) => errors_text(&errors),
    }
}

/// Errors with their hints.
pub(crate) fn errors_text(errors: &[ScanError]) -> String {
    let mut text = String::new();
    for error in errors {
        let _ = writeln!(text, "{error}");
        if let Some(hint) = &error.hint {
            let _ = writeln!(text, "    hint: {hint}");
        }
    }
    text
}

/// Models as short text.
pub(crate) fn text(models: &Models) -> String {
    let mut text = String::new();
    for namespace in &models.schema.namespaces {
        let _ = writeln!(text, "schema {namespace}");
    }
    for object in &models.schema.sql_objects {
        let definition = object.definition.as_deref().unwrap_or_default();
        let _ = writeln!(text, "{} {}: {definition}", object.kind.noun(), object.name);
    }
    for (name, declared) in &models.schema.enums {
        let _ = write!(text, "enum {name}: {}", declared.values.join(" | "));
        let _ = writeln!(text, "{}", comment(declared.comment.as_deref()));
    }
    for (name, sequence) in &models.schema.sequences {
        let _ = write!(text, "sequence {name} {}", type_text(&sequence.data_type));
        let _ = write!(text, " {}", json(&sequence.options));
        match &sequence.owned_by {
            Some((table, column)) => writeln!(text, " of {table}.{column}"),
            None => writeln!(text),
        }
        .expect("is written");
    }
    for (name, table) in &models.schema.tables {
        let _ = writeln!(text, "table {name}{}", comment(table.comment.as_deref()));
        if table.options != Default::default() {
            let _ = writeln!(text, "  {}", json(&table.options));
        }
        for column in &table.columns {
            let _ = writeln!(text, "  {}", column_text(column));
        }
        for (name, constraint) in &table.constraints {
            let remark = comment(constraint.comment.as_deref());
            let _ = writeln!(
                text,
                "  {name}: {}{remark}",
                constraint_text(&constraint.kind)
            );
        }
        for index in table.indexes.values() {
            let _ = writeln!(text, "  {}", index_text(index));
        }
    }
    for renamed in &models.renamed_from {
        let _ = writeln!(text, "renamed {}", json(renamed));
    }
    text
}

/// Where everything stands.
pub(crate) fn origins(models: &Models) -> String {
    let mut text = String::new();
    for (object, origin) in &models.origins {
        let _ = writeln!(text, "{object} {origin} {}", origin.path);
    }
    text
}

fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("models are JSON")
}

fn comment(comment: Option<&str>) -> String {
    comment
        .map(|comment| format!(" -- {comment}"))
        .unwrap_or_default()
}

fn type_text(data_type: &Type) -> String {
    match data_type {
        Type::Array(element) => format!("{}[]", type_text(element)),
        Type::Enum(name) => format!("enum {name}"),
        Type::Sql(text) => format!("`{text}`"),
        other => json(other).replace('"', ""),
    }
}

fn column_text(column: &Column) -> String {
    let mut text = format!("{} {}", column.name, type_text(&column.data_type));
    if column.nullable {
        text.push_str(" null");
    }
    if let Some(word) = &column.not_null_conflict {
        let _ = write!(text, " on conflict {word}");
    }
    if let Some(default) = &column.default {
        let _ = write!(text, " default {default}");
    }
    if let Some(generated) = &column.generated {
        let _ = write!(
            text,
            " generated {} {}",
            generated.expression, generated.stored
        );
    }
    if let Some(identity) = &column.identity {
        let _ = write!(text, " identity {}", json(&identity.kind).replace('"', ""));
        if identity.options != Default::default() {
            let _ = write!(text, " {}", json(&identity.options));
        }
    }
    if let Some(collation) = &column.collation {
        let _ = write!(text, " collate {collation}");
    }
    text + &comment(column.comment.as_deref())
}

fn constraint_text(kind: &ConstraintKind) -> String {
    let noun = kind.noun();
    match kind {
        ConstraintKind::Check(check) => {
            let inherit = if check.no_inherit { " no inherit" } else { "" };
            format!("{noun} {}{inherit}{}", check.expression, valid(kind))
        }
        ConstraintKind::Exclusion(exclusion) => format!("{noun} {}", exclusion.definition),
        ConstraintKind::PrimaryKey(key) => {
            let columns = key.columns.join(", ");
            format!("{noun} {columns}{}", conflict(key.on_conflict.as_ref()))
        }
        ConstraintKind::Unique(unique) => {
            let mut text = format!("{noun} {}", unique.columns.join(", "));
            if unique.nulls_not_distinct {
                text.push_str(" nulls not distinct");
            }
            if unique.deferrable != Default::default() {
                let _ = write!(text, " {}", json(&unique.deferrable));
            }
            text + &conflict(unique.on_conflict.as_ref())
        }
        ConstraintKind::ForeignKey(key) => format!(
            "{noun} {} -> {}({}) {}{}",
            key.columns.join(", "),
            key.references,
            key.referenced_columns.join(", "),
            json(&(
                key.on_delete,
                &key.on_delete_columns,
                key.on_update,
                key.match_type,
                key.deferrable
            ))
            .replace('"', ""),
            valid(kind)
        ),
    }
}

fn valid(kind: &ConstraintKind) -> &'static str {
    if kind.is_validated() {
        ""
    } else {
        " not valid"
    }
}

fn conflict(word: Option<&String>) -> String {
    word.map(|word| format!(" on conflict {word}"))
        .unwrap_or_default()
}

fn index_text(index: &Index) -> String {
    let keys: Vec<String> = index
        .keys
        .iter()
        .map(|key| {
            let mut text = match &key.target {
                IndexTarget::Column(column) => column.clone(),
                IndexTarget::Expression(expression) => format!("({expression})"),
            };
            for part in [&key.collation, &key.operator_class].into_iter().flatten() {
                let _ = write!(text, " {part}");
            }
            if key.order == limbeck_core::schema::Order::Descending {
                text.push_str(" desc");
            }
            if let Some(nulls) = key.nulls {
                let _ = write!(text, " nulls {}", json(&nulls).replace('"', ""));
            }
            text
        })
        .collect();
    let mut text = format!(
        "{}: {}index {}",
        index.name,
        if index.unique { "unique " } else { "" },
        keys.join(", ")
    );
    if let Some(method) = &index.method {
        let _ = write!(text, " using {method}");
    }
    if !index.include.is_empty() {
        let _ = write!(text, " include {}", index.include.join(", "));
    }
    if let Some(predicate) = &index.predicate {
        let _ = write!(text, " where {predicate}");
    }
    if index.nulls_not_distinct {
        text.push_str(" nulls not distinct");
    }
    if !index.options.is_empty() {
        let _ = write!(text, " {}", json(&index.options));
    }
    text + &comment(index.comment.as_deref())
}

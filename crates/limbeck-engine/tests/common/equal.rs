//! When two databases are equal, asked without the product's own word for it.

use limbeck::connection::Connection;
use limbeck_core::dialect::Dialect;
use limbeck_core::op::Operation;
use limbeck_core::schema::{Object, QualifiedName};
use limbeck_core::sql::quote_identifier;
use limbeck_engine::ask::settle;
use limbeck_engine::compare::CompareError;
use limbeck_engine::inspect::{InspectOptions, inspect, residue, residue_difference};
use limbeck_engine::sides::SideError;

use super::plans::{changes, described};

/// What two databases differ in, besides words for the same.
pub(crate) async fn difference(
    old: &mut Connection,
    new: &mut Connection,
    options: &InspectOptions,
) -> Option<String> {
    let dialect = old.dialect();
    let reached = inspect(old, options).await.expect("is inspected");
    let target = inspect(new, options).await.expect("is inspected");
    let spelled_otherwise = changes(&reached, &target, dialect);
    if !spelled_otherwise.is_empty() {
        let settled = settle(old, &reached, &target, options).await;
        let (reached, target) = settled.expect("is settled");
        let rest = changes(&reached, &target, dialect);
        if !rest.is_empty() {
            return Some(described(&rest));
        }
    }
    let reached = residue(old, options).await.expect("has a residue");
    let target = residue(new, options).await.expect("has a residue");
    let mut left = residue_difference(&target, &reached);
    // Just these members are told in other words, and nothing beside them.
    let words: Vec<String> = spelled_otherwise.iter().filter_map(key).collect();
    left.retain(|line| !words.iter().any(|key| line.starts_with(key)));
    (!left.is_empty()).then(|| left.join("; "))
}

/// How the line about a member begins.
fn key(operation: &Operation) -> Option<String> {
    let quoted = |name: &str| quote_identifier(name, Dialect::Postgres);
    let title = |name: &QualifiedName| {
        let parts: Vec<String> = name.parts().into_iter().map(quoted).collect();
        parts.join(".")
    };
    match operation.object() {
        Object::Column(table, name) => {
            Some(format!("`column {}.{}`", title(&table), quoted(&name)))
        }
        Object::Constraint(table, name) => Some(format!(
            "`constraint on {}: {}`",
            title(&table),
            quoted(&name)
        )),
        Object::Index(table, name) => Some(format!("`index {}`", title(&table.sibling(name)))),
        _ => None,
    }
}

/// One line that says why there is no way.
pub(crate) fn reason(error: &SideError) -> String {
    let mut text = error.to_string();
    match error {
        SideError::Unwritten { differences, .. } => {
            text = format!("{text}: {}", differences.join("; "));
        }
        SideError::Compare(CompareError::Undecided(questions)) => {
            for question in questions {
                text = format!("{text}: {question}");
            }
        }
        _ => {}
    }
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

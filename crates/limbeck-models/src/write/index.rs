//! Attributes for indexes.

use limbeck_core::schema::{Index, IndexKey, IndexTarget, Nulls, Order};

use crate::default_name::{columns_of_index, of_index};

use super::table::{Members, Writing, comment, storage};
use super::text::{literal, said};

/// Adds an index to the attribute of its column, or to that of the table.
pub(crate) fn write(writing: &Writing<'_>, index: &Index, members: &mut Members) {
    let names = writing.names;
    let columns = columns_of_index(writing.table, index);
    let naming = &writing.context.conventions.naming;
    let is_default = of_index(naming, &writing.table.name, index.unique, &columns) == index.name;
    if let Some(column) = only_column(index)
        && members.is_free(column, "index")
    {
        let key = if index.unique {
            "unique_index"
        } else {
            "index"
        };
        let argument = if is_default {
            key.to_owned()
        } else {
            said(key, &index.name)
        };
        members.add(column, "index", argument);
        return;
    }
    let keys: Vec<String> = index
        .keys
        .iter()
        .map(|key| self::key(writing, key))
        .collect();
    let mut arguments = Vec::new();
    if is_default {
        arguments.extend(keys);
    } else {
        arguments.push(said("name", &index.name));
        arguments.push(format!("columns({})", keys.join(", ")));
    }
    if index.unique {
        arguments.push(names.flag("unique"));
    }
    if let Some(predicate) = &index.predicate {
        arguments.push(said("where", predicate.as_str()));
    }
    if let Some(method) = &index.method {
        arguments.push(said("method", method));
    }
    if !index.include.is_empty() {
        arguments.push(format!("include({})", names.list(&index.include)));
    }
    if index.nulls_not_distinct {
        arguments.push(names.flag("nulls_not_distinct"));
    }
    let of = format!("index `{}`", index.name);
    arguments.extend(storage(&index.options, &of, &mut members.unsaid));
    arguments.extend(comment(index.comment.as_deref(), &of, &mut members.unsaid));
    let arguments = arguments.join(", ");
    members.table.push(format!("index({arguments})"));
}

/// The column of an index that says nothing but its name.
fn only_column(index: &Index) -> Option<&str> {
    let [key] = index.keys.as_slice() else {
        return None;
    };
    let IndexTarget::Column(column) = &key.target else {
        return None;
    };
    let plain = Index {
        unique: index.unique,
        ..Index::on_columns(&index.name, [column])
    };
    (plain == *index).then_some(column)
}

fn key(writing: &Writing<'_>, key: &IndexKey) -> String {
    let mut text = match &key.target {
        IndexTarget::Column(column) => writing.names.field(column).to_owned(),
        IndexTarget::Expression(expression) => literal(expression.as_str()),
    };
    if key.order == Order::Descending {
        text.push_str(" desc");
    }
    match key.nulls {
        Some(Nulls::First) => text.push_str(" nulls_first"),
        Some(Nulls::Last) => text.push_str(" nulls_last"),
        None => {}
    }
    for (word, value) in [("collate", &key.collation), ("ops", &key.operator_class)] {
        if let Some(value) = value {
            text.push_str(&format!(" {word} {}", literal(value)));
        }
    }
    text
}

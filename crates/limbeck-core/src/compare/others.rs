//! What others have made: the prelude, and other programs in a live database.

use std::collections::BTreeSet;

use super::changes;
use crate::dialect::Dialect;
use crate::op::{Act, Operation};
use crate::schema::{Object, Schema, SqlObject, SqlObjectKey};

/// Takes what others own out of a schema.
pub fn without(schema: &mut Schema, owned: &Schema) {
    let Schema {
        default_schema: _,
        namespaces,
        enums,
        sequences,
        tables,
        sql_objects,
    } = schema;
    namespaces.retain(|name| !owned.namespaces.contains(name));
    enums.retain(|name, _| !owned.enums.contains_key(name));
    sequences.retain(|name, _| !owned.sequences.contains_key(name));
    tables.retain(|name, _| !owned.tables.contains_key(name));
    let keys: BTreeSet<SqlObjectKey> = owned.sql_objects.iter().map(SqlObject::key).collect();
    sql_objects.retain(|object| !keys.contains(&object.key()));
}

/// Takes the text of views, functions and the like for what is expected where they are there: each
/// major version of the server writes them in words of its own.
pub fn in_words_of(expected: &Schema, found: &mut Schema) {
    let theirs = std::mem::take(&mut found.sql_objects).into_iter();
    found.sql_objects = theirs
        .map(|object| {
            expected
                .sql_objects
                .iter()
                .find(|one| one.key() == object.key())
                .cloned()
                .unwrap_or(object)
        })
        .collect();
}

/// Takes out what no revision made, and names it.
pub fn take_out_foreign(
    found: &mut Schema,
    expected: &Schema,
    dialect: Dialect,
) -> BTreeSet<Object> {
    let mut foreign = BTreeSet::new();
    for operation in changes(expected, found, dialect) {
        // The rest is done to what the revisions have made.
        let is_of_table = match operation {
            Operation::Column(_)
            | Operation::Constraint(_)
            | Operation::Index(_)
            | Operation::Comment(_) => true,
            Operation::Table(_)
            | Operation::Enum(_)
            | Operation::Sequence(_)
            | Operation::Namespace(_)
            | Operation::SqlObject(_) => false,
        };
        let is_foreign = operation.act() == Act::Create && !is_of_table;
        if is_foreign && operation.inverse().apply(found, dialect).is_ok() {
            foreign.insert(operation.object());
        }
    }
    foreign
}

//! What rows of the state before make of an operation: failures that cannot happen, because they satisfy a
//! new constraint already, and failures that can, because a value is given to rows that must differ.

use std::collections::BTreeSet;

use crate::dialect::Dialect;
use crate::op::{Act, ColumnOp, Hazard, HazardCode, NULLS, Operation, TableOp};
use crate::schema::{
    Column, Constraint, ConstraintKind, Expression, ForeignKey, Index, IndexKey, IndexTarget,
    MatchType, Member, Object, QualifiedName, Schema, Table, Type, is_not_null,
};
use crate::sql::{Token, TokenKind, lex, mentions, same};

/// The hazards that operations have by themselves, and that rows of the state before cannot bring
/// about.
pub(super) fn ruled_out(
    operations: &[Operation],
    before: &Schema,
    dialect: Dialect,
) -> BTreeSet<Hazard> {
    let Some(state) = renamed(operations, before, dialect) else {
        return BTreeSet::new();
    };
    let rows = Rows {
        state: &state,
        operations,
        dialect,
    };
    let mut ruled_out = BTreeSet::new();
    for operation in operations {
        let mut hazards = operation.hazards();
        hazards.retain(|hazard| hazard.code == HazardCode::MayFail);
        let is_ruled_out = match operation {
            Operation::Column(op) => {
                hazards.retain(|hazard| hazard.reason == NULLS);
                let column = op.sides().from;
                column.is_some_and(|one| rows.hold_no_null(op.table(), &one.name))
            }
            Operation::Constraint(op) => {
                let constraint = op.sides().to;
                constraint.is_some_and(|one| rows.satisfy(op.table(), one))
            }
            Operation::Index(op) => {
                let index = op.sides().to;
                index.is_some_and(|one| rows.differ_in(op.table(), one))
            }
            Operation::Namespace(_)
            | Operation::Enum(_)
            | Operation::Sequence(_)
            | Operation::Table(_)
            | Operation::Comment(_)
            | Operation::SqlObject(_) => false,
        };
        if is_ruled_out {
            ruled_out.extend(hazards);
        }
    }
    ruled_out
}

/// The failures of operations that give rows a value, where a key or an exclusion of the state before stays.
pub(super) fn of_values(
    operations: &[Operation],
    before: &Schema,
    dialect: Dialect,
) -> BTreeSet<Hazard> {
    let state = renamed(operations, before, dialect);
    let mut hazards = BTreeSet::new();
    for operation in operations {
        let Operation::Column(ColumnOp::Alter {
            table, from, fills, ..
        }) = operation
        else {
            continue;
        };
        let former = state
            .as_ref()
            .unwrap_or(before)
            .tables
            .get(table)
            .filter(|_| from.nullable)
            .zip(fills.upgrade.as_ref());
        let Some((former, value)) = former else {
            continue;
        };
        if is_made_anew(value, dialect) {
            continue;
        }
        let is_dropped = |member: Member<'_>| {
            let object = member.object(table);
            operations
                .iter()
                .filter(|one| one.act() == Act::Drop)
                .any(|one| one.object() == object)
        };
        let apart = former
            .members()
            .find(|one| one.tells_apart_by(&from.name, dialect) && !is_dropped(*one));
        if let Some(member) = apart {
            hazards.insert(Hazard::new(
                HazardCode::MayFail,
                Object::Column(table.clone(), from.name.clone()),
                format!(
                    "rows that hold NULL get one value, and {} takes none twice",
                    member.object(table)
                ),
            ));
        }
    }
    hazards
}

/// Whether an expression gives each row a value of its own.
fn is_made_anew(value: &Expression, dialect: Dialect) -> bool {
    [
        "gen_random_uuid",
        "uuidv4",
        "uuidv7",
        "nextval",
        "randomblob",
    ]
    .iter()
    .any(|function| mentions(&value.0, function, dialect))
}

/// The state before under the names of the state after; `None` where a name changes its owner.
fn renamed(operations: &[Operation], before: &Schema, dialect: Dialect) -> Option<Schema> {
    let mut state = before.clone();
    let mut done: Vec<&Operation> = Vec::new();
    for operation in operations {
        let is_rename = matches!(
            operation,
            Operation::Table(TableOp::Rename { .. }) | Operation::Column(ColumnOp::Rename { .. })
        );
        if is_rename && !done.contains(&operation) {
            done.push(operation);
            operation.apply(&mut state, dialect).ok()?;
        }
    }
    Some(state)
}

/// The rows that are there, as far as constraints tell of them.
struct Rows<'a> {
    state: &'a Schema,
    operations: &'a [Operation],
    dialect: Dialect,
}

impl Rows<'_> {
    /// The table as it was; `None` where it is made anew.
    fn table(&self, name: &QualifiedName) -> Option<&Table> {
        let is_made = self.operations.iter().any(
            |one| matches!(one, Operation::Table(TableOp::Create(table)) if table.name == *name),
        );
        self.state.tables.get(name).filter(|_| !is_made)
    }

    fn hold_no_null(&self, table: &QualifiedName, column: &str) -> bool {
        let is_kept = self.changes(table).all(|op| match op.sides().both() {
            Some((from, _)) => from.name != column || op.casts().is_none(),
            None => op.sides().lone().is_none_or(|one| one.name != column),
        });
        let known = self.table(table);
        is_kept && known.is_some_and(|table| table.refuses_null(column, self.dialect))
    }

    /// Whether the rows satisfy a constraint that is to come.
    fn satisfy(&self, name: &QualifiedName, constraint: &Constraint) -> bool {
        let Some(table) = self.table(name) else {
            // A table that is made has no rows yet.
            return self.operations.iter().any(
                |one| matches!(one, Operation::Table(TableOp::Create(table)) if table.name == *name),
            );
        };
        match &constraint.kind {
            ConstraintKind::PrimaryKey(key) => {
                let keys: Vec<IndexKey> = key.columns.iter().map(|one| plain(one)).collect();
                self.differ(table, &keys, &Unique::PLAIN)
            }
            ConstraintKind::Unique(key) => {
                let keys: Vec<IndexKey> = key.columns.iter().map(|one| plain(one)).collect();
                let nulls_are_equal = key.nulls_not_distinct;
                self.differ(
                    table,
                    &keys,
                    &Unique {
                        nulls_are_equal,
                        ..Unique::PLAIN
                    },
                )
            }
            ConstraintKind::Check(check) => {
                let wanted = &check.expression.0;
                let is_alike = |former: &Constraint| {
                    matches!(&former.kind, ConstraintKind::Check(one)
                        if one.validated && alike(&one.expression.0, wanted, self.dialect))
                };
                table
                    .columns
                    .iter()
                    .map(|one| one.name.as_str())
                    .find(|one| is_not_null(wanted, one, self.dialect))
                    .is_some_and(|column| self.hold_no_null(name, column))
                    || table.constraints.values().any(is_alike) && self.keep(table, wanted)
            }
            ConstraintKind::Exclusion(exclusion) => {
                let wanted = &exclusion.definition.0;
                let is_alike = |former: &Constraint| {
                    matches!(&former.kind, ConstraintKind::Exclusion(one)
                        if same(&one.definition.0, wanted, self.dialect))
                };
                table.constraints.values().any(is_alike) && self.keep(table, wanted)
            }
            ConstraintKind::ForeignKey(key) => self.reference(table, key),
        }
    }

    fn differ_in(&self, name: &QualifiedName, index: &Index) -> bool {
        let Some(table) = self.table(name) else {
            return false;
        };
        let unique = Unique {
            nulls_are_equal: index.nulls_not_distinct,
            predicate: index.predicate.as_ref().map(|one| one.0.as_str()),
        };
        self.differ(table, &index.keys, &unique)
    }

    /// Whether a former key sees to it that rows differ in some of the keys.
    fn differ(&self, table: &Table, keys: &[IndexKey], wanted: &Unique<'_>) -> bool {
        former_keys(table).any(|(former, unique)| {
            let is_among = |key: &IndexKey| {
                keys.iter().any(|one| {
                    let is_target = match (&one.target, &key.target) {
                        (IndexTarget::Column(one), IndexTarget::Column(key)) => one == key,
                        (IndexTarget::Expression(one), IndexTarget::Expression(key)) => {
                            same(&one.0, &key.0, self.dialect)
                        }
                        (IndexTarget::Column(_), IndexTarget::Expression(_))
                        | (IndexTarget::Expression(_), IndexTarget::Column(_)) => false,
                    };
                    is_target
                        && one.collation == key.collation
                        && one.operator_class == key.operator_class
                })
            };
            let covers = match (unique.predicate, wanted.predicate) {
                (None, _) => true,
                (Some(former), Some(wanted)) => same(former, wanted, self.dialect),
                (Some(_), None) => false,
            };
            let nulls_matter = wanted.nulls_are_equal && !unique.nulls_are_equal;
            let is_kept = |key: &IndexKey| match &key.target {
                IndexTarget::Column(column) => {
                    self.keeps(table, column)
                        && (!nulls_matter || self.hold_no_null(&table.name, column))
                }
                IndexTarget::Expression(expression) => {
                    self.keep(table, &expression.0) && !nulls_matter
                }
            };
            let predicate = unique.predicate;
            covers
                && predicate.is_none_or(|text| self.keep(table, text))
                && former.iter().all(|key| is_among(key) && is_kept(key))
        })
    }

    /// Whether a former foreign key sees to it that rows reference others, or a new column holds NULL in
    /// all of them.
    fn reference(&self, table: &Table, key: &ForeignKey) -> bool {
        let is_null = |name: &String| {
            self.changes(&table.name).any(|op| {
                matches!(op, ColumnOp::Add { column, fill: None, .. }
                    if column.name == *name
                        && column.nullable
                        && column.identity.is_none()
                        && column.expressions().next().is_none())
            })
        };
        let mut columns = key.columns.iter();
        let is_free = match key.match_type {
            MatchType::Simple => columns.any(is_null),
            MatchType::Full => columns.all(is_null),
        };
        if is_free {
            return true;
        }
        let Some(referenced) = self.table(&key.references) else {
            return false;
        };
        let pairs = |key: &ForeignKey| -> BTreeSet<(String, String)> {
            key.columns
                .iter()
                .cloned()
                .zip(key.referenced_columns.iter().cloned())
                .collect()
        };
        let wanted = pairs(key);
        let is_there = table.foreign_keys().any(|(_, former)| {
            former.validated
                && former.references == key.references
                && pairs(former) == wanted
                && (former.match_type == key.match_type || wanted.len() == 1)
        });
        let mut pairs = wanted.iter();
        is_there && pairs.all(|(from, to)| self.keeps(table, from) && self.keeps(referenced, to))
    }

    /// Whether all columns that an expression names keep their values.
    fn keep(&self, table: &Table, expression: &str) -> bool {
        let is_named = |column: &&Column| mentions(expression, &column.name, self.dialect);
        table
            .columns
            .iter()
            .filter(is_named)
            .all(|column| self.keeps(table, &column.name))
            && !self
                .operations
                .iter()
                .any(|one| matches!(one, Operation::Enum(_)))
    }

    /// Whether a column's values stay what they are, and compare as they did.
    fn keeps(&self, table: &Table, column: &str) -> bool {
        self.changes(&table.name).all(|op| match op.sides().both() {
            Some((from, to)) => {
                from.name != column
                    || op.fill().is_none()
                        && from.collation == to.collation
                        && from.generated == to.generated
                        && are_one_family(&from.data_type, &to.data_type)
                        && (op.casts().is_none() || self.dialect == Dialect::Sqlite)
            }
            None => op.sides().lone().is_none_or(|one| one.name != column),
        })
    }

    fn changes<'s>(&'s self, table: &'s QualifiedName) -> impl Iterator<Item = &'s ColumnOp> {
        self.operations.iter().filter_map(move |one| match one {
            Operation::Column(op) if op.table() == table => Some(op),
            Operation::Namespace(_)
            | Operation::Enum(_)
            | Operation::Sequence(_)
            | Operation::Table(_)
            | Operation::Column(_)
            | Operation::Constraint(_)
            | Operation::Index(_)
            | Operation::Comment(_)
            | Operation::SqlObject(_) => None,
        })
    }
}

/// How rows must differ.
struct Unique<'a> {
    nulls_are_equal: bool,
    predicate: Option<&'a str>,
}

impl Unique<'_> {
    const PLAIN: Unique<'static> = Unique {
        nulls_are_equal: false,
        predicate: None,
    };
}

fn plain(column: &str) -> IndexKey {
    IndexKey::new(IndexTarget::Column(column.to_owned()))
}

fn former_keys(table: &Table) -> impl Iterator<Item = (Vec<IndexKey>, Unique<'_>)> {
    let constraints = table
        .constraints
        .values()
        .filter_map(|one| match &one.kind {
            ConstraintKind::PrimaryKey(key) => Some((
                key.columns.iter().map(|one| plain(one)).collect(),
                Unique::PLAIN,
            )),
            ConstraintKind::Unique(key) => Some((
                key.columns.iter().map(|one| plain(one)).collect(),
                Unique {
                    nulls_are_equal: key.nulls_not_distinct,
                    ..Unique::PLAIN
                },
            )),
            ConstraintKind::Check(_)
            | ConstraintKind::Exclusion(_)
            | ConstraintKind::ForeignKey(_) => None,
        });
    let indexes = table.indexes.values().filter(|index| index.unique);
    constraints.chain(indexes.map(|index| {
        let unique = Unique {
            nulls_are_equal: index.nulls_not_distinct,
            predicate: index.predicate.as_ref().map(|one| one.0.as_str()),
        };
        (index.keys.clone(), unique)
    }))
}

/// Whether values stay equal to what they were, and keep their order.
fn are_one_family(from: &Type, to: &Type) -> bool {
    let is_text = |one: &Type| matches!(one, Type::Text | Type::Varchar(_));
    let is_finer = match (from, to) {
        (Type::Numeric(Some(_)), Type::Numeric(None)) => true,
        (Type::Numeric(Some((_, from))), Type::Numeric(Some((_, to)))) => from <= to,
        _ => false,
    };
    from == to
        || (from.is_integer() && to.is_integer())
        || (is_text(from) && is_text(to))
        || is_finer
}

/// Whether two checks say the same, casts aside that a column's type alone brings in.
fn alike(former: &str, wanted: &str, dialect: Dialect) -> bool {
    same(former, wanted, dialect)
        || same(
            &without_casts(former, dialect),
            &without_casts(wanted, dialect),
            dialect,
        )
}

/// An expression without the casts that PostgreSQL writes by itself: of literals, and to text.
fn without_casts(expression: &str, dialect: Dialect) -> String {
    let mut tokens = lex(expression, dialect).unwrap_or_default();
    tokens.retain(Token::is_significant);
    let text = |at: usize| {
        tokens
            .get(at)
            .map_or("", |token: &Token| token.text(expression))
    };
    let is_literal = |at: usize| {
        let kind = tokens.get(at).map(|token| token.kind);
        matches!(kind, Some(TokenKind::String | TokenKind::Number))
    };
    let mut kept: Vec<&str> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if text(at) != "::" {
            kept.push(text(at));
            at += 1;
            continue;
        }
        let is_of_literal = at > 0 && is_literal(at - 1)
            || at > 2 && text(at - 1) == ")" && is_literal(at - 2) && text(at - 3) == "(";
        let (words, is_text) = match (
            text(at + 1).to_ascii_lowercase().as_str(),
            text(at + 2).to_ascii_lowercase().as_str(),
        ) {
            ("character", "varying") => (2, true),
            ("text", _) => (1, true),
            ("double", "precision") => (2, false),
            ("bigint" | "integer" | "smallint" | "numeric" | "real", _) => (1, false),
            _ => (0, false),
        };
        let mut end = at + 1 + words;
        let is_limited = text(end) == "(";
        if words == 0 || is_limited || !(is_text || is_of_literal) {
            kept.push(text(at));
            at += 1;
            continue;
        }
        if text(end) == "[" && text(end + 1) == "]" {
            end += 2;
        }
        if let [.., "(", literal, ")"] = kept.as_slice()
            && is_of_literal
        {
            let literal = *literal;
            kept.truncate(kept.len() - 3);
            kept.push(literal);
        }
        at = end;
    }
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casts_that_a_type_brings_in_say_nothing() {
        for (former, wanted, expected) in [
            ("(a)::text <> ''::text", "a <> ''", true),
            ("a > (3)::numeric", "a > 3", true),
            (
                "a = ANY (ARRAY['x'::text, 'y'::text])",
                "(a)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[])",
                true,
            ),
            (
                "a = ANY (ARRAY[1, 2])",
                "a = ANY (ARRAY[(1)::bigint, (2)::bigint])",
                true,
            ),
            (
                "a = ANY ('{1,2}'::integer[])",
                "a = ANY ('{1,2}'::bigint[])",
                true,
            ),
            ("(a)::varchar(3) = 'abc'", "a = 'abc'", false),
            ("(a)::integer > 3", "a > 3", false),
            ("a > 3", "a > 4", false),
        ] {
            assert_eq!(
                alike(former, wanted, Dialect::Postgres),
                expected,
                "{former} | {wanted}"
            );
        }
    }
}

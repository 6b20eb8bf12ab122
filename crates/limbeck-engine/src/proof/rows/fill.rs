//! Fills tables with made-up rows: all of them in one batch, and one by one where that fails.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{QualifiedName, Table};
use limbeck_core::sql::quoted;

use super::compose::{Parts, Row};
use super::draft::{Draft, Sides, domain_draft, draft};
use super::kind::{named_types, shape, table_sql};
use super::order::{order, referenced};
use super::refusal::reason;
use super::search::{Answers, Group, Wanted, ask, groups, satisfied};
use super::value::Value;
use limbeck::connection::{Connection, QueryError};

/// So many rows of a table that has some are looked at.
const MOST_READ: usize = 100;
/// Other choices that are tried for a row that the database refuses.
const TURNS: usize = 4;

/// What was filled.
#[derive(Debug, Clone, Default)]
pub struct Filled {
    /// Tables that have rows now, made up or not.
    pub tables: BTreeSet<QualifiedName>,
    /// Tables that have none, with the reason.
    pub without: BTreeMap<QualifiedName, String>,
    /// Drafts and rows, for more rows of the kind.
    pub(super) drafts: BTreeMap<QualifiedName, Draft>,
    pub(super) known: BTreeMap<QualifiedName, Vec<Row>>,
}

/// Fills those of `tables` that are empty.
pub(super) async fn fill(
    connection: &mut Connection,
    sides: &mut Sides<'_>,
    tables: &BTreeSet<QualifiedName>,
) -> Result<Filled, QueryError> {
    let all: Vec<&Table> = tables
        .iter()
        .filter_map(|name| sides.before.tables.get(name))
        .collect();
    let dialect = connection.dialect();
    sides.types = named_types(connection, all.iter().copied(), sides.before).await?;
    accept(connection, sides).await?;
    let referenced = referenced(&all, sides);
    let mut filled = Filled::default();
    read_rows(connection, &all, sides, &mut filled.known).await?;
    for table in &all {
        filled
            .drafts
            .insert(table.name.clone(), draft(table, sides, &referenced));
    }
    let order = order(&filled.drafts);
    let empty: Vec<&QualifiedName> = order
        .iter()
        .filter(|name| !filled.known.contains_key(*name))
        .collect();
    let mut maker = Maker {
        drafts: &filled.drafts,
        known: filled.known.clone(),
        found: BTreeMap::new(),
        without: BTreeMap::new(),
    };
    maker.search_free(connection, sides, &empty).await?;
    let before = maker.known.clone();
    let mut statements = Vec::new();
    for name in &empty {
        if let Some(rows) = maker.compose(connection, sides, name, 0).await? {
            statements.push(insert(&maker.drafts[*name], &rows, dialect));
            maker.known.insert((*name).clone(), rows);
        }
    }
    if dialect == Dialect::Postgres && is_circle(&maker, &empty) {
        statements = vec![at_once(&statements)];
    }
    if !statements.is_empty() && !in_one_batch(connection, &statements).await? {
        maker.known = before;
        maker.without.clear();
        for name in &empty {
            maker.one_by_one(connection, sides, name).await?;
        }
    }
    let Maker { known, without, .. } = maker;
    filled.known = known;
    filled.tables = filled.known.keys().cloned().collect();
    filled.without = without;
    Ok(filled)
}

/// Asks which values the checks of domains take: they may be parts of other types.
async fn accept(connection: &mut Connection, sides: &mut Sides<'_>) -> Result<(), QueryError> {
    let drafts: Vec<Draft> = sides
        .types
        .iter()
        .filter(|(_, named)| named.is_checked())
        .map(|(name, _)| domain_draft(name, sides))
        .collect();
    let groups: Vec<Group> = drafts
        .iter()
        .flat_map(|draft| groups(draft, &BTreeMap::new()))
        .collect();
    let pairs: Vec<(&Draft, &Group)> = drafts.iter().zip(&groups).collect();
    let outcomes = ask(connection, &pairs, &sides.types, Wanted::Satisfied).await?;
    for (draft, outcome) in drafts.iter().zip(outcomes) {
        let texts = outcome
            .unwrap_or_default()
            .into_iter()
            .flatten()
            .filter(|one| *one != Value::Null);
        let texts: Vec<String> = texts.map(|one| one.text().to_owned()).collect();
        if let Some(named) = sides.types.get_mut(&draft.table.name) {
            named.accepted = texts;
        }
    }
    Ok(())
}

/// Whether a key that is checked at once references a table whose rows come later.
fn is_circle(maker: &Maker<'_>, order: &[&QualifiedName]) -> bool {
    let place = |table: &QualifiedName| order.iter().position(|one| *one == table);
    order.iter().enumerate().any(|(at, name)| {
        let mut references = maker.drafts[*name].references.iter();
        maker.known.contains_key(*name)
            && references.any(|one| {
                let later = one.table.as_ref().and_then(place);
                !one.is_deferrable && later.is_some_and(|later| later > at)
            })
    })
}

/// All in one statement, at whose end the keys are checked (PostgreSQL manual, section 7.8.4).
fn at_once(statements: &[String]) -> String {
    let single = statements.iter().flat_map(|sql| {
        if sql.ends_with(DEFAULTS) {
            sql.split(";\n").collect()
        } else {
            vec![sql.as_str()]
        }
    });
    let parts = single
        .enumerate()
        .map(|(number, sql)| format!("i{number} AS ({sql})"));
    let parts: Vec<String> = parts.collect();
    format!("WITH {} SELECT 1", parts.join(",\n"))
}

/// How a row ends that says nothing.
const DEFAULTS: &str = " DEFAULT VALUES";

/// The rows that revisions or fixtures made, in one round trip.
async fn read_rows(
    connection: &mut Connection,
    tables: &[&Table],
    sides: &Sides<'_>,
    known: &mut BTreeMap<QualifiedName, Vec<Row>>,
) -> Result<(), QueryError> {
    let tables: Vec<&&Table> = tables
        .iter()
        .filter(|table| !table.columns.is_empty())
        .collect();
    let queries = tables.iter().map(|table| {
        let columns: Vec<String> = table.columns.iter().map(|one| quoted(&one.name)).collect();
        format!(
            "SELECT {} FROM {} LIMIT {}",
            columns.join(", "),
            table_sql(&table.name),
            MOST_READ
        )
    });
    let queries: Vec<String> = queries.collect();
    if queries.is_empty() {
        return Ok(());
    }
    let sets = connection.query_sets(&queries.join(";\n")).await?;
    for (table, rows) in tables.into_iter().zip(sets) {
        let rows = rows.into_iter().map(|row| {
            let values = table.columns.iter().zip(row).map(|(column, text)| {
                let shape = shape(&column.data_type, sides.before, &sides.types, sides.dialect);
                (column.name.clone(), Value::reported(text, &shape))
            });
            values.collect::<Row>()
        });
        let rows: Vec<Row> = rows.collect();
        if !rows.is_empty() {
            known.insert(table.name.clone(), rows);
        }
    }
    Ok(())
}

/// Columns that checks hold together, with what satisfies them or why that cannot be asked.
type Found = (Group, Result<Answers, String>);

/// Makes rows, table by table.
struct Maker<'a> {
    drafts: &'a BTreeMap<QualifiedName, Draft>,
    known: BTreeMap<QualifiedName, Vec<Row>>,
    /// What satisfies the groups of a table's columns.
    found: BTreeMap<QualifiedName, Vec<Found>>,
    without: BTreeMap<QualifiedName, String>,
}

impl Maker<'_> {
    /// Asks about every group whose columns reference nothing, in one round trip.
    async fn search_free(
        &mut self,
        connection: &mut Connection,
        sides: &Sides<'_>,
        tables: &[&QualifiedName],
    ) -> Result<(), QueryError> {
        let mut asked: Vec<(&Draft, Group)> = Vec::new();
        for name in tables {
            let draft = &self.drafts[*name];
            if given(draft, &self.known, false).is_empty() {
                asked.extend(
                    groups(draft, &BTreeMap::new())
                        .into_iter()
                        .map(|group| (draft, group)),
                );
            }
        }
        let tables: Vec<QualifiedName> =
            asked.iter().map(|(draft, _)| draft.table.clone()).collect();
        let given = |_: &Draft| BTreeMap::new();
        let outcomes = satisfied(connection, asked, &given, &sides.types).await?;
        for (table, found) in tables.into_iter().zip(outcomes) {
            self.found.entry(table).or_default().push(found);
        }
        Ok(())
    }

    /// The rows of a table; `None` with the reason noted.
    async fn compose(
        &mut self,
        connection: &mut Connection,
        sides: &Sides<'_>,
        name: &QualifiedName,
        turn: usize,
    ) -> Result<Option<Vec<Row>>, QueryError> {
        let draft = &self.drafts[name];
        if !self.found.contains_key(name) {
            let known = &self.known;
            let given = |draft: &Draft| given(draft, known, true);
            let groups = groups(draft, &given(draft));
            let groups = groups.into_iter().map(|group| (draft, group)).collect();
            let found = satisfied(connection, groups, &given, &sides.types).await?;
            self.found.insert(name.clone(), found);
        }
        let mut groups = Vec::new();
        for (group, outcome) in &self.found[name] {
            match outcome {
                Ok(answers) if answers.is_empty() => {
                    self.without.insert(name.clone(), group.named());
                    return Ok(None);
                }
                Ok(answers) => groups.push((group.clone(), answers.clone())),
                // What cannot be asked beforehand is for the INSERT to show.
                Err(_) => {}
            }
        }
        let parts = Parts {
            draft,
            drafts: self.drafts,
            groups: &groups,
            known: &self.known,
            without: &self.without,
            turn,
        };
        match parts.rows() {
            Ok(rows) => Ok(Some(rows)),
            Err(reason) => {
                self.without.insert(name.clone(), reason);
                Ok(None)
            }
        }
    }

    async fn one_by_one(
        &mut self,
        connection: &mut Connection,
        sides: &Sides<'_>,
        name: &QualifiedName,
    ) -> Result<(), QueryError> {
        let draft = &self.drafts[name];
        let dialect = connection.dialect();
        let mut made: Vec<Row> = Vec::new();
        for turn in 0..TURNS {
            let Some(rows) = self.compose(connection, sides, name, turn).await? else {
                break;
            };
            let all = insert(draft, &rows, dialect);
            if in_one_batch(connection, &[all]).await? {
                self.known.insert(name.clone(), rows);
                return Ok(());
            }
            for row in rows {
                let sql = insert(draft, std::slice::from_ref(&row), dialect);
                match connection.execute(&sql).await {
                    Ok(_) => made.push(row),
                    Err(error) => match error.database() {
                        Some(refused) => {
                            self.without.insert(name.clone(), reason(refused));
                        }
                        None => return Err(error),
                    },
                }
            }
            if !made.is_empty() {
                self.without.remove(name);
                self.known.insert(name.clone(), made);
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The values that columns with a reference to another table can have.
pub(super) fn referenced_values(
    draft: &Draft,
    known: &BTreeMap<QualifiedName, Vec<Row>>,
) -> BTreeMap<String, Vec<Value>> {
    let mut values: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for reference in &draft.references {
        let rows = reference.table.as_ref().and_then(|table| known.get(table));
        let Some(rows) = rows else { continue };
        for (name, referenced) in reference.columns.iter().zip(&reference.referenced) {
            let found = values.entry(name.clone()).or_default();
            for value in rows.iter().filter_map(|row| row.get(referenced)) {
                if !found.contains(value) {
                    found.push(value.clone());
                }
            }
        }
    }
    values
}

/// The candidates of columns that reference other tables and stand in a check.
fn given(
    draft: &Draft,
    known: &BTreeMap<QualifiedName, Vec<Row>>,
    is_ordered: bool,
) -> BTreeMap<String, Vec<Value>> {
    let mut given = BTreeMap::new();
    let asked = |name: &String| {
        draft
            .checks
            .iter()
            .any(|check| check.columns.contains(name))
    };
    for reference in &draft.references {
        for (name, referenced) in reference.columns.iter().zip(&reference.referenced) {
            let is_other = reference.table.as_ref() != Some(&draft.table);
            if !asked(name) || !is_other {
                continue;
            }
            let rows = reference.table.as_ref().and_then(|table| known.get(table));
            let values: Vec<Value> = rows
                .into_iter()
                .flatten()
                .filter_map(|row| row.get(referenced).cloned())
                .collect();
            if !values.is_empty() || !is_ordered {
                given.insert(name.clone(), values);
            } else {
                given.insert(name.clone(), vec![Value::Null]);
            }
        }
    }
    given
}

/// Runs all in one transaction; whether it came to its end.
async fn in_one_batch(
    connection: &mut Connection,
    statements: &[String],
) -> Result<bool, QueryError> {
    let late = match connection.dialect() {
        Dialect::Postgres => "SET CONSTRAINTS ALL DEFERRED",
        Dialect::Sqlite => "PRAGMA defer_foreign_keys = ON",
    };
    let sql = format!("BEGIN; {late};\n{};\nCOMMIT", statements.join(";\n"));
    match connection.batch(&sql).await {
        Ok(()) => Ok(true),
        Err(error) if error.database().is_some() => {
            // It is over already when COMMIT was what failed.
            let _ = connection.batch("ROLLBACK").await;
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// The statement that inserts rows; columns that a row does not have get their default.
pub(super) fn insert(draft: &Draft, rows: &[Row], dialect: Dialect) -> String {
    let table = table_sql(&draft.table);
    let columns: Vec<&String> = draft
        .columns
        .iter()
        .map(|wish| &wish.name)
        .filter(|name| rows.iter().any(|row| row.contains_key(*name)))
        .collect();
    if columns.is_empty() {
        let one = format!("INSERT INTO {table}{DEFAULTS}");
        return vec![one; rows.len()].join(";\n");
    }
    let names: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
    let values = rows.iter().map(|row| {
        let values = columns.iter().map(|name| match row.get(*name) {
            Some(value) => value.literal(dialect),
            None => "NULL".to_owned(),
        });
        format!("({})", values.collect::<Vec<String>>().join(", "))
    });
    let overriding = if draft.is_overriding {
        " OVERRIDING SYSTEM VALUE"
    } else {
        ""
    };
    format!(
        "INSERT INTO {table} ({}){overriding} VALUES {}",
        names.join(", "),
        values.collect::<Vec<String>>().join(", ")
    )
}

//! Queries for values that would not come back from what a statement makes of them.

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::effect::{Rows, Words};
use limbeck_core::sql::quoted;

/// How it is asked whether values of a column would go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Probe {
    /// There and back: the column gets another type.
    Cast {
        data_type: String,
        using: Option<String>,
    },
    /// There and back: the column is copied into one of another table.
    Copied {
        target: String,
        expression: String,
        data_type: Option<String>,
        /// What the way back copies, where it is not the column as it is.
        back: Option<String>,
    },
    /// Something is added, and taken away again.
    Shift {
        target: String,
        expression: String,
        back: String,
    },
    /// Another value is written; without an expression it is not known which.
    Assigned {
        rows: String,
        name: String,
        expression: Option<String>,
    },
    /// Nothing tells: any value may go.
    Any,
}

/// What is asked, and what is asked when the database cannot answer that because of a value.
pub(super) struct Question {
    pub(super) query: String,
    /// Fails when the statement itself would fail on a value, and then nothing goes.
    pub(super) there: Option<String>,
}

/// A query for the rows that a statement speaks of, to which conditions can be added.
pub(super) fn query(rows: &Rows) -> String {
    let mut sql = format!("SELECT 1 FROM {}", rows.target);
    if let Some(others) = &rows.others {
        sql += &format!(", {others}");
    }
    let filter = rows.filter.as_deref().unwrap_or("true");
    sql + &format!(" WHERE ({filter})")
}

/// A query for the rows that the condition leaves out.
pub(super) fn left_out(rows: &Rows) -> String {
    let filter = rows.filter.as_deref().unwrap_or("true");
    let target = &rows.target;
    format!("SELECT 1 FROM {target} WHERE ({filter}) IS NOT TRUE LIMIT 1")
}

impl Probe {
    /// What to ask of the column, whose type is `data_type` now.
    pub(super) fn question(
        &self,
        table: &QualifiedName,
        (column, data_type): (&str, &str),
        dialect: Dialect,
    ) -> Option<Question> {
        let own = quoted(column);
        match self {
            Self::Any => None,
            Self::Assigned {
                rows,
                name,
                expression,
            } => {
                let before = format!("{name}.{own}");
                let changed = expression.as_ref().map_or(String::new(), |expression| {
                    format!(
                        " AND {}",
                        differs(&format!("({expression})"), &before, dialect)
                    )
                });
                let query = format!("{rows} AND {before} IS NOT NULL{changed} LIMIT 1");
                Some(Question { query, there: None })
            }
            Self::Shift {
                target,
                expression,
                back,
            } => {
                let there = match dialect {
                    Dialect::Postgres => format!("({expression})::{data_type}"),
                    Dialect::Sqlite => format!("({expression})"),
                };
                let differs = differs(&format!("({there} {back})"), &own, dialect);
                let query =
                    format!("SELECT 1 FROM {target} WHERE {own} IS NOT NULL AND {differs} LIMIT 1");
                Some(Question { query, there: None })
            }
            Self::Cast {
                data_type: to,
                using,
            } => {
                let name: Vec<String> = table.parts().into_iter().map(quoted).collect();
                let source = using.as_ref().unwrap_or(&own);
                Some(round_trip(&name.join("."), &own, data_type, source, to))
            }
            Self::Copied {
                target,
                expression,
                data_type: to,
                back,
            } => Some(match dialect {
                Dialect::Postgres => {
                    let to = to.as_deref().unwrap_or(data_type);
                    round_trip(target, &own, data_type, expression, to)
                }
                Dialect::Sqlite => {
                    let to = to.as_deref().unwrap_or_default();
                    let there = stored(expression, Affinity::of(to));
                    let back = back.as_ref().unwrap_or(&own);
                    let back = stored(back, Affinity::of(data_type));
                    copied(target, &own, &there, &back)
                }
            }),
        }
    }
}

/// Whether a value is another one than the second, which is not NULL. On PostgreSQL the operator is spelled
/// out: the path is the one for which the revision was written, and anybody may have put one of that name there.
fn differs(after: &str, before: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Postgres => format!("({after} OPERATOR(pg_catalog.=) {before}) IS NOT TRUE"),
        Dialect::Sqlite => format!("{after} IS NOT {before}"),
    }
}

/// PostgreSQL: values that are others after a cast to the new type and back.
fn round_trip(target: &str, own: &str, from: &str, source: &str, to: &str) -> Question {
    let there = format!("(({source})::{to})");
    let back = match (from.ends_with("[]"), to.ends_with("[]")) {
        (false, true) => format!("({there})[1]::{from}"),
        (true, false) => format!("ARRAY[{there}]::{from}"),
        (true, true) | (false, false) => format!("{there}::{from}"),
    };
    let text = |value: &str| format!("({value})::pg_catalog.text");
    let mut lost = differs(&text(&back), &text(own), Dialect::Postgres);
    if from.starts_with("numeric") {
        // 1.5 and 1.50 are one number.
        lost += " AND ";
        lost += &differs(&format!("({back})"), own, Dialect::Postgres);
    }
    if ["character", "varchar", "char", "bit", "bpchar"]
        .iter()
        .any(|name| {
            to.trim_start_matches("pg_catalog.")
                .to_lowercase()
                .starts_with(name)
        })
    {
        // What is too long is cut by a cast, and refused by the statement.
        lost += &format!(
            " AND pg_catalog.rtrim({}) OPERATOR(pg_catalog.=) pg_catalog.rtrim({})",
            text(&there),
            text(source)
        );
    }
    Question {
        query: format!("SELECT 1 FROM {target} WHERE {own} IS NOT NULL AND {lost} LIMIT 1"),
        there: Some(format!(
            "SELECT 1 FROM {target} WHERE {} OPERATOR(pg_catalog.=) '' LIMIT 1",
            text(&there)
        )),
    }
}

/// SQLite: values that are others once they have been copied there and back.
fn copied(target: &str, own: &str, there: &str, back: &str) -> Question {
    let query = format!(
        "SELECT 1 FROM (SELECT {own} AS limbeck_value, {there} AS {own} FROM {target}) \
         WHERE limbeck_value IS NOT NULL AND {back} IS NOT limbeck_value LIMIT 1"
    );
    Question { query, there: None }
}

/// SQLite: what a column of the affinity holds of a value. Text that is no number is stored as it is.
fn stored(value: &str, affinity: Affinity) -> String {
    use Affinity::{Blob, Integer, Numeric, Real, Text};
    let number = match affinity {
        Text => return format!("CAST(({value}) AS TEXT)"),
        Blob => return format!("({value})"),
        Integer => "INTEGER",
        Real => "REAL",
        Numeric => "NUMERIC",
    };
    format!(
        "CASE WHEN typeof({value}) = 'text' AND (({value}) GLOB '*[^-+.0-9eE ]*' \
         OR ({value}) GLOB '*[0-9][-+]*') THEN ({value}) ELSE CAST(({value}) AS {number}) END"
    )
}

/// What a declared type makes of values (sqlite.org/datatype3.html#determination_of_column_affinity).
#[derive(Clone, Copy)]
enum Affinity {
    Integer,
    Real,
    Text,
    Numeric,
    Blob,
}

impl Affinity {
    fn of(declared: &str) -> Self {
        let declared = declared.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
        if has(&["int"]) {
            Self::Integer
        } else if has(&["char", "clob", "text"]) {
            Self::Text
        } else if declared.is_empty() || has(&["blob", "any"]) {
            Self::Blob
        } else if has(&["real", "floa", "doub"]) {
            Self::Real
        } else {
            Self::Numeric
        }
    }
}

/// What takes back `column + 7`, when the expression is one of that kind: `- 7`.
pub(super) fn shift(
    expression: &str,
    column: &str,
    columns: &[&str],
    dialect: Dialect,
) -> Option<String> {
    let text = Words::new(expression, dialect);
    let own = text.identifier(0)?;
    if !own.eq_ignore_ascii_case(column) || text.len() < 3 {
        return None;
    }
    let back = match text.text(1) {
        "+" => "-",
        "-" => "+",
        _ => return None,
    };
    let names = (2..text.len()).filter_map(|at| Some((at, text.identifier(at)?)));
    for (at, name) in names {
        let is_call = text.text(at + 1) == "(";
        if is_call
            || columns
                .iter()
                .any(|column| column.eq_ignore_ascii_case(&name))
        {
            return None;
        }
    }
    let is_query = (0..text.len()).any(|at| text.is(at, "select"));
    let rest = text.between(2, text.len());
    let back = match dialect {
        Dialect::Postgres => format!("OPERATOR(pg_catalog.{back})"),
        Dialect::Sqlite => back.to_owned(),
    };
    (!is_query).then(|| format!("{back} ({rest})"))
}

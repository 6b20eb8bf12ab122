//! Parses the CREATE TABLE statements that SQLite keeps (sqlite.org/lang_createtable.html).

use limbeck_core::schema::{Action, Deferrable, MatchType};
use limbeck_core::sql::with_strings_quoted;

use super::reader::{ParseError, Reader};

/// A table as its statement describes it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct CreateTable {
    pub(super) name: String,
    pub(super) columns: Vec<ColumnDefinition>,
    pub(super) constraints: Vec<TableConstraint>,
    pub(super) strict: bool,
    pub(super) without_rowid: bool,
}

/// A column with the constraints that stand next to it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ColumnDefinition {
    pub(super) name: String,
    pub(super) data_type: String,
    pub(super) not_null: bool,
    pub(super) not_null_conflict: Option<String>,
    pub(super) default: Option<String>,
    pub(super) collation: Option<String>,
    pub(super) generated: Option<(String, bool)>,
    pub(super) autoincrement: bool,
    /// Constraints that can stand in the table's own list as well.
    pub(super) constraints: Vec<TableConstraint>,
}

/// A constraint, named or not.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TableConstraint {
    pub(super) name: Option<String>,
    pub(super) kind: TableConstraintKind,
}

/// The kinds of constraint that have names in a schema.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TableConstraintKind {
    PrimaryKey(KeyColumns),
    Unique(KeyColumns),
    Check(String),
    ForeignKey(Reference),
}

/// The columns of a primary key or unique constraint.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct KeyColumns {
    pub(super) columns: Vec<KeyColumn>,
    pub(super) on_conflict: Option<String>,
    pub(super) autoincrement: bool,
}

/// One column of a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct KeyColumn {
    pub(super) name: String,
    pub(super) collation: Option<String>,
    pub(super) descending: bool,
}

/// FOREIGN KEY, or REFERENCES next to a column.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) columns: Vec<String>,
    pub(super) table: String,
    pub(super) referenced_columns: Vec<String>,
    pub(super) on_delete: Action,
    pub(super) on_update: Action,
    pub(super) match_type: MatchType,
    pub(super) deferrable: Deferrable,
}

/// Parses a CREATE TABLE statement.
pub(super) fn parse(sql: &str) -> Result<CreateTable, ParseError> {
    let mut reader = Reader::new(sql)?;
    reader.expect(&["CREATE"], "`CREATE`")?;
    let _ = reader.accept(&["TEMP"]) || reader.accept(&["TEMPORARY"]);
    reader.expect(&["TABLE"], "`TABLE`")?;
    reader.accept(&["IF", "NOT", "EXISTS"]);
    let mut table = CreateTable {
        name: reader.name("a table name")?,
        ..CreateTable::default()
    };
    if reader.accept_symbol(".") {
        table.name = reader.name("a table name")?;
    }
    reader.expect_symbol("(", "`(`")?;
    table.columns.push(column(&mut reader)?);
    while !reader.accept_symbol(")") {
        let comma = reader.accept_symbol(",");
        if let Some(constraint) = table_constraint(&mut reader)? {
            // The commas between table constraints are optional (parse.y, `tconscomma`).
            table.constraints.extend(constraint);
        } else if comma && table.constraints.is_empty() {
            table.columns.push(column(&mut reader)?);
        } else {
            return Err(reader.unexpected("`,` or `)`"));
        }
    }
    while !reader.is_at_end() {
        if reader.accept(&["WITHOUT", "ROWID"]) {
            table.without_rowid = true;
        } else if reader.accept(&["STRICT"]) {
            table.strict = true;
        } else {
            return Err(reader.unexpected("a table option"));
        }
        if !reader.accept_symbol(",") && !reader.is_at_end() {
            return Err(reader.unexpected("`,`"));
        }
    }
    quote_strings(&mut table);
    Ok(table)
}

/// Strings in double quotes are told from names once all names are known.
fn quote_strings(table: &mut CreateTable) {
    let names: Vec<String> = table.columns.iter().map(|one| one.name.clone()).collect();
    let quoted = |text: &str| with_strings_quoted(text, |name| is_column(&names, name));
    let next_to_columns = table.columns.iter_mut().flat_map(|column| {
        if let Some((expression, _)) = &mut column.generated {
            *expression = quoted(expression);
        }
        &mut column.constraints
    });
    for constraint in next_to_columns.chain(&mut table.constraints) {
        if let TableConstraintKind::Check(expression) = &mut constraint.kind {
            *expression = quoted(expression);
        }
    }
}

/// Whether a table with these columns has one of this name; each has a row number
/// (sqlite.org/lang_createtable.html, section 5).
pub fn is_column(columns: &[String], name: &str) -> bool {
    let is_same = |column: &str| column.eq_ignore_ascii_case(name);
    columns.iter().any(|column| is_same(column))
        || ["rowid", "oid", "_rowid_"].into_iter().any(is_same)
}

/// Keywords that end the type of a column.
const AFTER_TYPE: [&[&str]; 11] = [
    &["CONSTRAINT"],
    &["PRIMARY", "KEY"],
    &["NOT"],
    &["NULL"],
    &["UNIQUE"],
    &["CHECK"],
    &["DEFAULT"],
    &["COLLATE"],
    &["REFERENCES"],
    &["GENERATED", "ALWAYS"],
    &["AS"],
];

fn column(reader: &mut Reader<'_>) -> Result<ColumnDefinition, ParseError> {
    let mut column = ColumnDefinition {
        name: reader.name("a column name")?,
        data_type: data_type_after_name(reader)?,
        ..ColumnDefinition::default()
    };
    let mut name = None;
    while !reader.at_symbol(",") && !reader.at_symbol(")") {
        if reader.accept(&["CONSTRAINT"]) {
            // A name without a constraint is accepted and forgotten (parse.y, `ccons`).
            name = Some(reader.name("a constraint name")?);
        } else {
            column_constraint(reader, &mut column, name.take())?;
        }
    }
    Ok(column)
}

/// Reads the type, in upper case with single blanks: `NUMERIC(10, 2)`; empty when there is none.
fn data_type_after_name(reader: &mut Reader<'_>) -> Result<String, ParseError> {
    let mut words = Vec::new();
    while reader.at_name() && !AFTER_TYPE.iter().any(|keywords| reader.at(keywords)) {
        words.push(reader.any("a type")?.to_uppercase());
    }
    let mut data_type = words.join(" ");
    if !data_type.is_empty() && reader.at_symbol("(") {
        let modifiers: Vec<String> = reader
            .group("`(`")?
            .split(',')
            .map(|modifier| modifier.split_whitespace().collect::<String>())
            .collect();
        data_type.push_str(&format!("({})", modifiers.join(", ").to_uppercase()));
    }
    Ok(data_type)
}

fn column_constraint(
    reader: &mut Reader<'_>,
    column: &mut ColumnDefinition,
    name: Option<String>,
) -> Result<(), ParseError> {
    let own_column = |descending| KeyColumn {
        name: column.name.clone(),
        collation: None,
        descending,
    };
    let kind = if reader.accept(&["PRIMARY", "KEY"]) {
        let descending = reader.accept(&["DESC"]);
        let _ = reader.accept(&["ASC"]);
        let columns = vec![own_column(descending)];
        let on_conflict = conflict_clause(reader)?;
        let autoincrement = reader.accept(&["AUTOINCREMENT"]);
        TableConstraintKind::PrimaryKey(KeyColumns {
            columns,
            on_conflict,
            autoincrement,
        })
    } else if reader.accept(&["UNIQUE"]) {
        TableConstraintKind::Unique(KeyColumns {
            columns: vec![own_column(false)],
            on_conflict: conflict_clause(reader)?,
            autoincrement: false,
        })
    } else if reader.accept(&["CHECK"]) {
        let expression = reader.group("`(`")?.to_owned();
        // A conflict clause of a CHECK has no effect (sqlite.org/lang_conflict.html).
        conflict_clause(reader)?;
        TableConstraintKind::Check(expression)
    } else if reader.at(&["REFERENCES"]) {
        let columns = vec![column.name.clone()];
        TableConstraintKind::ForeignKey(references(reader, columns)?)
    } else {
        return column_property(reader, column);
    };
    if let TableConstraintKind::PrimaryKey(key) = &kind {
        column.autoincrement |= key.autoincrement;
    }
    column.constraints.push(TableConstraint { name, kind });
    Ok(())
}

/// Reads what stands next to a column and has no name of its own in a schema.
fn column_property(
    reader: &mut Reader<'_>,
    column: &mut ColumnDefinition,
) -> Result<(), ParseError> {
    if reader.accept(&["NOT", "NULL"]) {
        column.not_null = true;
        column.not_null_conflict = conflict_clause(reader)?;
    } else if reader.accept(&["NULL"]) {
        conflict_clause(reader)?;
    } else if reader.accept(&["DEFAULT"]) {
        column.default = Some(default_value(reader)?);
    } else if reader.accept(&["COLLATE"]) {
        column.collation = Some(reader.name("a collation")?);
    } else if reader.accept(&["GENERATED", "ALWAYS", "AS"]) || reader.accept(&["AS"]) {
        let expression = reader.group("`(`")?.to_owned();
        let stored = reader.accept(&["STORED"]);
        let _ = reader.accept(&["VIRTUAL"]);
        column.generated = Some((expression, stored));
    } else if at_deferrable(reader) {
        // Stands apart from its REFERENCES when another constraint comes between.
        let deferrable = deferrable(reader)?;
        let last = column.constraints.iter_mut().rev();
        for constraint in last {
            if let TableConstraintKind::ForeignKey(reference) = &mut constraint.kind {
                reference.deferrable = deferrable;
                break;
            }
        }
    } else {
        return Err(reader.unexpected("a column constraint"));
    }
    Ok(())
}

fn default_value(reader: &mut Reader<'_>) -> Result<String, ParseError> {
    if reader.at_symbol("(") {
        return Ok(reader.group("`(`")?.to_owned());
    }
    let mut text = String::new();
    while reader.at_symbol("+") || reader.at_symbol("-") {
        text.push_str(reader.any("a sign")?);
    }
    text.push_str(reader.any("a default")?);
    Ok(text)
}

/// Reads a table constraint; `None` when none follows, no constraint for a name alone.
#[expect(
    clippy::option_option,
    reason = "a name without a constraint is not the end of the list"
)]
fn table_constraint(
    reader: &mut Reader<'_>,
) -> Result<Option<Option<TableConstraint>>, ParseError> {
    let name = if reader.accept(&["CONSTRAINT"]) {
        Some(reader.name("a constraint name")?)
    } else {
        None
    };
    let kind = if reader.accept(&["PRIMARY", "KEY"]) {
        TableConstraintKind::PrimaryKey(key_columns(reader)?)
    } else if reader.accept(&["UNIQUE"]) {
        TableConstraintKind::Unique(key_columns(reader)?)
    } else if reader.accept(&["CHECK"]) {
        let expression = reader.group("`(`")?.to_owned();
        conflict_clause(reader)?;
        TableConstraintKind::Check(expression)
    } else if reader.accept(&["FOREIGN", "KEY"]) {
        let columns = names(reader)?;
        TableConstraintKind::ForeignKey(references(reader, columns)?)
    } else {
        return Ok(name.is_some().then_some(None));
    };
    Ok(Some(Some(TableConstraint { name, kind })))
}

fn key_columns(reader: &mut Reader<'_>) -> Result<KeyColumns, ParseError> {
    reader.expect_symbol("(", "`(`")?;
    let mut columns = Vec::new();
    let mut autoincrement = false;
    loop {
        let name = reader.name("a column name")?;
        let collation = if reader.accept(&["COLLATE"]) {
            Some(reader.name("a collation")?)
        } else {
            None
        };
        let descending = reader.accept(&["DESC"]);
        let _ = reader.accept(&["ASC"]);
        columns.push(KeyColumn {
            name,
            collation,
            descending,
        });
        autoincrement |= reader.accept(&["AUTOINCREMENT"]);
        if !reader.accept_symbol(",") {
            break;
        }
    }
    reader.expect_symbol(")", "`)`")?;
    Ok(KeyColumns {
        columns,
        on_conflict: conflict_clause(reader)?,
        autoincrement,
    })
}

/// Reads `(a, b)`; old files may hold a collation or an order there, without any effect.
fn names(reader: &mut Reader<'_>) -> Result<Vec<String>, ParseError> {
    let columns = key_columns(reader)?.columns;
    Ok(columns.into_iter().map(|column| column.name).collect())
}

fn references(reader: &mut Reader<'_>, columns: Vec<String>) -> Result<Reference, ParseError> {
    reader.expect(&["REFERENCES"], "`REFERENCES`")?;
    let mut reference = Reference {
        columns,
        table: reader.name("a table name")?,
        referenced_columns: Vec::new(),
        on_delete: Action::NoAction,
        on_update: Action::NoAction,
        match_type: MatchType::Simple,
        deferrable: Deferrable::No,
    };
    if reader.at_symbol("(") {
        reference.referenced_columns = names(reader)?;
    }
    loop {
        if reader.accept(&["ON", "DELETE"]) {
            reference.on_delete = action(reader)?;
        } else if reader.accept(&["ON", "UPDATE"]) {
            reference.on_update = action(reader)?;
        } else if reader.accept(&["ON", "INSERT"]) {
            action(reader)?;
        } else if reader.accept(&["MATCH"]) {
            let name = reader.name("a match type")?;
            reference.match_type = match name.to_ascii_uppercase().as_str() {
                "FULL" => MatchType::Full,
                _ => MatchType::Simple,
            };
        } else if at_deferrable(reader) {
            reference.deferrable = deferrable(reader)?;
        } else {
            return Ok(reference);
        }
    }
}

fn action(reader: &mut Reader<'_>) -> Result<Action, ParseError> {
    let actions: [(&[&str], Action); 5] = [
        (&["NO", "ACTION"], Action::NoAction),
        (&["RESTRICT"], Action::Restrict),
        (&["CASCADE"], Action::Cascade),
        (&["SET", "NULL"], Action::SetNull),
        (&["SET", "DEFAULT"], Action::SetDefault),
    ];
    for (keywords, action) in actions {
        if reader.accept(keywords) {
            return Ok(action);
        }
    }
    Err(reader.unexpected("a foreign key action"))
}

fn at_deferrable(reader: &Reader<'_>) -> bool {
    reader.at(&["DEFERRABLE"]) || reader.at(&["NOT", "DEFERRABLE"])
}

fn deferrable(reader: &mut Reader<'_>) -> Result<Deferrable, ParseError> {
    let never = reader.accept(&["NOT"]);
    reader.expect(&["DEFERRABLE"], "`DEFERRABLE`")?;
    let deferred = reader.accept(&["INITIALLY", "DEFERRED"]);
    let _ = reader.accept(&["INITIALLY", "IMMEDIATE"]);
    Ok(match (never, deferred) {
        (true, _) => Deferrable::No,
        (false, false) => Deferrable::InitiallyImmediate,
        (false, true) => Deferrable::InitiallyDeferred,
    })
}

fn conflict_clause(reader: &mut Reader<'_>) -> Result<Option<String>, ParseError> {
    if !reader.accept(&["ON", "CONFLICT"]) {
        return Ok(None);
    }
    let resolution = reader.any("a conflict resolution")?.to_ascii_uppercase();
    // ABORT is the default (sqlite.org/lang_conflict.html).
    Ok((resolution != "ABORT").then_some(resolution))
}

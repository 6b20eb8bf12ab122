//! Which object a PostgreSQL statement speaks of, and the same statement said of a stand-in.

use super::code::bodies;
use super::{Verb, Words};
use crate::dialect::Dialect;
use crate::schema::QualifiedName;
use crate::sql::{Statement, quoted, split};

/// What kind of thing an object is, as far as questions about it differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A view or materialised view.
    Relation,
    /// A function, procedure or aggregate.
    Routine,
    /// A type or domain.
    Type,
    /// An operator.
    Operator,
    /// An index.
    Index,
    /// A trigger.
    Trigger,
    /// A policy.
    Policy,
    /// A rule.
    Rule,
}

/// An object that a statement names.
#[derive(Clone, Debug)]
pub struct Subject {
    /// What kind of thing it is.
    pub class: Class,
    /// What a message calls it.
    pub noun: &'static str,
    /// Its name, as written.
    pub name: QualifiedName,
    /// The table of what hangs on one.
    pub table: Option<QualifiedName>,
    /// What a routine takes, each argument in its words; none where it is not said.
    pub arguments: Option<Vec<Vec<String>>>,
}

/// What a statement says about one object.
#[derive(Clone, Debug)]
pub struct About {
    /// The object.
    pub subject: Subject,
    /// What becomes of it.
    pub verb: Verb,
    before: String,
    after: String,
    stand_in: String,
}

impl About {
    /// The statement, with a name of the temporary schema in the place of the object's own, or of
    /// that of the table on which it hangs.
    pub fn of_stand_in(&self) -> String {
        format!("{} {} {}", self.before, self.stand_in, self.after)
    }
}

impl Subject {
    /// Whether both may be the same one; a name without a schema is that of any.
    pub fn is(&self, other: &Self) -> bool {
        let tables = match (&self.table, &other.table) {
            (Some(one), Some(two)) => may_be(one, two),
            // DROP INDEX does not say it.
            _ => true,
        };
        let takes = match (&self.arguments, &other.arguments) {
            (Some(one), Some(two)) => {
                one.len() == two.len()
                    && one.iter().zip(two).all(|(one, two)| is_same_type(one, two))
            }
            _ => true,
        };
        self.class == other.class && may_be(&self.name, &other.name) && tables && takes
    }
}

/// What a statement says about each object that it names; what a DO block holds included.
pub fn about(statement: &Statement) -> Vec<About> {
    let text = Words::new(&statement.text, Dialect::Postgres);
    match text.text(0).to_ascii_lowercase().as_str() {
        "create" => created(&text).into_iter().collect(),
        "drop" => dropped(&text),
        "alter" => altered(&text).into_iter().collect(),
        "comment" => commented(&text).into_iter().collect(),
        "grant" | "revoke" => granted(&text),
        "do" => block(statement),
        _ => Vec::new(),
    }
}

/// The statements of a DO block that stand there as such.
fn block(statement: &Statement) -> Vec<About> {
    let mut found = Vec::new();
    for body in bodies(&statement.text) {
        for piece in split(body, Dialect::Postgres).unwrap_or_default() {
            let text = Words::new(&piece.text, Dialect::Postgres);
            let opens = |at: usize| {
                let words = ["begin", "then", "else", "loop"];
                at == 0 || words.iter().any(|word| text.is(at - 1, word))
            };
            let verbs = ["create", "drop", "alter", "comment", "grant", "revoke"];
            let start = (0..text.len())
                .find(|at| opens(*at) && verbs.iter().any(|verb| text.is(*at, verb)));
            let Some(start) = start else {
                continue;
            };
            let inner = Statement {
                text: text.between(start, text.len()).to_owned(),
                ..piece.clone()
            };
            found.extend(about(&inner));
        }
    }
    found
}

fn may_be(one: &QualifiedName, two: &QualifiedName) -> bool {
    let schemas = match (&one.schema, &two.schema) {
        (Some(one), Some(two)) => one == two,
        _ => true,
    };
    one.name == two.name && schemas
}

/// Whether two arguments have one type: either may say a name in front of it.
fn is_same_type(one: &[String], two: &[String]) -> bool {
    let readings = |words: &[String]| {
        let bare = words.get(1..).unwrap_or_default();
        let readings = [words.join(" "), bare.join(" ")];
        readings.map(|text| match text.as_str() {
            "int" | "int4" => "integer".to_owned(),
            "int8" => "bigint".to_owned(),
            "int2" => "smallint".to_owned(),
            "bool" => "boolean".to_owned(),
            "float8" | "float" => "double precision".to_owned(),
            "float4" => "real".to_owned(),
            "decimal" => "numeric".to_owned(),
            "varchar" => "character varying".to_owned(),
            "timestamptz" => "timestamp with time zone".to_owned(),
            "timestamp without time zone" => "timestamp".to_owned(),
            _ => text,
        })
    };
    let (one, two) = (readings(one), readings(two));
    one.iter()
        .any(|text| !text.is_empty() && two.contains(text))
}

/// The kind of object that is named at this place, and where its name begins.
fn noun(text: &Words<'_>, at: usize) -> Option<(Class, &'static str, usize)> {
    let word = text.text(at).to_ascii_lowercase();
    let (class, noun) = match word.as_str() {
        "view" => (Class::Relation, "view"),
        "materialized" => return Some((Class::Relation, "materialised view", at + 2)),
        "function" => (Class::Routine, "function"),
        "procedure" => (Class::Routine, "procedure"),
        "routine" => (Class::Routine, "routine"),
        "aggregate" => (Class::Routine, "aggregate"),
        "type" => (Class::Type, "type"),
        "domain" => (Class::Type, "domain"),
        "index" => (Class::Index, "index"),
        "trigger" => (Class::Trigger, "trigger"),
        "policy" => (Class::Policy, "policy"),
        "rule" => (Class::Rule, "rule"),
        "operator" if !text.is(at + 1, "class") && !text.is(at + 1, "family") => {
            (Class::Operator, "operator")
        }
        _ => return None,
    };
    Some((class, noun, at + 1))
}

/// A name of this class, and where it ends.
fn name(text: &Words<'_>, class: Class, at: usize) -> Option<(QualifiedName, usize)> {
    if class != Class::Operator {
        return text.name(at);
    }
    let end = (at..text.len()).find(|at| text.text(*at) == "(")?;
    let (schema, start) = match text.text(at + 1) {
        "." => (text.identifier(at), at + 2),
        _ => (None, at),
    };
    let signs = text.between(start, end).to_owned();
    Some((QualifiedName::within(schema.as_deref(), signs), end))
}

/// What a routine takes, when a list stands here, and where that ends.
fn arguments(text: &Words<'_>, class: Class, at: usize) -> (Option<Vec<Vec<String>>>, usize) {
    if class != Class::Routine || text.text(at) != "(" {
        return (None, at);
    }
    let close = text.outside(at + 1, &[]);
    let arguments = text
        .listed(at + 1, close)
        .into_iter()
        .filter_map(|(start, end)| {
            if text.is(start, "out") || start == end {
                return None;
            }
            let start = text.skip(start, &["in", "inout", "variadic"]);
            let end = text.outside(start, &["default", "=", ":="]).min(end);
            let words = (start..end).map(|at| match text.identifier(at) {
                Some(name) => name,
                None => text.text(at).to_owned(),
            });
            Some(words.collect())
        });
    (Some(arguments.collect()), close + 1)
}

fn stand_in(subject: &Subject) -> String {
    match (&subject.table, subject.class) {
        (Some(table), _) => format!("pg_temp.{}", quoted(&table.name)),
        (None, Class::Operator) => format!("pg_temp.{}", subject.name.name),
        (None, _) => format!("pg_temp.{}", quoted(&subject.name.name)),
    }
}

fn of(subject: Subject, verb: Verb, before: impl Into<String>, after: &str) -> About {
    About {
        stand_in: stand_in(&subject),
        subject,
        verb,
        before: before.into(),
        after: after.to_owned(),
    }
}

fn created(text: &Words<'_>) -> Option<About> {
    let at = text.skip(1, &["or", "replace"]);
    let verb = if at > 1 { Verb::Replace } else { Verb::Create };
    let start = text.skip(at, &["recursive", "constraint", "unique"]);
    let (class, noun, at) = noun(text, start)?;
    let at = text.skip(at, &["concurrently", "if", "not", "exists"]);
    let rest = |from: usize| text.between(from, text.len());
    let keywords = text.between(text.skip(1, &["or", "replace"]), start);
    match class {
        Class::Trigger | Class::Policy | Class::Rule | Class::Index => {
            let (own, end) = text.name(at)?;
            let word = if class == Class::Rule { "to" } else { "on" };
            let on = text.outside(end, &[word]);
            let (table, after) = text.name(text.skip(on + 1, &["only"]))?;
            let events = text.between(at, on + 1);
            let before = format!("CREATE {keywords} {noun} {events}");
            let subject = Subject {
                class,
                noun,
                name: own,
                table: Some(table),
                arguments: None,
            };
            Some(of(subject, verb, before, rest(after)))
        }
        Class::Relation | Class::Routine | Class::Type | Class::Operator => {
            let (name, end) = name(text, class, at)?;
            let (arguments, _) = arguments(text, class, end);
            let subject = Subject {
                class,
                noun,
                name,
                table: None,
                arguments,
            };
            if noun == "materialised view" {
                // There is no temporary one; a view of the same query has the same text.
                let query = materialised(text, end)?;
                return Some(of(subject, verb, "CREATE VIEW", &query));
            }
            let before = format!("CREATE {keywords} {noun}");
            Some(of(subject, verb, before, rest(end)))
        }
    }
}

/// Columns and query of a materialised view.
fn materialised(text: &Words<'_>, at: usize) -> Option<String> {
    let list = if text.text(at) == "(" {
        text.outside(at + 1, &[]) + 1
    } else {
        at
    };
    let start = text.outside(list, &["as"]);
    let mut end = text.outside(start + 1, &[";"]);
    for words in [&["with", "data"][..], &["with", "no", "data"]] {
        let from = end.checked_sub(words.len())?;
        if words
            .iter()
            .enumerate()
            .all(|(index, word)| text.is(from + index, word))
        {
            end = from;
            break;
        }
    }
    let columns = text.between(at, list);
    Some(format!("{columns} AS {}", text.between(start + 1, end)))
}

fn dropped(text: &Words<'_>) -> Vec<About> {
    let Some((class, noun, at)) = noun(text, 1) else {
        return Vec::new();
    };
    let mut at = text.skip(at, &["concurrently", "if", "exists"]);
    let mut found = Vec::new();
    while let Some((name, end)) = name(text, class, at) {
        let (arguments, end) = arguments(text, class, end);
        let hangs = matches!(class, Class::Trigger | Class::Policy | Class::Rule);
        let table = hangs.then(|| text.name(end + 1)).flatten();
        let subject = Subject {
            class,
            noun,
            name,
            table: table.map(|(table, _)| table),
            arguments,
        };
        found.push(of(subject, Verb::Drop, "", ""));
        if text.text(end) != "," {
            break;
        }
        at = end + 1;
    }
    found
}

fn altered(text: &Words<'_>) -> Option<About> {
    if text.is(1, "table") {
        let at = text.skip(2, &["if", "exists", "only"]);
        let (table, end) = text.name(at)?;
        let switches = text.is(end, "enable") || text.is(end, "disable");
        let at = text.skip(end + 1, &["always", "replica"]);
        if switches && text.is(at, "trigger") {
            let subject = Subject {
                class: Class::Trigger,
                noun: "trigger",
                name: text.name(at + 1)?.0,
                table: Some(table),
                arguments: None,
            };
            let rest = text.between(end, text.len());
            return Some(of(subject, Verb::Alter, "ALTER TABLE", rest));
        }
        return Some(action(
            text,
            Class::Relation,
            "view",
            table,
            None,
            "ALTER TABLE",
            end,
        ));
    }
    let (class, noun, at) = noun(text, 1)?;
    let at = text.skip(at, &["if", "exists"]);
    let (name, end) = name(text, class, at)?;
    let (arguments, end_of_list) = arguments(text, class, end);
    if matches!(class, Class::Trigger | Class::Policy | Class::Rule) {
        let (table, _) = text.name(end + 1)?;
        let on = text.between(at, end + 1);
        let word = text.text(1);
        let renames = text.is(end + 2, "rename") || text.is(end + 4, "rename");
        let rest = text.between(text.name(end + 1)?.1, text.len());
        let subject = Subject {
            class,
            noun,
            name,
            table: Some(table),
            arguments: None,
        };
        let verb = if renames { Verb::Drop } else { Verb::Alter };
        return Some(of(subject, verb, format!("ALTER {word} {on}"), rest));
    }
    let before = match noun {
        // Its stand-in is a view.
        "materialised view" => "ALTER VIEW".to_owned(),
        _ => format!("ALTER {}", text.text(1)),
    };
    let mut one = action(text, class, noun, name, arguments, &before, end_of_list);
    one.after = text.between(end, text.len()).to_owned();
    Some(one)
}

/// What stands behind the name in ALTER.
fn action(
    text: &Words<'_>,
    class: Class,
    noun: &'static str,
    name: QualifiedName,
    arguments: Option<Vec<Vec<String>>>,
    before: &str,
    at: usize,
) -> About {
    let leaves = (text.is(at, "rename") && text.is(at + 1, "to"))
        || (text.is(at, "set") && text.is(at + 1, "schema"));
    let owner = text.identifier(at + 2);
    let verb = match owner {
        _ if leaves => Verb::Drop,
        Some(owner) if text.is(at, "owner") => Verb::Owner(owner),
        _ => Verb::Alter,
    };
    let subject = Subject {
        class,
        noun,
        name,
        table: None,
        arguments,
    };
    of(subject, verb, before, text.between(at, text.len()))
}

fn commented(text: &Words<'_>) -> Option<About> {
    if text.is(2, "column") {
        let (first, end) = text.name(3)?;
        let (name, end) = match (text.text(end), &first.schema) {
            // schema.view.column, or view.column.
            (".", _) => (first, end),
            (_, Some(view)) => (QualifiedName::new(view.clone()), end - 2),
            (_, None) => return None,
        };
        let subject = Subject {
            class: Class::Relation,
            noun: "view",
            name,
            table: None,
            arguments: None,
        };
        let mut one = of(subject, Verb::Alter, "COMMENT ON COLUMN", "");
        one.after = text.between(end, text.len()).to_owned();
        return Some(one);
    }
    if text.is(2, "constraint") && text.is(5, "domain") {
        let (name, end) = text.name(6)?;
        let subject = Subject {
            class: Class::Type,
            noun: "domain",
            name,
            table: None,
            arguments: None,
        };
        let before = text.between(0, 6);
        return Some(of(
            subject,
            Verb::Alter,
            before,
            text.between(end, text.len()),
        ));
    }
    let (class, noun, at) = noun(text, 2)?;
    let (own, end) = name(text, class, at)?;
    if matches!(class, Class::Trigger | Class::Policy | Class::Rule) {
        let (table, after) = text.name(end + 1)?;
        let subject = Subject {
            class,
            noun,
            name: own,
            table: Some(table),
            arguments: None,
        };
        let before = text.between(0, end + 1);
        return Some(of(
            subject,
            Verb::Alter,
            before,
            text.between(after, text.len()),
        ));
    }
    let (arguments, _) = arguments(text, class, end);
    let before = match noun {
        "materialised view" => "COMMENT ON VIEW",
        _ => text.between(0, at),
    };
    let subject = Subject {
        class,
        noun,
        name: own,
        table: None,
        arguments,
    };
    Some(of(
        subject,
        Verb::Alter,
        before,
        text.between(end, text.len()),
    ))
}

fn granted(text: &Words<'_>) -> Vec<About> {
    let on = text.outside(1, &["on"]);
    let (class, word, mut at) = match text.text(on + 1).to_ascii_lowercase().as_str() {
        "function" | "procedure" | "routine" => (Class::Routine, text.text(on + 1), on + 2),
        "type" | "domain" => (Class::Type, text.text(on + 1), on + 2),
        "table" => (Class::Relation, "", on + 2),
        _ => (Class::Relation, "", on + 1),
    };
    let end = text.outside(at, &["to", "from"]);
    if text.is(at, "all") && !text.is(at + 1, ",") && text.is(at + 2, "in") {
        return Vec::new();
    }
    let before = format!("{} {word}", text.between(0, on + 1));
    let rest = text.between(end, text.len());
    let mut found = Vec::new();
    while at < end {
        let Some((name, after)) = text.name(at) else {
            break;
        };
        let (arguments, list) = arguments(text, class, after);
        let subject = Subject {
            class,
            noun: "",
            name,
            table: None,
            arguments,
        };
        let mut one = of(subject, Verb::Alter, before.as_str(), "");
        one.after = format!("{} {rest}", text.between(after, list));
        found.push(one);
        at = list + 1;
    }
    found
}

/// What a statement says about the object by a grant on all of its class that its schema, called so, holds.
pub fn about_all(statement: &Statement, subject: &Subject, schema: &str) -> Option<About> {
    let text = Words::new(&statement.text, Dialect::Postgres);
    if !text.is_any(0, &["grant", "revoke"]) {
        return None;
    }
    let on = text.outside(1, &["on"]);
    let (is_of_class, word) = match subject.class {
        Class::Relation => (text.is(on + 2, "tables"), ""),
        Class::Routine => {
            let nouns = ["functions", "procedures", "routines"];
            (text.is_any(on + 2, &nouns), "ROUTINE")
        }
        Class::Type
        | Class::Operator
        | Class::Index
        | Class::Trigger
        | Class::Policy
        | Class::Rule => return None,
    };
    if !is_of_class || !text.is(on + 1, "all") || !text.is(on + 3, "in") {
        return None;
    }
    let end = text.outside(on + 5, &["to", "from"]);
    (on + 5..end)
        .filter_map(|at| text.identifier(at))
        .any(|name| name == schema)
        .then(|| {
            let before = format!("{} {word}", text.between(0, on + 1));
            let rest = text.between(end, text.len());
            of(subject.clone(), Verb::Alter, before, rest)
        })
}

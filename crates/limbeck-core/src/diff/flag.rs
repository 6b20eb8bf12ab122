//! Flags that answer questions: how they name objects, in both directions.
//!
//! A name is the parts of a path, each bare or in double quotes as in SQL: `tasks.text`,
//! `app."due.date"`, `U&"a\000Ab"` for what cannot be seen. A bare part ends at `.`, `:` or `=`, and
//! keeps its case. Where two objects have the same path, the kind stands before it: `enum value a.b`.
//! A dot in front says the default schema: `app.tasks:.tasks`.

mod path;

use std::collections::{BTreeMap, BTreeSet};

use self::path::{take_path, write_path};
use super::decision::noun;
use super::{Decisions, Undecided};
use crate::schema::{
    DefaultSchema, Expression, Object, QualifiedName, RenamedFrom, Schema, distance,
};

/// The values of flags as they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// `tasks.text:title`, `todos:tasks`.
    pub renames: Vec<String>,
    /// `tasks`, `tasks.note`.
    pub drops: Vec<String>,
    /// `tasks.priority=0`.
    pub fills: Vec<String>,
}

/// A flag that says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {problem}", flag.as_str())]
pub struct FlagError {
    /// The flag.
    pub flag: FlagName,
    /// What is wrong with its value.
    pub problem: FlagProblem,
}

/// What is wrong with the value of a flag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FlagProblem {
    /// Not of the flag's form.
    #[error("`{text}` is not of the form `{form}`")]
    Form {
        /// The value.
        text: String,
        /// The form.
        form: &'static str,
    },
    /// A rename of something that is not there.
    #[error(
        "`{name}` is neither a table, a column, an enum type, an enum value nor a sequence that is there{}",
        did_you_mean(meant.as_ref())
    )]
    UnknownFrom {
        /// The name.
        name: String,
        /// One that is near to it.
        meant: Option<String>,
    },
    /// A rename to something that is not on the other side.
    #[error("nothing is to be called `{0}`")]
    UnknownTo(String),
    /// A drop of something that is not there.
    #[error("there is no `{name}` to drop{}", did_you_mean(meant.as_ref()))]
    UnknownDrop {
        /// The name.
        name: String,
        /// One that is near to it.
        meant: Option<String>,
    },
    /// A value for a column that is not there.
    #[error("there is no column `{name}` to fill{}", did_you_mean(meant.as_ref()))]
    UnknownColumn {
        /// The name.
        name: String,
        /// One that is near to it.
        meant: Option<String>,
    },
    /// A path that more than one object has.
    #[error("`{name}` is more than one thing: {}", .readings.join(", "))]
    Ambiguous {
        /// The path.
        name: String,
        /// What to write instead, one for each object.
        readings: Vec<String>,
    },
}

/// The flag that a value belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagName {
    /// `--rename`.
    Rename,
    /// `--drop`.
    Drop,
    /// `--fill`.
    Fill,
}

impl FlagName {
    /// The flag as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rename => "--rename",
            Self::Drop => "--drop",
            Self::Fill => "--fill",
        }
    }
}

impl Flags {
    /// Whether nothing is answered.
    pub fn is_empty(&self) -> bool {
        self.renames.is_empty() && self.drops.is_empty() && self.fills.is_empty()
    }

    /// Reads the values. Something of `before` must be in one of its schemas, something of `target`
    /// in one of the others.
    ///
    /// # Errors
    ///
    /// The first value that has no sense, and its flag.
    pub fn read(
        &self,
        hints: &[RenamedFrom],
        before: &[&Schema],
        target: &[&Schema],
    ) -> Result<Decisions, FlagError> {
        let mut decisions = Decisions::default();
        if self.is_empty() {
            return Ok(decisions);
        }
        let of = |flag: FlagName| move |problem: FlagProblem| FlagError { flag, problem };
        let mut readings = before
            .iter()
            .map(|schema| parse_renames(&self.renames, hints, schema));
        decisions.renames = first_known(&mut readings).map_err(of(FlagName::Rename))?;
        // Models do not say which schema is the default one.
        let default = before
            .iter()
            .map(|schema| &schema.default_schema)
            .find(|default| !default.is_usual());
        let known = target.iter().map(|schema| {
            let names = Names::of(schema, &[]);
            Names {
                default: default.cloned().unwrap_or(names.default),
                ..names
            }
        });
        let known: Vec<Names> = known.collect();
        for rename in &decisions.renames {
            let to = declared(rename);
            if !known.iter().any(|names| names.has(&to)) {
                let problem = FlagProblem::UnknownTo(write_path(&path(&to)));
                return Err(of(FlagName::Rename)(problem));
            }
        }
        let owners: Vec<RenamedFrom> = decisions.renames.iter().chain(hints).cloned().collect();
        let there: Vec<Names> = before
            .iter()
            .map(|schema| Names::of(schema, &owners))
            .collect();
        for text in &self.drops {
            let objects = objects(text, &there).map_err(of(FlagName::Drop))?;
            decisions.drops.extend(objects);
        }
        for text in &self.fills {
            let (column, value) = fill(text, &known).map_err(of(FlagName::Fill))?;
            decisions.fills.insert(column, value);
        }
        Ok(decisions)
    }
}

/// Reads several `--rename` values. A column or a value may be named by its owner's former name or,
/// as questions do, by the one that another value or a hint of the models gives it.
///
/// # Errors
///
/// The first that has no sense.
pub fn parse_renames<S: AsRef<str>>(
    texts: &[S],
    hints: &[RenamedFrom],
    before: &Schema,
) -> Result<Vec<RenamedFrom>, FlagProblem> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let former = Names::of(before, &[]);
    let is_owner = |rename: &RenamedFrom| {
        matches!(rename, RenamedFrom::Table { .. } | RenamedFrom::Enum { .. })
    };
    let parsed = texts.iter().map(|text| rename(text.as_ref(), &former));
    let mut owners: Vec<RenamedFrom> = parsed.flatten().filter(is_owner).collect();
    owners.extend(hints.iter().filter(|hint| is_owner(hint)).cloned());
    let names = Names::of(before, &owners);
    let read = |text: &S| match rename(text.as_ref(), &former) {
        Ok(owner) if is_owner(&owner) => Ok(owner),
        _ => rename(text.as_ref(), &names),
    };
    texts.iter().map(read).collect()
}

/// The objects of a schema by their paths.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// As they are named once the decided renames are made.
    present: BTreeMap<Vec<String>, Vec<Object>>,
    /// Members of what is renamed, by the name that it has still.
    former: BTreeMap<Vec<String>, Vec<Object>>,
    kinds: BTreeSet<&'static str>,
    default: DefaultSchema,
}

impl Names {
    /// What a flag can name of a schema; members of the renamed owners have both names.
    pub(super) fn of(schema: &Schema, owners: &[RenamedFrom]) -> Self {
        let mut names = Self {
            default: schema.default_schema.clone(),
            ..Self::default()
        };
        for name in &schema.namespaces {
            names.add(Object::Namespace(name.clone()));
        }
        for name in schema.sequences.keys() {
            names.add(Object::Sequence(name.clone()));
        }
        for one in schema
            .sql_objects
            .iter()
            .filter(|one| one.kind.holds_data())
        {
            names.add(Object::SqlObject(Box::new(one.key())));
        }
        for table in schema.tables.values() {
            names.add(Object::Table(table.name.clone()));
            let to = owners.iter().find_map(|owner| match owner {
                RenamedFrom::Table { from, to } if *from == table.name => Some(to),
                RenamedFrom::Table { .. }
                | RenamedFrom::Enum { .. }
                | RenamedFrom::Sequence { .. }
                | RenamedFrom::Column { .. }
                | RenamedFrom::EnumValue { .. } => None,
            });
            for column in &table.columns {
                let object =
                    |owner: &QualifiedName| Object::Column(owner.clone(), column.name.clone());
                names.add_member(&table.name, to, object);
            }
        }
        for one in schema.enums.values() {
            names.add(Object::Enum(one.name.clone()));
            let to = owners.iter().find_map(|owner| match owner {
                RenamedFrom::Enum { from, to } if *from == one.name => Some(to),
                RenamedFrom::Table { .. }
                | RenamedFrom::Enum { .. }
                | RenamedFrom::Sequence { .. }
                | RenamedFrom::Column { .. }
                | RenamedFrom::EnumValue { .. } => None,
            });
            for value in &one.values {
                let object =
                    |owner: &QualifiedName| Object::EnumValue(owner.clone(), value.clone());
                names.add_member(&one.name, to, object);
            }
        }
        names
    }

    fn add(&mut self, object: Object) {
        self.kinds.insert(noun(&object));
        self.present.entry(path(&object)).or_default().push(object);
    }

    fn add_member(
        &mut self,
        owner: &QualifiedName,
        to: Option<&QualifiedName>,
        object: impl Fn(&QualifiedName) -> Object,
    ) {
        let Some(to) = to else {
            return self.add(object(owner));
        };
        self.add(object(to));
        let former = self.former.entry(path(&object(owner))).or_default();
        former.push(object(to));
    }

    fn has(&self, object: &Object) -> bool {
        let found = self.present.get(&path(object));
        found.is_some_and(|found| found.contains(object))
    }

    /// The object of a path; `None` when there is none.
    fn find(&self, name: &Name<'_>) -> Result<Option<&Object>, FlagProblem> {
        let parts = name.parts.as_slice();
        // A dot in front says the default schema, which no path has; so does its name.
        let without_schema = match parts {
            [first, rest @ ..] if first.is_empty() || self.default.is(first) => rest,
            _ => &[],
        };
        let in_order = [
            self.present.get(parts),
            self.former.get(parts),
            self.present.get(without_schema),
            self.former.get(without_schema),
        ];
        for found in in_order.into_iter().flatten() {
            let fitting: Vec<&Object> = found
                .iter()
                .filter(|object| name.kind.is_none_or(|kind| kind == noun(object)))
                .collect();
            match fitting.as_slice() {
                [] => {}
                [object] => return Ok(Some(object)),
                _ => {
                    let text = write_path(&path(fitting[0]));
                    let kinds = fitting.iter().map(|object| noun(object));
                    return Err(FlagProblem::Ambiguous {
                        readings: kinds.map(|kind| format!("`{kind} {text}`")).collect(),
                        name: text,
                    });
                }
            }
        }
        Ok(None)
    }

    /// What somebody probably meant who wrote a name that is not there.
    fn nearest(&self, text: &str) -> Option<String> {
        let (owner, member) = text.rsplit_once('.').unwrap_or(("", text));
        let apart = |name: &str| {
            let (other, last) = name.rsplit_once('.').unwrap_or(("", name));
            let (from, to) = match (other == owner, last == member) {
                (true, false) => (member, last),
                (false, true) => (owner, other),
                _ => return None,
            };
            let limit = (from.chars().count() / 3).clamp(1, 4);
            Some(distance(from, to)).filter(|apart| *apart <= limit)
        };
        self.present
            .keys()
            .map(|path| write_path(path))
            .filter_map(|name| Some((apart(&name)?, name)))
            .min()
            .map(|(_, name)| name)
    }

    /// The object as a flag names it: its path, and its kind where the path alone says too little.
    pub(super) fn text(&self, object: &Object) -> String {
        let path = path(object);
        let text = write_path(&path);
        let others = self.present.get(&path);
        if others.is_some_and(|others| others.iter().any(|other| other != object)) {
            format!("{} {text}", noun(object))
        } else {
            text
        }
    }
}

/// What a rename leads to.
fn declared(rename: &RenamedFrom) -> Object {
    match rename {
        RenamedFrom::Table { to, .. } => Object::Table(to.clone()),
        RenamedFrom::Enum { to, .. } => Object::Enum(to.clone()),
        RenamedFrom::Sequence { to, .. } => Object::Sequence(to.clone()),
        RenamedFrom::Column { table, to, .. } => Object::Column(table.clone(), to.clone()),
        RenamedFrom::EnumValue { enum_type, to, .. } => {
            Object::EnumValue(enum_type.clone(), to.clone())
        }
    }
}

/// The value of [`Flags::renames`] that makes `to` of `from`, which `name` names.
pub fn rename_value(name: &str, from: &Object, to: &Object) -> String {
    let target = match (from, to) {
        (_, Object::Column(_, member) | Object::EnumValue(_, member)) => {
            write_path(std::slice::from_ref(member))
        }
        _ => {
            let target = write_path(&path(to));
            let schema = |object: &Object| path(object).len() > 1;
            // Without a schema it would stay in the one where it is.
            if schema(from) && !schema(to) {
                format!(".{target}")
            } else {
                target
            }
        }
    };
    format!("{name}:{target}")
}

/// The value of [`Flags::fills`] that gives the rows of a column a value.
pub fn fill_value(table: &QualifiedName, column: &str, value: &str) -> String {
    let column = write_path(&path(&Object::Column(table.clone(), column.to_owned())));
    format!("{column}={value}")
}

/// Names the objects of questions as flags have to.
pub(super) fn name_in_questions(questions: &mut [Undecided], before: &Schema) {
    if questions.is_empty() {
        return;
    }
    let names = Names::of(before, &[]);
    for question in questions {
        match question {
            Undecided::Drop { object, flag } => *flag = names.text(object),
            Undecided::Rename { from, flag, .. } => *flag = names.text(from),
            Undecided::Fill { .. } => {}
        }
    }
}

fn did_you_mean(name: Option<&String>) -> String {
    name.map_or(String::new(), |name| format!(": did you mean `{name}`?"))
}

fn first_known(
    readings: &mut dyn Iterator<Item = Result<Vec<RenamedFrom>, FlagProblem>>,
) -> Result<Vec<RenamedFrom>, FlagProblem> {
    let mut first = Ok(Vec::new());
    for reading in readings {
        match reading {
            Ok(renames) => return Ok(renames),
            Err(error) if first.is_ok() => first = Err(error),
            Err(_) => {}
        }
    }
    first
}

fn objects(text: &str, there: &[Names]) -> Result<Vec<Object>, FlagProblem> {
    let unknown = || FlagProblem::UnknownDrop {
        name: text.to_owned(),
        meant: there.iter().find_map(|names| names.nearest(text)),
    };
    let mut found = Vec::new();
    for names in there {
        let name = whole_name(text, names).ok_or_else(unknown)?;
        found.extend(names.find(&name)?.cloned());
    }
    if found.is_empty() {
        Err(unknown())
    } else {
        Ok(found)
    }
}

fn fill(text: &str, known: &[Names]) -> Result<(Object, Expression), FlagProblem> {
    let form = || FlagProblem::Form {
        text: text.to_owned(),
        form: "table.column=SQL",
    };
    let (parts, rest) = take_path(text).ok_or_else(form)?;
    let value = rest.strip_prefix('=').map(str::trim);
    let value = value.filter(|value| !value.is_empty()).ok_or_else(form)?;
    if parts.len() < 2 {
        return Err(form());
    }
    let kind = Some(noun(&Object::Column(QualifiedName::new(""), String::new())));
    let name = Name { kind, parts };
    for names in known {
        if let Some(column) = names.find(&name)? {
            return Ok((column.clone(), Expression::new(value)));
        }
    }
    let name = write_path(&name.parts);
    Err(FlagProblem::UnknownColumn {
        meant: known.iter().find_map(|names| names.nearest(&name)),
        name,
    })
}

fn rename(text: &str, names: &Names) -> Result<RenamedFrom, FlagProblem> {
    let form = || FlagProblem::Form {
        text: text.to_owned(),
        form: "from:to",
    };
    let (name, rest) = take_name(text, names).ok_or_else(form)?;
    let rest = rest.strip_prefix(':').ok_or_else(form)?;
    let (to, rest) = take_path(rest).ok_or_else(form)?;
    if !rest.is_empty() {
        return Err(form());
    }
    let unknown = || {
        let name = write_path(&name.parts);
        let meant = names.nearest(&name);
        FlagProblem::UnknownFrom { name, meant }
    };
    let object = names.find(&name)?.ok_or_else(unknown)?;
    let owner = |from: &QualifiedName| match to.as_slice() {
        [name] => Ok(from.sibling(name)),
        [schema, name] if schema.is_empty() => Ok(QualifiedName::new(name)),
        [schema, name] if !names.default.is_usual() && names.default.is(schema) => {
            Ok(QualifiedName::new(name))
        }
        [schema, name] => Ok(QualifiedName::within(Some(schema), name)),
        _ => Err(form()),
    };
    // `tasks.text:tasks.title` says the table twice, which is as clear.
    let member = || match to.as_slice() {
        [to] => Ok(to.clone()),
        [owner @ .., to] if *owner == name.parts[..name.parts.len() - 1] => Ok(to.clone()),
        _ => Err(form()),
    };
    match object {
        Object::Table(from) => Ok(RenamedFrom::Table {
            from: from.clone(),
            to: owner(from)?,
        }),
        Object::Enum(from) => Ok(RenamedFrom::Enum {
            from: from.clone(),
            to: owner(from)?,
        }),
        Object::Column(table, from) => Ok(RenamedFrom::Column {
            table: table.clone(),
            from: from.clone(),
            to: member()?,
        }),
        Object::EnumValue(enum_type, from) => Ok(RenamedFrom::EnumValue {
            enum_type: enum_type.clone(),
            from: from.clone(),
            to: member()?,
        }),
        Object::Sequence(from) => Ok(RenamedFrom::Sequence {
            from: from.clone(),
            to: owner(from)?,
        }),
        Object::Namespace(_)
        | Object::Constraint(..)
        | Object::Index(..)
        | Object::SqlObject(_) => Err(unknown()),
    }
}

fn path(object: &Object) -> Vec<String> {
    let of = |name: &QualifiedName| name.parts().into_iter().map(str::to_owned).collect();
    match object {
        Object::Namespace(name) => vec![name.clone()],
        Object::Enum(name) | Object::Sequence(name) | Object::Table(name) => of(name),
        Object::EnumValue(owner, member)
        | Object::Column(owner, member)
        | Object::Constraint(owner, member)
        | Object::Index(owner, member) => {
            let mut path: Vec<String> = of(owner);
            path.push(member.clone());
            path
        }
        Object::SqlObject(key) => of(&key.name),
    }
}

/// A name as somebody wrote it.
struct Name<'a> {
    kind: Option<&'a str>,
    parts: Vec<String>,
}

fn whole_name<'a>(text: &'a str, names: &Names) -> Option<Name<'a>> {
    let (name, rest) = take_name(text, names)?;
    rest.is_empty().then_some(name)
}

/// Reads a name, and returns it with what stands behind it.
fn take_name<'a>(text: &'a str, names: &Names) -> Option<(Name<'a>, &'a str)> {
    let text = text.trim_start();
    let behind = |kind: &str| text.strip_prefix(kind)?.strip_prefix(' ');
    let kind = names.kinds.iter().find(|kind| behind(kind).is_some());
    let kind = kind.map(|kind| &text[..kind.len()]);
    let rest = kind.map_or(text, |kind| &text[kind.len() + 1..]);
    let (parts, rest) = take_path(rest)?;
    Some((Name { kind, parts }, rest))
}

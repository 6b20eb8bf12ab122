//! Questions that models and revisions leave open, answered by flags or at the terminal.

use std::io;

use clap::Args;
use limbeck_core::diff::{Decisions, RenameError, Undecided, parse_renames};
use limbeck_core::schema::{Expression, Object, RenamedFrom, Schema};

use crate::command_error::{CommandError, Kind};
use crate::ui::{Ui, count};

/// Answers given in advance.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Answers")]
pub(crate) struct AnswerArgs {
    /// Keep data under a new name: `tasks.text:title`, `todos:tasks`
    #[arg(long = "rename", value_name = "FROM:TO")]
    pub(crate) renames: Vec<String>,
    /// Drop a table, type or column that the models no longer have
    #[arg(long = "drop", value_name = "NAME")]
    pub(crate) drops: Vec<String>,
    /// Give rows that are there a value: `tasks.priority=0`
    #[arg(long = "fill", value_name = "COLUMN=SQL")]
    pub(crate) fills: Vec<String>,
    /// Take nothing for renamed: drop the one, create the other
    #[arg(long)]
    pub(crate) no_rename: bool,
    /// Drop whatever the models no longer have
    #[arg(long)]
    pub(crate) drop_all: bool,
}

impl AnswerArgs {
    /// The answers of the flags that do not depend on a state.
    pub(crate) fn decisions(&self) -> Result<Decisions, CommandError> {
        let mut decisions = Decisions::default();
        decisions.drops.extend(self.drops.iter().cloned());
        for fill in &self.fills {
            let (column, value) = fill
                .split_once('=')
                .filter(|(column, value)| column.contains('.') && !value.trim().is_empty())
                .ok_or_else(|| {
                    CommandError::usage(format!(
                        "`--fill {fill}` is not of the form `table.column=SQL`"
                    ))
                    .hint("--fill tasks.priority=0")
                })?;
            let value = Expression(value.trim().to_owned());
            decisions.fills.insert(column.to_owned(), value);
        }
        Ok(decisions)
    }

    /// Adds the renames, read against the states of all dialects; one must know them all.
    pub(crate) fn add_renames(
        &self,
        decisions: &mut Decisions,
        hints: &[RenamedFrom],
        states: &[&Schema],
    ) -> Result<(), CommandError> {
        if self.renames.is_empty() {
            return Ok(());
        }
        let mut unknown = None;
        for before in states {
            match parse_renames(&self.renames, hints, before) {
                Ok(renames) => {
                    decisions.renames.extend(renames);
                    return Ok(());
                }
                Err(error) => unknown = Some(error),
            }
        }
        unknown.map_or(Ok(()), |error| {
            let hint = match &error {
                RenameError::Form(_) => "--rename tasks.text:title",
                RenameError::Unknown(_) => {
                    "`from` is the name that the revisions have, `to` that of the models"
                }
            };
            Err(CommandError::usage(format!("--rename: {error}")).hint(hint))
        })
    }

    /// Refuses a drop of something that no state has.
    pub(crate) fn check_drops(&self, states: &[&Schema]) -> Result<(), CommandError> {
        let unknown = self
            .drops
            .iter()
            .find(|name| !states.iter().any(|state| has(state, name)));
        match unknown {
            Some(name) => Err(CommandError::usage(format!(
                "--drop: the revisions have no `{name}`"
            ))),
            None => Ok(()),
        }
    }

    /// Refuses a value for a column that the models do not have.
    pub(crate) fn check_fills(
        &self,
        decisions: &Decisions,
        models: &Schema,
    ) -> Result<(), CommandError> {
        match decisions.fills.keys().find(|name| !has(models, name)) {
            Some(name) => Err(CommandError::usage(format!(
                "--fill: the models have no column `{name}`"
            ))),
            None => Ok(()),
        }
    }

    /// Whether anything is answered.
    pub(crate) fn is_empty(&self) -> bool {
        let lists = [&self.renames, &self.drops, &self.fills];
        lists.iter().all(|list| list.is_empty()) && !self.no_rename && !self.drop_all
    }

    /// Settles what the flags settle wholesale, and returns what is still open.
    pub(crate) fn settle(
        &self,
        questions: &[Undecided],
        decisions: &mut Decisions,
    ) -> Vec<Undecided> {
        let mut open = Vec::new();
        for question in questions {
            match question {
                Undecided::Drop { object } if self.drop_all => {
                    decisions.drops.insert(object.to_string());
                }
                Undecided::Rename { from, .. } if self.no_rename => {
                    decisions.drops.insert(from.to_string());
                }
                _ => open.push(question.clone()),
            }
        }
        open
    }

    /// Settles questions by flags, then at the terminal.
    ///
    /// Without a terminal, what is still open is an error that shows every flag.
    pub(crate) fn answer(
        &self,
        ui: &Ui,
        questions: &[Undecided],
        decisions: &mut Decisions,
    ) -> Result<(), CommandError> {
        let open = self.settle(questions, decisions);
        if open.is_empty() {
            return Ok(());
        }
        if !ui.can_ask() {
            return Err(undecided(&open));
        }
        // An answer may settle the next question too, so the rest is found anew.
        let asked = ask(ui, &open[0], decisions);
        asked.map_err(|error| undecided(&open).cause(error.to_string()))
    }
}

fn ask(ui: &Ui, question: &Undecided, decisions: &mut Decisions) -> io::Result<()> {
    ui.note(question.to_string());
    match question {
        Undecided::Drop { object } => {
            if !ui.ask_whether(&format!("Drop `{object}` with all that it holds?"))? {
                return Err(io::Error::other(format!(
                    "`{object}` is to stay: list it under `[unmanaged]`"
                )));
            }
            decisions.drops.insert(object.to_string());
        }
        Undecided::Rename { from, to, .. } => {
            if ui.ask_whether(&format!("Was `{from}` renamed to `{to}`?"))? {
                decisions.renames.extend(renamed(from, to));
            } else {
                decisions.drops.insert(from.to_string());
            }
        }
        Undecided::Fill { table, column, .. } => {
            let object = Object::Column(table.clone(), column.clone());
            let value = loop {
                let value = ui.ask(&format!(
                    "Value for the rows of `{table}` that are there (SQL):"
                ))?;
                if !value.is_empty() {
                    break value;
                }
            };
            decisions
                .fills
                .insert(object.to_string(), Expression(value));
        }
    }
    Ok(())
}

/// The rename that a question is about.
fn renamed(from: &Object, to: &Object) -> Option<RenamedFrom> {
    match (from.clone(), to.clone()) {
        (Object::Table(from), Object::Table(to)) => Some(RenamedFrom::Table { from, to }),
        (Object::Enum(from), Object::Enum(to)) => Some(RenamedFrom::Enum { from, to }),
        (Object::Column(_, from), Object::Column(table, to)) => {
            Some(RenamedFrom::Column { table, from, to })
        }
        (Object::EnumValue(_, from), Object::EnumValue(enum_type, to)) => {
            Some(RenamedFrom::EnumValue {
                enum_type,
                from,
                to,
            })
        }
        _ => None,
    }
}

/// All questions of models and revisions, with the flags that answer them, one a line.
fn undecided(questions: &[Undecided]) -> CommandError {
    let mut error = open(questions, Undecided::to_string)
        .hint("add one flag for each question, or answer at a terminal");
    for question in questions {
        if let Undecided::Drop {
            object: Object::Table(name),
        } = question
        {
            error = error.hint(format!(
                "a table of others stays when limbeck.toml says `[unmanaged]`, `tables = [\"{name}\"]`"
            ));
        }
    }
    error
}

/// The same of any two sides, about which nobody is asked.
pub(crate) fn undecided_between(questions: &[Undecided], from: &str, to: &str) -> CommandError {
    open(questions, |question| question.between(from, to)).hint(
        "add one flag for each question, or decide them all for drop and create: --no-rename --drop-all",
    )
}

fn open(questions: &[Undecided], sentence: impl Fn(&Undecided) -> String) -> CommandError {
    let mut lines = vec![match questions.len() {
        1 => "a question is open".to_owned(),
        number => format!("{} are open", count(number, "question")),
    }];
    for question in questions {
        lines.push(format!("  {}", sentence(question)));
        let flags = question.flags();
        let width = flags
            .iter()
            .map(|(flag, _)| flag.chars().count())
            .max()
            .unwrap_or(0);
        lines.extend(
            flags
                .iter()
                .map(|(flag, meaning)| format!("    {flag:width$}  {meaning}")),
        );
    }
    CommandError::new(Kind::Undecided, lines.join("\n"))
}

fn has(schema: &Schema, name: &str) -> bool {
    let top = schema
        .tables
        .keys()
        .chain(schema.enums.keys())
        .chain(schema.sequences.keys());
    let mut objects: Vec<Object> = top.map(|name| Object::Table(name.clone())).collect();
    objects.extend(
        schema
            .namespaces
            .iter()
            .map(|name| Object::Namespace(name.clone())),
    );
    for table in schema.tables.values() {
        let columns = table.columns.iter().map(|column| &column.name);
        let members = columns
            .chain(table.constraints.keys())
            .chain(table.indexes.keys());
        objects.extend(members.map(|member| Object::Column(table.name.clone(), member.clone())));
    }
    for one in schema.enums.values() {
        objects.extend(
            one.values
                .iter()
                .map(|value| Object::EnumValue(one.name.clone(), value.clone())),
        );
    }
    objects.iter().any(|object| object.to_string() == name)
}

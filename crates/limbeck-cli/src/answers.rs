//! Questions that models and revisions leave open, answered by flags or at the terminal.

use std::io;

use clap::Args;
use limbeck_core::diff::{Decisions, FlagError, Flags, Undecided};
use limbeck_core::op::{Act, ColumnOp, EnumOp, Operation};
use limbeck_core::schema::{Expression, Object, QualifiedName, RenamedFrom, Schema};

use crate::command_error::{CommandError, Kind};
use crate::hint;
use crate::ui::{Ui, count};

/// Answers given in advance.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Answers")]
pub(crate) struct AnswerArgs {
    /// Keep data under a new name: `tasks.text:title`, `todos:tasks`; a part with `.`, `:`, `=` or a
    /// blank stands in double quotes: `'app."due date":due'`
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
    /// The values of the flags.
    pub(crate) fn flags(&self) -> Flags {
        Flags {
            renames: self.renames.clone(),
            drops: self.drops.clone(),
            fills: self.fills.clone(),
        }
    }

    /// The answers of the flags, read against the states of all dialects and the models.
    pub(crate) fn decisions(
        &self,
        hints: &[RenamedFrom],
        states: &[&Schema],
        models: &Schema,
    ) -> Result<Decisions, CommandError> {
        let read = self.flags().read(hints, states, &[models]);
        read.map_err(|error| flag(&error))
    }

    /// Refuses an answer that the changes do not use: who gives it takes it for done.
    pub(crate) fn refuse_unused(
        &self,
        hints: &[RenamedFrom],
        states: &[&Schema],
        models: &Schema,
        operations: &[&Operation],
    ) -> Result<(), CommandError> {
        let renames = || Flags {
            renames: self.renames.clone(),
            ..Flags::default()
        };
        for text in &self.drops {
            let drops = vec![text.clone()];
            let one = Flags { drops, ..renames() };
            let read = one.read(hints, states, &[models]);
            let objects = read.map_err(|error| flag(&error))?.drops;
            if !objects.iter().any(|object| goes(object, operations)) {
                return Err(CommandError::usage(format!(
                    "--drop: nothing drops `{text}`, since the models or others have it still"
                ))
                .hint("take it out of the models first, or leave --drop out"));
            }
        }
        for text in &self.fills {
            let fills = vec![text.clone()];
            let one = Flags { fills, ..renames() };
            let read = one.read(hints, states, &[models]);
            let fills = read.map_err(|error| flag(&error))?.fills;
            if let Some((column, _)) = fills.iter().find(|(column, value)| {
                let mut own = of_column(column, operations);
                !own.any(|op| op.fill() == Some(value))
            }) {
                return Err(unused_fill(column, operations));
            }
        }
        Ok(())
    }

    /// Whether anything is answered.
    pub(crate) fn is_empty(&self) -> bool {
        self.flags().is_empty() && !self.no_rename && !self.drop_all
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
                Undecided::Drop { object, .. } if self.drop_all => {
                    decisions.drops.insert(object.clone());
                }
                Undecided::Rename { from, .. } if self.no_rename => {
                    decisions.drops.insert(from.clone());
                }
                _ => open.push(question.clone()),
            }
        }
        open
    }

    /// Settles questions by flags, then at the terminal. `refusal` tells what a database says against
    /// a value for rows.
    ///
    /// Without a terminal, what is still open is an error that shows every flag.
    pub(crate) async fn answer(
        &self,
        ui: &Ui,
        questions: &[Undecided],
        decisions: &mut Decisions,
        refusal: impl AsyncFnMut(
            &Decisions,
            (&QualifiedName, &str),
            &Expression,
        ) -> Result<Option<String>, CommandError>,
    ) -> Result<(), CommandError> {
        let open = self.settle(questions, decisions);
        if open.is_empty() {
            return Ok(());
        }
        if !ui.can_ask() {
            return Err(undecided(&open));
        }
        // An answer may settle the next question too, so the rest is found anew.
        if let Undecided::Fill {
            table,
            column,
            offer,
            ..
        } = &open[0]
        {
            ui.note(open[0].to_string());
            let place = (table, column.as_str());
            let value = ask_for_value(ui, decisions, place, offer.as_ref(), refusal).await;
            let value = value.map_err(|error| match error {
                Unanswered::Terminal(error) => undecided(&open).cause(error.to_string()),
                Unanswered::Failed(error) => error,
            })?;
            let object = Object::Column(table.clone(), column.clone());
            decisions.fills.insert(object, value);
            return Ok(());
        }
        let asked = ask(ui, &open[0], decisions);
        asked.map_err(|error| undecided(&open).cause(error.to_string()))
    }
}

/// The changes of a column.
fn of_column<'a>(
    column: &'a Object,
    operations: &'a [&Operation],
) -> impl Iterator<Item = &'a ColumnOp> {
    operations.iter().filter_map(move |operation| {
        let Operation::Column(op) = operation else {
            return None;
        };
        let owner = op.table();
        let name = &op.sides().to?.name;
        (*column == Object::Column(owner.clone(), name.clone())).then_some(op)
    })
}

/// Whether one of the changes takes the object away.
fn goes(object: &Object, operations: &[&Operation]) -> bool {
    operations
        .iter()
        .any(|operation| match (operation, object) {
            (Operation::Enum(EnumOp::Alter { from, to, .. }), Object::EnumValue(name, value)) => {
                to.name == *name && from.values.contains(value) && !to.values.contains(value)
            }
            // What is in a table goes with it.
            (Operation::Table(_), _) if operation.act() == Act::Drop => {
                operation.object().table() == object.table()
            }
            _ => operation.act() == Act::Drop && operation.object() == *object,
        })
}

fn unused_fill(column: &Object, operations: &[&Operation]) -> CommandError {
    let is_retyped = of_column(column, operations).any(|op| {
        let both = op.sides().both();
        both.is_some_and(|(from, to)| from.data_type != to.data_type)
    });
    let (how, hint) = if is_retyped {
        (
            ", converted to its new type",
            "without --fill a revision is written with the usual conversion; write another one into it, then: limbeck verify",
        )
    } else {
        (
            "",
            "--fill is for a new column, and for one that becomes NOT NULL; other changes of rows are written into a revision",
        )
    };
    CommandError::usage(format!(
        "--fill: the rows of `{column}` keep their values{how}"
    ))
    .hint(hint)
}

/// A flag that says nothing, as it is told.
pub(crate) fn flag(error: &FlagError) -> CommandError {
    CommandError::usage(error.to_string()).hint_if(hint::flag(error))
}

enum Unanswered {
    Terminal(io::Error),
    Failed(CommandError),
}

/// Asks until the database takes the answer, or gets the same one again.
async fn ask_for_value(
    ui: &Ui,
    decisions: &Decisions,
    place: (&QualifiedName, &str),
    offer: Option<&Expression>,
    mut refusal: impl AsyncFnMut(
        &Decisions,
        (&QualifiedName, &str),
        &Expression,
    ) -> Result<Option<String>, CommandError>,
) -> Result<Expression, Unanswered> {
    let shown = offer.map_or(String::new(), |offer| format!(" [{offer}]"));
    let question = format!(
        "Value for the rows of `{}` that are there (SQL){shown}:",
        place.0
    );
    let mut refused = None;
    loop {
        let answer = ui.ask(&question).map_err(Unanswered::Terminal)?;
        let value = match (answer.as_str(), offer) {
            ("", Some(offer)) => offer.clone(),
            ("", None) => continue,
            // The word of the models' attribute.
            ("now", _) => Expression::new("CURRENT_TIMESTAMP"),
            (text, _) => Expression::new(text),
        };
        if value.as_str().eq_ignore_ascii_case("null") {
            ui.note("The column takes no NULL");
            continue;
        }
        if refused.as_ref() == Some(&value) {
            return Ok(value);
        }
        let outcome = refusal(decisions, place, &value).await;
        match outcome.map_err(Unanswered::Failed)? {
            None => return Ok(value),
            Some(reason) => {
                ui.note(format!("The database refuses `{value}`: {reason}"));
                ui.note("Give another value, or the same one again to take it as it is");
                refused = Some(value);
            }
        }
    }
}

fn ask(ui: &Ui, question: &Undecided, decisions: &mut Decisions) -> io::Result<()> {
    ui.note(question.to_string());
    match question {
        Undecided::Drop { object, .. } => {
            if !ui.ask_whether(&format!("Drop `{object}` with all that it holds?"))? {
                return Err(io::Error::other(format!(
                    "`{object}` is to stay: list it under `[unmanaged]`"
                )));
            }
            decisions.drops.insert(object.clone());
        }
        Undecided::Rename { from, to, .. } => {
            if ui.ask_whether(&format!("Was `{from}` renamed to `{to}`?"))? {
                decisions.renames.extend(renamed(from, to));
            } else {
                decisions.drops.insert(from.clone());
            }
        }
        // Asked for by itself, since its answer is tried.
        Undecided::Fill { .. } => {}
    }
    Ok(())
}

/// The rename that a question is about.
fn renamed(from: &Object, to: &Object) -> Option<RenamedFrom> {
    match (from.clone(), to.clone()) {
        (Object::Table(from), Object::Table(to)) => Some(RenamedFrom::Table { from, to }),
        (Object::Enum(from), Object::Enum(to)) => Some(RenamedFrom::Enum { from, to }),
        (Object::Sequence(from), Object::Sequence(to)) => Some(RenamedFrom::Sequence { from, to }),
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
    let error = open(questions, Undecided::to_string)
        .hint("add one flag for each question, or answer at a terminal");
    let tables = questions.iter().filter_map(|question| match question {
        Undecided::Drop {
            object: Object::Table(name),
            ..
        } => Some(toml::Value::String(name.to_string()).to_string()),
        _ => None,
    });
    let tables: Vec<String> = tables.collect();
    let what = match tables.as_slice() {
        [] => return error,
        [_] => "a table of others stays",
        _ => "tables of others stay",
    };
    error.hint(format!(
        "{what} when limbeck.toml says `[unmanaged]`, `tables = [{}]`",
        tables.join(", ")
    ))
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
        let flags = hint::flags(question);
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

#[cfg(test)]
mod tests;

//! One round: a schema with rows, a change, there and back on the real way; and what must hold then,
//! seen without the proof's help.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use limbeck::connection::Connection;
use limbeck::folder::{self, Folder};
use limbeck::run::{self, Event, Loss, RunError, RunErrorKind, RunOptions};
use limbeck_core::compare::Unmanaged;
use limbeck_core::dialect::{Dialect, lower};
use limbeck_core::op::Operation;
use limbeck_core::plan::plan;
use limbeck_core::revision::{Revision, RevisionId, Section, Sections, section};
use limbeck_core::schema::{Models, QualifiedName, Schema};
use limbeck_engine::autogenerate::{GenerateError, compare, generate};
use limbeck_engine::compare::Project;
use limbeck_engine::proof::ProofError;
use limbeck_engine::state::Bench;

use super::change::{Change, SHARED, draw};
use super::database::{LeftOut, Rows, insert, is_number_taken, read_through_driver, rows};
use super::dice::Dice;

/// How a round ended, where nothing is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ended {
    /// There and back.
    Walked,
    /// The change is none.
    Nothing,
    /// Limbeck says that it does not do it, and why.
    Refused(String),
    /// The upgrade fails on the rows as its file says that it may.
    Failed,
    /// The downgrade does.
    FailedBack,
}

/// What is done to the revision before it is run, so that something is wrong.
pub(crate) type Tamper<'a> = &'a dyn Fn(&Change, &mut Section, &mut Section);

/// A round that does not hold, with all that is needed to look into it.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) what: String,
    pub(crate) seed: u64,
    pub(crate) change: Box<Change>,
    pub(crate) upgrade: Option<Section>,
    pub(crate) downgrade: Option<Section>,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "seed {}: {}", self.seed, self.what)?;
        writeln!(f, "change: {}", self.change.story.join("; "))?;
        for (name, schema) in [("from", &self.change.from), ("to", &self.change.to)] {
            writeln!(f, "{name}: {}", shown(schema))?;
        }
        for (name, section) in [("upgrade", &self.upgrade), ("downgrade", &self.downgrade)] {
            if let Some(section) = section {
                writeln!(f, "-- {name}\n{}", text(section))?;
            }
        }
        Ok(())
    }
}

/// A schema in few words.
fn shown(schema: &Schema) -> String {
    let mut text = String::new();
    for table in schema.tables.values() {
        let _ = write!(text, "\n  {}:", table.name);
        for column in &table.columns {
            let _ = write!(text, " {} {:?}", column.name, column.data_type);
            let words = [
                (!column.nullable).then(|| "not null".to_owned()),
                column
                    .default
                    .as_ref()
                    .map(|one| format!("default {}", one.0)),
                column
                    .identity
                    .as_ref()
                    .map(|one| format!("{:?}", one.kind)),
                column
                    .generated
                    .as_ref()
                    .map(|one| format!("as {}", one.expression.0)),
            ];
            for word in words.into_iter().flatten() {
                let _ = write!(text, " {word}");
            }
            text.push(',');
        }
        for name in table.constraints.keys().chain(table.indexes.keys()) {
            let _ = write!(text, " {name};");
        }
    }
    for one in schema.enums.values() {
        let _ = write!(text, "\n  enum {}: {:?}", one.name, one.values);
    }
    text
}

pub(crate) fn text(section: &Section) -> String {
    match section {
        Section::Steps(steps) => {
            let texts: Vec<&str> = steps.iter().map(|step| step.sql.as_str()).collect();
            texts.join("\n-- step\n")
        }
        Section::Irreversible(reason) => format!("irreversible, {reason}"),
        Section::Unwritten(_) => "not written".to_owned(),
    }
}

fn steps(section: &Section) -> usize {
    match section {
        Section::Steps(steps) => steps.len(),
        Section::Irreversible(_) | Section::Unwritten(_) => 0,
    }
}

fn says_may_fail(section: &Section) -> bool {
    text(section).contains("-- hazard: may_fail")
}

/// What the rounds of a dialect are walked on.
pub(crate) struct Ground<'a> {
    pub(crate) bench: &'a mut Bench,
    /// An empty database.
    pub(crate) live: &'a mut Connection,
}

/// The ids of the two revisions: rounds that begin with the same schema share the first one.
fn ids(seed: u64) -> [RevisionId; 2] {
    let id = |kind: u8, number: u64| {
        let [a, b, c, d, e, ..] = number.to_le_bytes();
        RevisionId::new_from_entropy([kind, a, b, c, d, e])
    };
    [id(1, seed / SHARED), id(2, seed)]
}

fn revision(
    id: &RevisionId,
    parents: Vec<RevisionId>,
    upgrade: Section,
    downgrade: Section,
    dialect: Dialect,
) -> Revision {
    let sections = |section| Sections {
        common: None,
        dialects: BTreeMap::from([(dialect, section)]),
    };
    Revision {
        id: id.clone(),
        parents,
        description: "A round".to_owned(),
        created: "2026-01-01T00:00:00Z".to_owned(),
        label: None,
        depends_on: Vec::new(),
        pending: Default::default(),
        dialects: Default::default(),
        requires: Default::default(),
        replaces: Vec::new(),
        lines: Default::default(),
        upgrade: sections(upgrade),
        downgrade: sections(downgrade),
    }
}

/// Goes a round.
pub(crate) async fn go(
    ground: Ground<'_>,
    seed: u64,
    tamper: Option<Tamper<'_>>,
) -> Result<Ended, Fault> {
    let dialect = ground.bench.dialect();
    let change = draw(seed, dialect);
    let mut round = Round {
        ground,
        dialect,
        seed,
        dice: Dice::new(!seed),
        change: Box::new(change),
        tamper,
        upgrade: None,
        downgrade: None,
    };
    match round.walk().await {
        Ok(ended) => Ok(ended),
        Err(what) => Err(Fault {
            what,
            seed,
            change: round.change,
            upgrade: round.upgrade,
            downgrade: round.downgrade,
        }),
    }
}

/// One that is under way.
pub(crate) struct Round<'a> {
    pub(crate) ground: Ground<'a>,
    pub(crate) dialect: Dialect,
    pub(crate) seed: u64,
    pub(crate) dice: Dice,
    pub(crate) change: Box<Change>,
    pub(crate) tamper: Option<Tamper<'a>>,
    pub(crate) upgrade: Option<Section>,
    pub(crate) downgrade: Option<Section>,
}

impl Round<'_> {
    async fn walk(&mut self) -> Result<Ended, String> {
        let home = tempfile::tempdir().expect("a folder");
        let (from, to) = (self.change.from.clone(), self.change.to.clone());
        let folder = self.first(home.path(), &from);
        let [first, second] = ids(self.seed);
        self.run_up(&folder, &first)
            .await
            .map_err(|error| format!("the first revision fails: {error:?}"))?;
        self.fill(&from).await?;

        let ended = self.next(home.path(), &folder, &first, &to).await?;
        if let Some(ended) = ended {
            return Ok(ended);
        }
        let folder = folder::read(&[home.path().to_owned()]).expect("is read");
        let (upgrade, downgrade) = (
            self.upgrade.clone().expect("is written"),
            self.downgrade.clone().expect("is written"),
        );

        let before = rows(self.ground.live, &from).await;
        let expected = self.cast_upwards().await;
        if let Err(error) = self.run_up(&folder, &second).await {
            return self
                .failed(&upgrade, error, &before, &from, Ended::Failed)
                .await;
        }
        let reached = rows(self.ground.live, &to).await;
        self.arrives(&upgrade, &before, &reached, expected)?;
        self.read_all(&to).await?;
        let added = self.insert_all(&to, "after the upgrade").await?;
        self.read_all(&to).await?;

        let with = rows(self.ground.live, &to).await;
        let intact = self.survives_back(&with).await;
        let loss = self.run_down(&folder, &first, Loss::Refuse).await;
        match loss {
            Ok(()) => self.nothing_was_there(&with, intact)?,
            Err(error) if matches!(error.kind(), RunErrorKind::WouldLose { .. }) => {
                if rows(self.ground.live, &to).await != with {
                    return Err("a downgrade that was refused changes rows".to_owned());
                }
                if let Err(error) = self.run_down(&folder, &first, Loss::Accept).await {
                    return self
                        .failed(&downgrade, error, &with, &to, Ended::FailedBack)
                        .await;
                }
            }
            Err(error) => {
                return self
                    .failed(&downgrade, error, &with, &to, Ended::FailedBack)
                    .await;
            }
        }
        let back = rows(self.ground.live, &from).await;
        self.comes_back(&before, &back, added)?;
        if !self.is_any_blob(&with) {
            self.read_all(&from).await?;
        }
        self.insert_all(&from, "after the downgrade").await?;
        Ok(Ended::Walked)
    }

    /// Writes the revision that makes the first schema.
    fn first(&self, home: &std::path::Path, from: &Schema) -> Folder {
        let lowered = lower(from, self.dialect).expect("can be spelled");
        let empty = Schema::default();
        let operations =
            limbeck_core::diff::diff(&empty, &lowered, &self.change.decisions, self.dialect);
        let made = plan(&operations.expect("nothing is open"), &empty, self.dialect);
        let made = section(&made.expect("is planned"), self.dialect);
        let nothing = Section::Irreversible("a test".to_owned());
        let [first, _] = ids(self.seed);
        let revision = revision(&first, Vec::new(), made, nothing, self.dialect);
        folder::write(home, &revision).expect("is written");
        folder::read(&[home.to_owned()]).expect("is read")
    }

    /// Puts rows into every table, as far as its constraints take them.
    async fn fill(&mut self, from: &Schema) -> Result<(), String> {
        // What is referenced comes first, as far as tables do not reference each other.
        for _ in 0..2 {
            for table in from.tables.values() {
                for _ in 0..1 + self.dice.roll(4) {
                    let taken =
                        insert(self.ground.live, from, table, &mut self.dice, LeftOut::Some).await;
                    if let Err(error) = taken
                        && !error.by_constraint
                    {
                        return Err(format!("the first schema takes no row: {}", error.message));
                    }
                }
            }
        }
        Ok(())
    }

    /// Compares, plans, proves and writes the next revision; where there is none, how the round ends.
    async fn next(
        &mut self,
        home: &std::path::Path,
        folder: &Folder,
        first: &RevisionId,
        to: &Schema,
    ) -> Result<Option<Ended>, String> {
        let unmanaged = Unmanaged::default();
        let parents = [first.clone()];
        let project = Project {
            folder,
            parents: &parents,
            unmanaged: &unmanaged,
        };
        let models = Models {
            schema: to.clone(),
            ..Models::default()
        };
        let bench = &mut *self.ground.bench;
        let compared = compare(bench, project, &models, &self.change.decisions).await;
        let compared = match compared {
            Ok(compared) => compared,
            Err(error) => return Ok(Some(Ended::Refused(with_causes(&error)))),
        };
        let words: Vec<String> = compared
            .operations
            .iter()
            .map(Operation::describe)
            .collect();
        self.change
            .story
            .push(format!("found: {}", words.join("; ")));
        let generated = match generate(bench, project, compared, None).await {
            Ok(Some(generated)) => generated,
            Ok(None) => return Ok(Some(Ended::Nothing)),
            Err(error) => return ungenerated(&error).map(Some),
        };
        let (mut upgrade, mut downgrade) = (generated.upgrade, generated.downgrade);
        if let Some(tamper) = self.tamper {
            tamper(&self.change, &mut upgrade, &mut downgrade);
        }
        let [first, second] = ids(self.seed);
        let second = revision(
            &second,
            vec![first],
            upgrade.clone(),
            downgrade.clone(),
            self.dialect,
        );
        folder::write(home, &second).expect("is written");
        (self.upgrade, self.downgrade) = (Some(upgrade), Some(downgrade));
        Ok(None)
    }

    async fn run_up(&mut self, folder: &Folder, to: &RevisionId) -> Result<(), RunError> {
        let target = [to.clone()];
        let options = RunOptions::default();
        let graph = &folder.graph;
        let mut on_event = |_: Event<'_>| {};
        let run = run::upgrade(self.ground.live, graph, &target, &options, &mut on_event);
        run.await.map(drop)
    }

    async fn run_down(
        &mut self,
        folder: &Folder,
        to: &RevisionId,
        loss: Loss,
    ) -> Result<(), RunError> {
        let target = limbeck_core::revision::DowngradeTarget::to([to.clone()]);
        let options = RunOptions {
            loss,
            ..RunOptions::default()
        };
        let graph = &folder.graph;
        let mut on_event = |_: Event<'_>| {};
        let run = run::downgrade(self.ground.live, graph, &target, &options, &mut on_event);
        run.await.map(drop)
    }

    /// A run that fails must be one that may, and leaves everything as it was.
    async fn failed(
        &mut self,
        section: &Section,
        error: RunError,
        rows_before: &Rows,
        schema: &Schema,
        ended: Ended,
    ) -> Result<Ended, String> {
        if matches!(error.kind(), RunErrorKind::WouldBeLost { .. }) {
            return Ok(Ended::Refused("would be lost".to_owned()));
        }
        if !says_may_fail(section) {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            return Err(format!(
                "a run fails that no hazard announces: {error}: {cause:?} {error:?}"
            ));
        }
        if steps(section) == 1 && rows(self.ground.live, schema).await != *rows_before {
            return Err(format!("a run that fails changes rows: {error}"));
        }
        Ok(ended)
    }

    async fn read_all(&mut self, schema: &Schema) -> Result<(), String> {
        for table in schema.tables.values() {
            read_through_driver(self.ground.live, table).await?;
        }
        Ok(())
    }

    /// Inserts a row into each table with everything left out that has a default; those that were.
    async fn insert_all(
        &mut self,
        schema: &Schema,
        when: &str,
    ) -> Result<BTreeMap<QualifiedName, usize>, String> {
        let mut added = BTreeMap::new();
        for table in schema.tables.values() {
            for _ in 0..2 {
                match insert(
                    self.ground.live,
                    schema,
                    table,
                    &mut self.dice,
                    LeftOut::Defaults,
                )
                .await
                {
                    Ok(()) => *added.entry(table.name.clone()).or_default() += 1,
                    Err(error) if is_number_taken(table, &error, self.dialect) => {
                        return Err(format!(
                            "{when} the next number is taken: {}",
                            error.message
                        ));
                    }
                    Err(error) if !error.by_constraint => {
                        return Err(format!("{when} a row is refused: {}", error.message));
                    }
                    Err(_) => {}
                }
            }
        }
        Ok(added)
    }
}

/// Refusals are fine; but what Limbeck itself has planned its proof must not refuse.
fn ungenerated(error: &GenerateError) -> Result<Ended, String> {
    if let GenerateError::Proof(proof) = error
        && !matches!(proof, ProofError::State(_))
    {
        let details = proof.details().join("; ");
        let text = with_causes(proof);
        return Err(format!(
            "the proof refuses what was planned: {details}: {text}"
        ));
    }
    Ok(Ended::Refused(with_causes(error)))
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

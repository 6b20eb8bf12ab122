//! The proof of a revision on scratch databases: up, down, up again.
//!
//! Two states are equal when their schemas do not differ in either direction and their residues are
//! the same text. That is proven on empty tables; what becomes of rows is seen afterwards (`rows`).

mod comments;
mod error;
pub mod rows;

pub use error::ProofError;

use limbeck_core::compare::{changes, reordered, with_spelling_of, without};
use limbeck_core::dialect::Dialect;
use limbeck_core::op::{Act, ColumnOp, Operation};
use limbeck_core::plan::plan;
use limbeck_core::revision::{Direction, RevisionId, Section, SectionError, section};
use limbeck_core::schema::{Column, QualifiedName, Schema};

use self::rows::{RowsReport, RowsTrial, prove_rows};
use crate::ask::settle;
use crate::compare::Project;
use crate::inspect::{InspectError, Residue, Snapshot, residue, residue_difference, snapshot};
use crate::state::{Bench, Part, State, StateError, roles};
use limbeck::connection::Connection;
use limbeck::folder::Fixture;

/// What a proof has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The dialect.
    pub dialect: Dialect,
    /// The server that it was shown on: `PostgreSQL 15.13`.
    pub server: String,
    /// Whether the way back was shown, or is declared not to exist.
    pub downgrade: Downgrade,
    /// Tables whose columns stand in another order than the models have them.
    pub reordered: Vec<QualifiedName>,
    /// What it does to rows.
    pub rows: RowsReport,
}

/// What is known of the way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Downgrade {
    /// It leads to the parents' state.
    Restores,
    /// There is none, for this reason.
    Irreversible(String),
}

/// What is to be proven.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The state of the parents.
    pub before: &'a State,
    /// The way there.
    pub upgrade: &'a Section,
    /// The way back.
    pub downgrade: &'a Section,
    /// Where the upgrade must lead to.
    pub target: Option<&'a Schema>,
    /// What errors name, with the line of the statement; none for one that is not written yet, into
    /// which what is found can still be written.
    pub file: Option<&'a str>,
    /// The file with the way back, where that is another one.
    pub downgrade_file: Option<&'a str>,
    /// Rows that the project brings.
    pub fixtures: &'a [&'a Fixture],
    /// Rows that it brings for no revision at all.
    pub stray: Option<&'a Fixture>,
}

impl<'a> Claim<'a> {
    /// The file with one of the ways.
    fn file_of(&self, direction: Direction) -> Option<&'a str> {
        match direction {
            Direction::Upgrade => self.file,
            Direction::Downgrade => self.downgrade_file.or(self.file),
        }
    }
}

/// Proves a revision that builds on `project.parents`: its structure on empty tables, and then what
/// it does to rows.
///
/// # Errors
///
/// What does not hold, with the objects that it does not hold for.
pub async fn prove(
    bench: &mut Bench,
    project: Project<'_>,
    claim: Claim<'_>,
) -> Result<Proof, ProofError> {
    if let Some(fixture) = claim.stray {
        return Err(ProofError::StrayFixture {
            path: fixture.path.clone(),
            id: fixture.revision().to_owned(),
        });
    }
    let mut copy = bench.copy(project.folder, project.parents).await?;
    let trial = Trial { claim, project };
    let outcome = trial.run(bench, &mut copy.connection).await;
    bench.discard(copy).await?;
    outcome
}

/// Proves a revision of the folder as it stands there.
///
/// # Errors
///
/// As [`prove`].
pub async fn verify(
    bench: &mut Bench,
    project: Project<'_>,
    id: &RevisionId,
) -> Result<Proof, ProofError> {
    let dialect = bench.dialect();
    let Some(revision) = project.folder.graph.get(id) else {
        let unknown = project.folder.graph.resolve(id.as_str(), &[]);
        return match unknown {
            Err(error) => Err(StateError::Graph(error).into()),
            Ok(_) => Err(StateError::Section(SectionError::Missing {
                id: id.clone(),
                direction: Direction::Upgrade,
                dialect,
            })
            .into()),
        };
    };
    let of = |direction| revision.section(direction, dialect).cloned();
    let upgrade = of(Direction::Upgrade).map_err(StateError::Section)?;
    let downgrade = of(Direction::Downgrade).map_err(StateError::Section)?;
    let needed: Vec<RevisionId> = revision
        .parents
        .iter()
        .chain(&revision.depends_on)
        .cloned()
        .collect();
    let project = Project {
        parents: &needed,
        ..project
    };
    let before = bench.state(project.folder, project.parents).await;
    let before = before.map_err(|error| match error {
        StateError::Replay { .. } => ProofError::Parents {
            dialect,
            source: Box::new(error),
        },
        error => error.into(),
    })?;
    let graph = &project.folder.graph;
    let fixtures = project.folder.fixtures(Some(id), dialect);
    let claim = Claim {
        before: &before,
        upgrade: &upgrade,
        downgrade: &downgrade,
        target: None,
        file: graph.file_of(id, Direction::Upgrade),
        downgrade_file: graph.file_of(id, Direction::Downgrade),
        fixtures: &fixtures,
        stray: project.folder.stray_fixture(None),
    };
    prove(bench, project, claim).await
}

struct Trial<'a> {
    claim: Claim<'a>,
    project: Project<'a>,
}

impl Trial<'_> {
    async fn run(
        &self,
        bench: &mut Bench,
        connection: &mut Connection,
    ) -> Result<Proof, ProofError> {
        let (mut proof, after) = self.structure(bench, connection).await?;
        let State {
            schema, prelude, ..
        } = self.claim.before;
        for (direction, section) in [
            (Direction::Upgrade, self.claim.upgrade),
            (Direction::Downgrade, self.claim.downgrade),
        ] {
            let schemas = [schema, prelude, &after.schema];
            comments::check(&schemas, direction, section, bench.dialect())?;
        }
        let trial = RowsTrial {
            project: self.project,
            before: self.claim.before,
            after: &after.schema,
            upgrade: self.claim.upgrade,
            downgrade: self.claim.downgrade,
            file: self.claim.file,
            downgrade_file: self.claim.downgrade_file,
            fixtures: self.claim.fixtures,
        };
        proof.rows = prove_rows(&trial, bench, connection).await?;
        Ok(proof)
    }

    /// The proof on empty tables, and the database after the upgrade, as it leaves it.
    async fn structure(
        &self,
        bench: &mut Bench,
        connection: &mut Connection,
    ) -> Result<(Proof, Snapshot), ProofError> {
        let dialect = bench.dialect();
        let options = bench.inspect_options().clone();
        let server = bench.server().await?;
        self.walk(bench, connection, Direction::Upgrade).await?;
        let after = snapshot(connection, &options).await?;
        let mut proof = Proof {
            dialect,
            server,
            downgrade: Downgrade::Restores,
            reordered: Vec::new(),
            rows: RowsReport::default(),
        };
        if let Some(target) = self.claim.target {
            let mut schema = after.schema.clone();
            without(&mut schema, &self.claim.before.prelude);
            self.project.unmanaged.take_out(&mut schema);
            let before = &self.claim.before.schema;
            let target = &with_spelling_of(before, &schema, target);
            let mut operations = changes(&schema, target, dialect);
            if !operations.is_empty() {
                let (schema, target) = settle(connection, &schema, target, &options).await?;
                operations = changes(&schema, &target, dialect);
            }
            if !operations.is_empty() {
                return Err(ProofError::NotTheModels {
                    dialect,
                    operations,
                });
            }
            proof.reordered = reordered(&schema, target);
        }
        if let Section::Irreversible(reason) = self.claim.downgrade {
            proof.downgrade = Downgrade::Irreversible(reason.clone());
            return Ok((proof, after));
        }
        self.walk(bench, connection, Direction::Downgrade).await?;
        let left = roles::left_behind(connection, self.claim.upgrade).await;
        let left = left.map_err(InspectError::from)?;
        if !left.is_empty() {
            let differences = left.iter().map(|role| {
                format!("role `{role}` is left behind: DROP ROLE belongs into the downgrade")
            });
            return Err(ProofError::NotRestored {
                dialect,
                differences: differences.collect(),
            });
        }
        // PostgreSQL's residue tells all that a schema tells, so that equal residues are equal schemas.
        // SQLite's leaves out the names of constraints.
        let is_told = dialect == Dialect::Postgres;
        let Project {
            folder, parents, ..
        } = self.project;
        let expected = bench.residue(folder, parents).await?;
        if !is_told || residue(connection, &options).await? != *expected {
            let restored = snapshot(connection, &options).await?;
            self.compare_restored(bench, restored, &expected).await?;
        }
        self.walk(bench, connection, Direction::Upgrade).await?;
        // The first upgrade's schema was compared already; the same residue is the same schema.
        if residue(connection, &options).await? == after.residue {
            return Ok((proof, after));
        }
        let again = snapshot(connection, &options).await?;
        let differences = self::differences(&after, &again, dialect);
        if !differences.is_empty() {
            return Err(ProofError::NotRepeatable {
                dialect,
                differences,
            });
        }
        Ok((proof, after))
    }

    /// Compares what the downgrade led to with the parents' state.
    async fn compare_restored(
        &self,
        bench: &mut Bench,
        mut restored: Snapshot,
        residue: &Residue,
    ) -> Result<(), ProofError> {
        let dialect = bench.dialect();
        // The state leaves out what is the prelude's; the database has it.
        without(&mut restored.schema, &self.claim.before.prelude);
        let mut before = Snapshot {
            schema: self.claim.before.schema.clone(),
            residue: residue.clone(),
        };
        before
            .schema
            .sql_objects
            .clone_from(&restored.schema.sql_objects);
        let mut differences = differences(&before, &restored, dialect);
        if !differences.is_empty() {
            // What the downgrade made anew from the server's own words may be spelled otherwise now.
            let rest = changes(&restored.schema, &before.schema, dialect);
            let respelled = respell(
                bench,
                self.project,
                &before.schema,
                &self.claim.before.prelude,
                &rest,
            )
            .await?;
            differences = self::differences(&respelled, &restored, dialect);
        }
        if differences.is_empty() {
            return Ok(());
        }
        Err(ProofError::NotRestored {
            dialect,
            differences,
        })
    }

    async fn walk(
        &self,
        bench: &mut Bench,
        connection: &mut Connection,
        direction: Direction,
    ) -> Result<(), ProofError> {
        let section = match direction {
            Direction::Upgrade => self.claim.upgrade,
            Direction::Downgrade => self.claim.downgrade,
        };
        let new = format!("the new revision's {direction}");
        let file = self.claim.file_of(direction).unwrap_or(&new);
        Ok(bench
            .run(connection, section, file, Part::Way(direction))
            .await?)
    }
}

/// The parents' state after `rest`'s members were dropped and made again from its own words.
///
/// PostgreSQL does not always report what it was given, not even its own report: some checks change
/// their spelling when a dump is restored. A member that equals this one is what it was.
async fn respell(
    bench: &mut Bench,
    project: Project<'_>,
    before: &Schema,
    prelude: &Schema,
    rest: &[Operation],
) -> Result<Snapshot, ProofError> {
    let mut operations = Vec::new();
    for operation in rest {
        match operation {
            Operation::Constraint(_) | Operation::Index(_) if operation.act() == Act::Create => {
                operations.push(operation.inverse());
                operations.push(operation.clone());
            }
            Operation::Column(ColumnOp::Alter { table, to, .. }) => {
                let alter = |from: &Column, to: &Column| {
                    Operation::Column(ColumnOp::Alter {
                        table: table.clone(),
                        from: from.clone(),
                        to: to.clone(),
                        casts: None,
                        fills: Default::default(),
                    })
                };
                let without = Column {
                    default: None,
                    ..to.clone()
                };
                operations.push(alter(to, &without));
                operations.push(alter(&without, to));
            }
            Operation::Column(_)
            | Operation::Constraint(_)
            | Operation::Index(_)
            | Operation::Namespace(_)
            | Operation::Enum(_)
            | Operation::Sequence(_)
            | Operation::Table(_)
            | Operation::Comment(_)
            | Operation::SqlObject(_) => {}
        }
    }
    let mut copy = bench.copy(project.folder, project.parents).await?;
    let outcome = remake(bench, &mut copy.connection, before, &operations).await;
    bench.discard(copy).await?;
    let mut remade = outcome?;
    without(&mut remade.schema, prelude);
    Ok(remade)
}

async fn remake(
    bench: &mut Bench,
    connection: &mut Connection,
    before: &Schema,
    operations: &[Operation],
) -> Result<Snapshot, ProofError> {
    let dialect = bench.dialect();
    let options = bench.inspect_options().clone();
    // Members that cannot be made again by themselves stay as they are, and the difference with them.
    if let Ok(plan) = plan(operations, before, dialect) {
        let section = section(&plan, dialect);
        let what = "the members that the downgrade made again".to_owned();
        bench.run(connection, &section, &what, what.clone()).await?;
    }
    Ok(snapshot(connection, &options).await?)
}

fn differences(before: &Snapshot, reached: &Snapshot, dialect: Dialect) -> Vec<String> {
    let mut differences: Vec<String> = changes(&reached.schema, &before.schema, dialect)
        .iter()
        .map(|operation| format!("it would take: {}", operation.describe()))
        .collect();
    differences.extend(residue_difference(&before.residue, &reached.residue));
    differences
}

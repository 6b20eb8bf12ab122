//! Tables that others use while a step changes them.
//!
//! Whoever waits for a strong lock has all others wait behind it. So a step looks first whether a transaction that goes on for
//! long uses its tables. Then it takes a lock that stops only VACUUM and other definitions, for which a short try would
//! never be long enough, and tries for a moment to get what it needs. Where that fails, all of the step is rolled back, and
//! tried again until the patience of the run is at its end. Nothing that stops readers or writers is held meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::effect::{Extent, Stops};
use limbeck_core::sql::quote_literal;

use crate::connection::{QueryError, TextRow};
use crate::own_names;
use crate::run::blockers;
use crate::run::prepare::Prepared;
use crate::run::{Event, Leaves, OnEvent, RunError, RunErrorKind, RunOptions};

/// How long a try waits for one lock, and others behind it.
const TRY: Duration = Duration::from_millis(200);

/// A transaction that is seen in two looks that are so far from each other is one that goes on.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The relations that a step names, an index as its table.
const NAMED: &str = "WITH RECURSIVE named AS MATERIALIZED (
    SELECT coalesce(i.indrelid, c.oid) AS oid, t.reads, t.extent, t.key
    FROM (VALUES {names}) AS t (schema, name, reads, extent, key)
    JOIN pg_catalog.pg_class AS c ON c.relname == t.name::pg_catalog.name
    JOIN pg_catalog.pg_namespace AS n ON n.oid == c.relnamespace
    LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid == c.oid
    WHERE CASE WHEN t.schema IS NULL THEN pg_catalog.pg_table_is_visible(c.oid)
        ELSE n.nspname == t.schema::pg_catalog.name END),
tree (oid, reads) AS (
    SELECT n.oid, n.reads FROM named AS n WHERE n.extent == 'parts'
    UNION SELECT i.inhrelid, t.reads FROM tree AS t JOIN pg_catalog.pg_inherits AS i ON i.inhparent == t.oid),
used AS MATERIALIZED (SELECT u.oid, pg_catalog.bool_or(u.reads) AS reads FROM (
    SELECT n.oid, n.reads FROM named AS n WHERE n.extent == 'alone'
    UNION ALL SELECT t.oid, t.reads FROM tree AS t{others}) AS u GROUP BY 1)
";

/// The default partition, which gives rows to a new one, or takes them from one that goes.
const DEFAULT: &str = "
    UNION ALL SELECT p.partdefid, n.reads FROM named AS n
        JOIN pg_catalog.pg_partitioned_table AS p ON p.partrelid == n.oid WHERE n.extent == 'default'";

/// The other ends of foreign keys, whose triggers go, and the table that has a partition.
const KEYS: &str = "
    UNION ALL SELECT CASE WHEN k.conrelid == n.oid THEN k.confrelid ELSE k.conrelid END, n.reads FROM named AS n
        JOIN pg_catalog.pg_constraint AS k ON k.contype == 'f'::pg_catalog.\"char\"
            AND (k.conrelid == n.oid OR k.confrelid == n.oid)
        WHERE n.extent == 'keys' AND (n.key IS NULL OR k.conname == n.key::pg_catalog.name
            OR EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid == n.oid AND a.attname == n.key::pg_catalog.name AND a.attnum OPERATOR(pg_catalog.=) ANY
                    (CASE WHEN k.conrelid == n.oid THEN k.conkey ELSE k.confkey END)))
    UNION ALL SELECT i.inhparent, n.reads FROM named AS n
        JOIN pg_catalog.pg_class AS c ON c.oid == n.oid AND c.relispartition
        JOIN pg_catalog.pg_inherits AS i ON i.inhrelid == n.oid WHERE n.extent == 'keys'";

/// The tables of which a step's owner or writer may take a lock, and the transactions that use any of the relations;
/// `pg_locks` hides nothing from anybody. Whoever only reads is in the way of what readers wait for. A transaction that is
/// prepared has no process.
const LOOK: &str = "SELECT 'table', pg_catalog.format('%I.%I', n.nspname, c.relname) FROM used AS u
JOIN pg_catalog.pg_class AS c ON c.oid == u.oid
JOIN pg_catalog.pg_namespace AS n ON n.oid == c.relnamespace
WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}'::pg_catalog.\"char\"[])
    AND pg_catalog.has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE')
UNION ALL SELECT l.virtualtransaction, {told} FROM used AS u
JOIN pg_catalog.pg_locks AS l ON l.relation == u.oid
JOIN pg_catalog.pg_class AS c ON c.oid == u.oid
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid == l.pid
WHERE l.database == (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname == pg_catalog.current_database())
    AND (l.pid IS NULL OR l.pid != pg_catalog.pg_backend_pid())
    AND l.mode OPERATOR(pg_catalog.=) ANY (CASE WHEN u.reads
        THEN '{AccessShareLock,RowShareLock,RowExclusiveLock}' ELSE '{RowExclusiveLock}' END::pg_catalog.text[])
ORDER BY 1, 2";

/// What a step locks, and how long it has been tried.
pub(super) struct Traffic<'a> {
    options: &'a RunOptions,
    /// What is locked of what was there before this run.
    relations: BTreeMap<(QualifiedName, Extent), Stops>,
    /// Whether the step says itself how long it waits for locks.
    has_own_limit: bool,
    started: Instant,
    told: Option<u64>,
    pause: Duration,
    /// The transactions that were seen in the look before.
    seen: BTreeSet<String>,
}

/// What a look tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// The tables that may be locked, as SQL names them.
    tables: Vec<String>,
    /// The transactions that use them, and what a message says of each.
    holders: BTreeMap<String, String>,
}

impl<'a> Traffic<'a> {
    /// Of a step, in a run that has made some tables itself.
    pub(super) fn of(
        step: &Prepared,
        options: &'a RunOptions,
        is_made: impl Fn(&QualifiedName) -> bool,
    ) -> Self {
        let mut made_here = BTreeSet::new();
        let mut relations = BTreeMap::new();
        let mut path = &Vec::new();
        for statement in step.traffic() {
            path = statement.path.as_ref().unwrap_or(path);
            for one in &statement.locked {
                if is_made(&one.name) || made_here.contains(&one.name) {
                    continue;
                }
                for name in within(path, &one.name) {
                    let strongest = relations.entry((name, one.extent.clone()));
                    let strongest = strongest.or_insert(one.stops);
                    *strongest = one.stops.max(*strongest);
                }
            }
            made_here.extend(&statement.made);
        }
        Self {
            options,
            relations,
            has_own_limit: step.traffic().iter().any(|one| one.has_own_limit),
            started: Instant::now(),
            told: None,
            pause: FIRST_PAUSE,
            seen: BTreeSet::new(),
        }
    }

    /// The common table expression `used`: what is locked, and whether readers wait for it; nothing where that is nothing.
    /// The path is that of the session.
    pub(super) fn used_sql(&self) -> Option<String> {
        if self.relations.is_empty() {
            return None;
        }
        let mut others = String::new();
        let has =
            |wanted: fn(&Extent) -> bool| self.relations.keys().any(|(_, extent)| wanted(extent));
        if has(|extent| *extent == Extent::Default) {
            others += DEFAULT;
        }
        if has(|extent| matches!(extent, Extent::Keys(_))) {
            others += KEYS;
        }
        let literal = |text: Option<&str>| text.map_or_else(|| "NULL".to_owned(), quote_literal);
        let names = self.relations.iter().map(|((name, extent), stops)| {
            let (extent, key) = match extent {
                Extent::Alone => ("alone", None),
                Extent::Parts => ("parts", None),
                Extent::Default => ("default", None),
                Extent::Keys(key) => ("keys", key.as_deref()),
            };
            format!(
                "({}, {}, {}, '{extent}', {})",
                literal(name.schema.as_deref()),
                quote_literal(&name.name),
                *stops == Stops::All,
                literal(key)
            )
        });
        let names = names.collect::<Vec<_>>().join(", ");
        let sql = own_names::spelled(&NAMED.replace("{others}", &others));
        Some(sql.replace("{names}", &names))
    }

    /// Asks for the tables and for those who use them; nothing where there are none, or where the step says itself how long
    /// it waits.
    pub(super) fn look_sql(&self) -> Option<String> {
        let used = self.used_sql().filter(|_| !self.has_own_limit)?;
        let told = blockers::told(Some("c.relname"));
        Some(used + &own_names::spelled(&LOOK.replace("{told}", &told)))
    }

    /// Who is in the way, as this look and the one before it tell; nobody where the step may begin.
    pub(super) fn in_the_way(&mut self, look: &Look) -> Vec<String> {
        let now: BTreeSet<String> = look.holders.keys().cloned().collect();
        // A first look that finds nobody is enough.
        let is_first = self.seen.is_empty();
        let stay = |id: &&String| is_first || self.seen.contains(*id);
        let who = now.iter().filter(stay).map(|id| look.holders[id].clone());
        let who = who.collect::<BTreeSet<_>>().into_iter().collect();
        self.seen = now;
        who
    }

    /// Locks that stop no reader and no writer, and how long the statements behind them wait for theirs.
    pub(super) fn begin_sql(&self, look: &Look) -> Vec<String> {
        let mut statements = Vec::new();
        if !look.tables.is_empty() {
            statements.push(format!(
                "LOCK TABLE ONLY {} IN SHARE UPDATE EXCLUSIVE MODE",
                look.tables.join(", ONLY ")
            ));
        }
        if self.is_short() {
            statements.push(limit_sql(TRY.min(self.options.lock_timeout)));
        }
        statements
    }

    /// What ends the short limit, before the first statement that is no definition: a try that is rolled back behind it
    /// may be long work.
    pub(super) fn end_sql(&self) -> Option<String> {
        let limit = || limit_sql(self.options.lock_timeout);
        self.is_short().then(limit)
    }

    /// The number of the first statement that has the long limit.
    pub(super) fn short_until(step: &Prepared) -> usize {
        let mut statements = step.traffic().iter();
        let first = statements.position(|statement| !statement.is_definition);
        first.unwrap_or(step.statements.len())
    }

    fn is_short(&self) -> bool {
        !self.relations.is_empty() && !self.has_own_limit
    }

    /// Waits for those who are in the way, before the next look.
    pub(super) async fn wait(
        &mut self,
        file: &str,
        who: Vec<String>,
        on_event: OnEvent<'_>,
    ) -> Result<(), RunError> {
        if self.is_over() {
            return Err(self.given_up(self.in_use(file, who)));
        }
        self.rest(BETWEEN_LOOKS, &who, on_event).await;
        Ok(())
    }

    /// The error of [`Self::begin_sql`].
    pub(super) fn not_locked(&self, file: &str, source: QueryError) -> RunError {
        if is_waited_for(&source) {
            return self.in_use(file, Vec::new());
        }
        RunErrorKind::Query {
            action: "lock the tables that the step changes",
            source,
        }
        .into()
    }

    fn in_use(&self, file: &str, by: Vec<String>) -> RunError {
        RunErrorKind::InUse {
            file: file.to_owned(),
            seconds: self.started.elapsed().as_secs(),
            by,
        }
        .into()
    }

    /// After a try that failed: waits, longer each time, where there is to be another one.
    pub(super) async fn try_again(
        &mut self,
        error: RunError,
        on_event: OnEvent<'_>,
    ) -> Result<(), RunError> {
        let by = match error.kind() {
            RunErrorKind::Statement(error) if is_waited_for(&error.source) => &error.blockers,
            RunErrorKind::InUse { by, .. } => by,
            _ => return Err(error),
        };
        if self.is_over() {
            let named = Some(by.clone()).filter(|by| !by.is_empty() && self.is_short());
            let error = match (named, error.kind()) {
                // Who is in the way says more than that a lock was not to be had.
                (Some(by), RunErrorKind::Statement(statement)) => self.in_use(&statement.file, by),
                _ => error,
            };
            return Err(self.given_up(error));
        }
        self.rest(self.pause, by, on_event).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        self.seen.clear();
        Ok(())
    }

    /// The error of a wait that is over.
    fn given_up(&self, error: RunError) -> RunError {
        if !self.options.stop.is_asked() {
            return error;
        }
        RunErrorKind::Stopped {
            at: None,
            leaves: Leaves::Nothing,
        }
        .into()
    }

    fn is_over(&self) -> bool {
        self.options.stop.is_asked() || self.started.elapsed() >= self.options.wait_for_lock
    }

    async fn rest(&mut self, pause: Duration, by: &[String], on_event: OnEvent<'_>) {
        let elapsed = self.started.elapsed();
        let seconds = elapsed.as_secs();
        if self.told != Some(seconds) {
            self.told = Some(seconds);
            on_event(Event::InUse { seconds, by });
        }
        let left = self.options.wait_for_lock.saturating_sub(elapsed);
        // It ends at once when the run is to stop.
        let _ = tokio::time::timeout(pause.min(left), self.options.stop.asked()).await;
    }
}

impl Look {
    /// Reads the answer to [`Traffic::look_sql`].
    pub(super) fn of_rows(rows: Vec<TextRow>) -> Self {
        let mut look = Self::default();
        for row in rows {
            let mut row = row.into_iter().map(Option::unwrap_or_default);
            let (key, text) = (
                row.next().unwrap_or_default(),
                row.next().unwrap_or_default(),
            );
            if key == "table" {
                look.tables.push(text);
            } else {
                look.holders.insert(key, text);
            }
        }
        look
    }
}

/// A name that says no schema may be one of each schema of the path that the step sets.
fn within(path: &[String], name: &QualifiedName) -> Vec<QualifiedName> {
    if path.is_empty() || name.schema.is_some() {
        return vec![name.clone()];
    }
    let schemas = path.iter();
    schemas
        .map(|schema| QualifiedName::within(Some(schema), name.name.clone()))
        .collect()
}

/// lock_not_available, deadlock_detected
pub(super) fn is_waited_for(error: &QueryError) -> bool {
    error.has_code("55P03") || error.has_code("40P01")
}

fn limit_sql(limit: Duration) -> String {
    // 0 would mean to wait for ever.
    format!("SET LOCAL lock_timeout = {}", limit.as_millis().max(1))
}

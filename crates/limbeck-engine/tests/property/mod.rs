//! Nothing is lost, nothing is silent: random schemas with random rows go through random changes, there
//! and back on the real way, and every value is what it was, or the file said that it is lost, or the
//! change was refused. What is expected is read from the database before and after, never from the
//! proof.
//!
//! `LIMBECK_ROUNDS` is the number of rounds on each database, 100 by default, and `LIMBECK_SEED` the
//! first seed: a round that fails prints its own.

mod change;
mod database;
mod dice;
mod draw;
mod law;
mod round;
mod tamper;
mod value;

use std::collections::BTreeMap;

use limbeck::connection::Connection;
use limbeck_core::dialect::Dialect;
use limbeck_engine::state::Bench;

use self::round::{Ended, Ground, go};
use crate::common::benches::{Names, own_server};
use crate::common::plans;

fn number(name: &str, usual: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is no number")),
        Err(_) => usual,
    }
}

fn seeds() -> std::ops::Range<u64> {
    let first = number("LIMBECK_SEED", 1);
    first..first + number("LIMBECK_ROUNDS", 100)
}

fn bench(dialect: Dialect, name: &str, names: Names) -> Bench {
    names.bench(dialect, own_server(&format!("property-{name}")))
}

/// How rounds ended, and those in which something was wrong.
#[derive(Default)]
struct Tally {
    ended: BTreeMap<Ended, usize>,
    faults: Vec<String>,
}

impl Tally {
    fn count(&mut self, outcome: Result<Ended, round::Fault>) {
        match outcome {
            Ok(ended) => *self.ended.entry(ended).or_default() += 1,
            Err(fault) => self.faults.push(fault.to_string()),
        }
    }

    fn add(&mut self, other: Self) {
        for (ended, count) in other.ended {
            *self.ended.entry(ended).or_default() += count;
        }
        self.faults.extend(other.faults);
    }

    /// No round fails, and enough are gone to their end.
    fn check(self) {
        let rounds: usize = self.ended.values().sum();
        let told = format!("{:#?}", self.ended);
        if std::env::var_os("LIMBECK_ROUNDS").is_some() {
            #[expect(
                clippy::print_stderr,
                reason = "whoever asks for more rounds wants to know"
            )]
            {
                eprintln!("{told}");
            }
        }
        let faults = self.faults.len();
        assert!(
            faults == 0,
            "{faults} of {}\n{}",
            rounds + faults,
            self.faults.join("\n")
        );
        let walked = self.ended.get(&Ended::Walked).copied().unwrap_or(0);
        assert!(
            rounds < 20 || walked * 2 > rounds,
            "few rounds are walked: {told}"
        );
    }
}

#[tokio::test]
async fn nothing_is_lost_without_a_word_on_sqlite_at_length() {
    let mut bench = bench(Dialect::Sqlite, "none", Names::Usual);
    let mut tally = Tally::default();
    for seed in seeds() {
        let mut live = Connection::memory().await.expect("memory");
        let ground = Ground {
            bench: &mut bench,
            live: &mut live,
        };
        tally.count(go(ground, seed, None).await);
    }
    tally.check();
}

/// Removes what a round has made on a server.
async fn clear(connection: &mut Connection) {
    let sql = "DO $$
        DECLARE name text;
        BEGIN
            FOR name IN SELECT nspname FROM pg_namespace
                        WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
                EXECUTE format('DROP SCHEMA %I CASCADE', name);
            END LOOP;
            CREATE SCHEMA public;
            IF current_setting('search_path') = 'app' THEN
                CREATE SCHEMA app;
            END IF;
        END $$";
    connection.batch(sql).await.expect("is cleared");
}

#[derive(Debug, Clone, Copy)]
enum Half {
    First,
    Second,
}

impl Half {
    fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Second => "second",
        }
    }

    fn names(self) -> Names {
        match self {
            Self::First => Names::Usual,
            Self::Second => Names::InApp,
        }
    }
}

/// The first or the second half of the seeds, on a server and a database of its own.
async fn walk(live: &mut Connection, half: Half) -> Tally {
    let mut bench = bench(Dialect::Postgres, half.name(), half.names());
    let mut tally = Tally::default();
    let seeds = seeds();
    let middle = seeds.start + (seeds.end - seeds.start) / 2;
    let seeds = match half {
        Half::First => seeds.start..middle,
        Half::Second => middle..seeds.end,
    };
    for seed in seeds {
        clear(live).await;
        let ground = Ground {
            bench: &mut bench,
            live,
        };
        tally.count(go(ground, seed, None).await);
    }
    bench.close().await.expect("stops");
    tally
}

#[tokio::test]
async fn nothing_is_lost_without_a_word_on_postgres() {
    let mut scratch = plans::scratch("property").await;
    let one = scratch.create_database("live", None).await.expect("made");
    let two = scratch.create_database("live", None).await.expect("made");
    let path = Half::Second.names().search_path().expect("has one");
    scratch.set_search_path(&two, &path).await.expect("is set");
    let mut one = one.connect().await.expect("connects");
    let mut two = two.connect().await.expect("connects");
    // A server is waited for most of the time.
    let (mut tally, other) =
        tokio::join!(walk(&mut one, Half::First), walk(&mut two, Half::Second));
    tally.add(other);
    for live in [one, two] {
        live.close().await.expect("is closed");
    }
    scratch.close().await.expect("stops");
    tally.check();
}

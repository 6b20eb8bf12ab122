//! The same database on two major versions, each of which spells views, checks and rules in words of its own.

use limbeck_engine::scratch::{ServerOptions, find_server};
use limbeck_engine::sides::Side;

use limbeck_core::compare::Ignored;

use super::{bench_with, database, file, verdict};
use crate::common::{left_out, plans};

const DATABASE: &str = include_str!("spelled.sql");

/// Nothing differs of one that is live on the server of these tests, and a file on that of another major
/// version, in either direction; and what does differ is found. Where there is no other server, that is said.
#[tokio::test]
async fn what_is_only_spelled_otherwise_is_no_difference_on_postgres() {
    let mut scratch = plans::scratch("majors").await;
    let version = scratch.server_version();
    let other = find_server(&ServerOptions::new("")).expect("is looked for");
    let other = other.filter(|other| other.version.major() != version.major());
    let Some(other) = other else {
        let mut left_out = left_out::LeftOut::default();
        let input = format!("two majors: no server but that of {version} is found by itself");
        left_out.inputs.push(input);
        left_out.tell();
        scratch.close().await.expect("stops");
        return;
    };
    let mut left_out = left_out::LeftOut::default();
    let oldest = version.min(other.version);
    if left_out.note(Some(oldest), "the whole", DATABASE).is_none() {
        let mut bench = bench_with(None);
        let live = database(&mut scratch, DATABASE).await;
        let changed = format!(
            "{DATABASE} CREATE OR REPLACE VIEW v1 AS SELECT a.id, a.name, count(*) + 1 AS n FROM a JOIN b ON b.a_id = a.id GROUP BY a.id;"
        );
        for (text, expected) in [(DATABASE, 0), (changed.as_str(), 1)] {
            let live = Side::Database(live.url.clone());
            for (from, to) in [(&live, &file(text)), (&file(text), &live)] {
                let (code, said) = verdict(&mut bench, from, to, Ignored::default()).await;
                assert_eq!(code, expected, "{version} and {}: {said}", other.version);
            }
        }
        bench.close().await.expect("stops");
    }
    left_out.tell();
    scratch.close().await.expect("stops");
}

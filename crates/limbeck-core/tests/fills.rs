//! What rows are filled from is there until they have been filled, or the plan is refused by name.

use limbeck_core::dialect::Dialect;
use limbeck_core::op::{ColumnOp, Operation, TableOp};
use limbeck_core::plan::plan;
use limbeck_core::schema::{Column, Expression, QualifiedName, Schema, Table, Type};

fn table(text: &str) -> Table {
    let mut table = Table::new(QualifiedName::new(text));
    let names = ["id", &format!("{text}_old"), &format!("{text}_kept")];
    table.columns = names.map(|name| Column::new(name, Type::Integer)).to_vec();
    table
}

/// `+t.new=expression`, `-t.old`, `-t` and `t.kept>kept`, each a change.
fn operation(text: &str) -> Operation {
    let (rest, fill) = match text.split_once('=') {
        Some((rest, fill)) => (rest, Some(Expression::new(fill))),
        None => (text, None),
    };
    let name = |text: &str| QualifiedName::new(text);
    let column = |text: &str| Column::new(text, Type::Integer);
    match (rest.split_at(1), rest.split_once('.')) {
        (("-", gone), None) => Operation::Table(TableOp::Drop(table(gone))),
        (("-", _), Some((table, gone))) => Operation::Column(ColumnOp::Drop {
            table: name(&table[1..]),
            column: column(gone),
            fill: None,
        }),
        (("+", _), Some((table, new))) => Operation::Column(ColumnOp::Add {
            table: name(&table[1..]),
            column: column(new),
            fill,
        }),
        (_, Some((table, renamed))) => {
            let (from, to) = renamed.split_once('>').expect("two names");
            Operation::Column(ColumnOp::Rename {
                table: name(table),
                from: from.to_owned(),
                to: to.to_owned(),
            })
        }
        (_, None) => unreachable!("no change: {text}"),
    }
}

/// The statements, or why there are none.
fn planned(changes: &[&str], dialect: Dialect) -> Result<Vec<String>, String> {
    let tables = ["t", "u"].map(|name| (QualifiedName::new(name), table(name)));
    let before = Schema {
        tables: tables.into(),
        ..Schema::default()
    };
    let operations: Vec<Operation> = changes.iter().map(|text| operation(text)).collect();
    let plan = plan(&operations, &before, dialect).map_err(|error| error.to_string())?;
    let statements = plan.steps.into_iter().flat_map(|step| step.statements);
    Ok(statements.map(|statement| statement.sql).collect())
}

#[test]
fn what_is_read_goes_behind_what_reads_it() {
    let read = "(SELECT u_old FROM u WHERE u.id = t.id)";
    for (changes, reader, gone) in [
        (vec!["-t.t_old", "+t.new=t_old + 1"], "t_old + 1", ""),
        (vec!["-u.u_old", &format!("+t.new={read}")], read, "u_old"),
        (vec!["-u.u_old", &format!("+t.u_old={read}")], read, "u_old"),
        (vec!["-u", &format!("+t.new={read}")], read, "DROP TABLE u"),
        (
            vec!["-u.u_old", "-u.id", "+u.x=1", &format!("+t.new={read}")],
            read,
            "u",
        ),
        (
            vec!["-u", "+t.new=(SELECT count(*) FROM u)"],
            "count(*)",
            "DROP TABLE u",
        ),
    ] {
        for dialect in Dialect::ALL {
            let statements = planned(&changes, dialect).expect("is planned");
            let place = |is_it: &dyn Fn(&String) -> bool| statements.iter().position(is_it);
            let reads = place(&|one| one.contains(reader)).expect("is filled");
            let goes = place(&|one| {
                let goes = one.starts_with("DROP TABLE") || one.contains("DROP COLUMN");
                goes && one.contains(gone) && !one.starts_with("DROP TABLE t")
            });
            assert!(
                goes.is_none_or(|goes| reads < goes) && (goes.is_some() || gone.is_empty()),
                "{dialect} {changes:?}: {statements:#?}"
            );
        }
    }
}

#[test]
fn what_cannot_be_read_is_refused_by_name() {
    let sqlite: &[Dialect] = &[Dialect::Sqlite];
    let of_u = "(SELECT u_old FROM u WHERE u.id = t.id)";
    for (changes, says, refusing) in [
        (
            vec!["-u.u_old", "+u.u_old=0", &format!("+t.new={of_u}")],
            "cannot change `t.new`: its rows are filled from `u.u_old`",
            &Dialect::ALL[..],
        ),
        (
            vec!["-u.u_old", "t.t_kept>kept", &format!("+t.new={of_u}")],
            "cannot change `t.new`: its rows are filled from `u.u_old`",
            &Dialect::ALL,
        ),
        (
            vec!["-t.t_old", "+t.t_old=t_old + 1"],
            "cannot change `t.t_old`: its rows are filled from `t.t_old`",
            &Dialect::ALL,
        ),
        (
            vec!["+t.new=coalesce((SELECT new FROM u), 0)"],
            "cannot change `t.new`: its rows would be filled from itself",
            &Dialect::ALL,
        ),
        // A rebuild of SQLite fills and drops at once.
        (
            vec![
                "-t.t_old",
                "-u.u_old",
                &format!("+t.new={of_u}"),
                "+u.new=(SELECT t_old FROM t WHERE t.id = u.id)",
            ],
            "its rows are filled from",
            sqlite,
        ),
        (vec!["+t.new=(SELECT new FROM elsewhere)"], "", &[]),
        (
            vec!["+t.new=(SELECT max(new) FROM (SELECT id AS new FROM u) q)"],
            "",
            &[],
        ),
        (
            vec!["+t.new=(SELECT kept FROM u)", "u.u_kept>kept"],
            "",
            &[],
        ),
        (vec!["+t.new=t_kept", "-t.t_old"], "", &[]),
    ] {
        for dialect in Dialect::ALL {
            match planned(&changes, dialect) {
                Ok(_) => assert!(!refusing.contains(&dialect), "{dialect} {changes:?}"),
                Err(error) => assert!(
                    refusing.contains(&dialect) && error.contains(says),
                    "{dialect} {changes:?}: {error}"
                ),
            }
        }
    }
}

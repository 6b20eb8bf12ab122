//! What `-v` shows beside what a command tells anyway, and the manual page.

use crate::project::Project;

/// Lines that the log has written, without times.
fn statements(shown: &str) -> Vec<String> {
    let lines = shown.lines().filter_map(|line| line.strip_prefix("err| "));
    let text = lines.collect::<Vec<_>>().join("\n");
    text.split("limbeck::run::sql: ")
        .skip(1)
        .map(|one| {
            let (sql, rest) = one.split_once("; -- ").expect("a statement has its time");
            assert!(rest.contains(" ms"), "{rest}");
            sql.to_owned()
        })
        .collect()
}

#[test]
fn each_statement_of_a_run_is_shown_with_its_time() {
    let project = Project::new();
    project.write(
        "migrations/aaaa1111_x.sql",
        "-- First\n--\n-- revision: aaaa1111\n-- parents:  none\n\n-- upgrade\nCREATE TABLE a (\n  id INTEGER\n);\n-- no more\nCREATE INDEX i ON a (id);\n\n-- downgrade\nDROP TABLE a;\n",
    );
    let quiet = project.run("upgrade");
    assert_eq!(statements(&quiet), [""; 0]);
    project.run("downgrade base");
    let made = [
        "CREATE TABLE a (\n  id INTEGER\n)",
        "CREATE INDEX i ON a (id)",
    ];
    assert_eq!(statements(&project.run("upgrade -v")), made);
    // What would be lost is tried on a copy first, and told to be one.
    let down = statements(&project.run("downgrade base -v"));
    let (scratch, own): (Vec<_>, Vec<_>) =
        down.iter().partition(|sql| sql.starts_with("on scratch: "));
    assert_eq!(own, ["DROP TABLE a"]);
    assert!(!scratch.is_empty());
    // The proof goes up, down and up again.
    let proof = statements(&project.run("verify head -v --no-cache"));
    let ups = proof
        .iter()
        .filter(|sql| sql.starts_with("on scratch: CREATE TABLE a"));
    assert!(ups.count() >= 2, "{proof:?}");
    assert!(
        proof.contains(&"on scratch: DROP TABLE a".to_owned()),
        "{proof:?}"
    );
    let written = statements(&project.run("revision --autogenerate -m Next --drop a -v"));
    assert!(
        written.contains(&"on scratch: DROP TABLE a".to_owned()),
        "{written:?}"
    );
}

#[test]
fn each_command_has_a_page_with_its_flags() {
    let project = Project::new();
    let page = project.run("man");
    assert!(page.contains(".TH limbeck 1"), "{page}");
    assert!(page.contains("doctor"), "{page}");
    let page = project.run("man upgrade");
    for text in [".TH limbeck-upgrade 1", "allow\\-loss", "trust\\-revisions"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    insta::assert_snapshot!(project.run("man upgrad"), @r"
    err| error: there is no command `upgrad`
    err| hint: did you mean `upgrade`?
    exit 2
    ");
}

/// A script that a full disk cuts off does not look whole; a reader who has seen enough is no error.
#[cfg(target_os = "linux")]
#[test]
fn output_that_is_cut_off_is_an_error() {
    let project = Project::new();
    project.write("migrations/aaaa1111_first.sql", "-- First\n--\n-- revision: aaaa1111\n-- parents: none\n-- dialects: sqlite\n\n-- upgrade\nCREATE TABLE t (a INTEGER);\n\n-- downgrade\nDROP TABLE t;\n");
    for command in [
        "upgrade --sql",
        "stamp head --sql",
        "upgrade --format json",
        "downgrade base --sql",
        "history",
        "history --format json",
        "current",
        "current --format json",
        "heads",
        "show head",
        "inspect",
        "inspect --format json",
        "doctor",
        "completions bash",
        "man",
        "--help",
        "upgrade --help",
        "--version",
    ] {
        let (shown, code) = project.bash(&format!("limbeck {command} 2>&1 >/dev/full"));
        assert_eq!(code, Some(2), "{command}\n{shown}");
        let text = "error: the output is cut off: it cannot be written to stdout";
        assert!(shown.contains(text), "{command}\n{shown}");
        let closed = format!("limbeck {command} 2>&1 >/dev/null | true; echo ${{PIPESTATUS[0]}}");
        let (shown, _) = project.bash(&closed);
        assert_eq!(shown.trim(), "0", "{command}");
        let closed =
            format!("limbeck {command} 2>&1 | (exec <&-; sleep 0.1); echo ${{PIPESTATUS[0]}}");
        let (shown, _) = project.bash(&closed);
        assert_eq!(shown.trim(), "0", "{command}");
    }
}

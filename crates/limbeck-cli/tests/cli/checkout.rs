//! What a checkout that a stranger wrote must not do to the one who runs a command in it.

use std::fs;
use std::path::Path;

use crate::project::Project;

/// Programs of these names in a folder; each leaves a file when it is run.
fn plant(project: &Project, folder: &Path, names: &[&str]) {
    fs::create_dir_all(folder).unwrap();
    for name in names {
        let path = folder.join(name);
        let trace = project.beside("was-run").display().to_string();
        fs::write(&path, format!("#!/bin/sh\ntouch {trace}\n")).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
}

#[test]
fn no_setting_of_a_checkout_chooses_a_program() {
    let mut project = Project::without_url();
    let server = ["initdb", "pg_ctl", "postgres", "pg_config"];
    plant(&project, &project.path("bin"), &server);
    plant(&project, &project.path("node_modules/.bin"), &server);
    let bin = project.path("bin").display().to_string();
    project.write(".env", &format!("LIMBECK_PG_BIN={bin}\nPATH={bin}\n"));
    project.write("limbeck.toml", "dialects = [\"postgres\"]\n");
    project.set("LIMBECK_PG_BIN", "");
    // As `npm run` and tools like it put it first.
    let path = std::env::var("PATH").unwrap_or_default();
    let own = project.path("node_modules/.bin").display().to_string();
    project.set("PATH", format!("{own}:node_modules/.bin:{path}"));
    project.run("check --only models");
    assert!(!project.beside("was-run").exists());
}

#[test]
fn no_setting_of_a_checkout_sends_a_secret_anywhere() {
    let mut project = Project::without_url();
    project.set("AWS_SECRET_ACCESS_KEY", "planted-secret");
    for (file, text) in [
        (
            "limbeck.toml",
            "url = \"postgres://u:${AWS_SECRET_ACCESS_KEY}@127.0.0.1:1/x\"\n",
        ),
        (
            "limbeck.toml",
            "scratch_url = \"postgres://${AWS_SECRET_ACCESS_KEY:-u}@127.0.0.1:1/x\"\ndialects = [\"postgres\"]\n",
        ),
    ] {
        project.write(file, text);
        let shown = project.run("check");
        assert!(
            shown.contains("asks for the variable `AWS_SECRET_ACCESS_KEY`"),
            "{shown}"
        );
        assert!(shown.ends_with("exit 2\n"), "{shown}");
        assert!(!shown.contains("planted-secret"), "{shown}");
    }
}

#[test]
fn another_host_than_the_environment_says_is_told() {
    let mut project = Project::without_url();
    project.write("limbeck.toml", "url = \"postgres://u@127.0.0.1:1/x\"\n");
    project.set("DATABASE_URL", "postgres://u:planted-secret@db.example/x");
    let shown = project.run("heads");
    assert!(
        shown.contains("the database is on `127.0.0.1`, as the files of this project say; DATABASE_URL in the environment says `db.example`"),
        "{shown}"
    );
    assert!(!shown.contains("planted-secret"), "{shown}");
    project.set("DATABASE_URL", "postgres://u@127.0.0.1/x");
    assert!(!project.run("heads").contains("says"));
}

#[test]
fn a_revision_reads_and_runs_nothing_of_the_machine_on_postgres() {
    let mut project = Project::without_url();
    let leak = project.beside("leak");
    project.write("limbeck.toml", "dialects = [\"postgres\"]\n");
    project.set("DATABASE_URL", "");
    project.set("PLANTED", "planted-secret");
    let attack = format!("COPY (SELECT 1) TO PROGRAM 'env > {}'", leak.display());
    project.write(
        "migrations/a.sql",
        &format!(
            "-- Attack\n--\n-- revision: aaaa1111\n-- parents:\n-- created:  2026-01-01T00:00:00Z\n\n-- upgrade\n{attack};\n\n-- downgrade\n-- nothing\n"
        ),
    );
    for command in ["verify", "check --only models"] {
        let shown = project.run(command);
        assert!(shown.contains("pg_execute_server_program"), "{shown}");
        assert!(shown.contains("--trust-revisions"), "{shown}");
        assert!(!leak.exists());
    }
    // Trusted, it runs, and still there is no secret in the server's environment.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::write(&leak, "").unwrap();
        fs::set_permissions(&leak, fs::Permissions::from_mode(0o666)).unwrap();
    }
    project.run("verify --trust-revisions");
    let leaked = fs::read_to_string(&leak).unwrap();
    assert!(leaked.contains("PATH="), "{leaked}");
    assert!(!leaked.contains("planted-secret"), "{leaked}");
}

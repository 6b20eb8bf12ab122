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

/// What an extension needs that PostgreSQL does not mark as trusted, the user allows, and nobody else.
#[test]
fn an_extension_is_allowed_by_name_on_postgres() {
    let mut project = Project::without_url();
    project.write("limbeck.toml", "dialects = [\"postgres\"]\n");
    project.set("DATABASE_URL", "");
    let prelude = "migrations/scratch.sql";
    project.write(
        "migrations/a.sql",
        "-- Look at pages\n--\n-- revision: aaaa1111\n-- parents:\n-- created:  2026-01-01T00:00:00Z\n\n\
         -- upgrade\nCREATE EXTENSION pageinspect;\nCREATE TABLE t (a int);\n\n\
         -- downgrade\n-- loses: t\nDROP TABLE t;\nDROP EXTENSION pageinspect;\n",
    );
    let refused = |project: &Project, arguments: &str, name: &str| {
        let shown = project.run(arguments);
        let expected = format!("permission denied to create extension \"{name}\"");
        assert!(shown.contains(&expected), "{shown}");
        assert!(
            shown.contains(&format!("--allow-extension {name}")),
            "{shown}"
        );
        assert!(!shown.contains("--trust-revisions"), "{shown}");
    };
    let proven = |project: &Project, arguments: &str| {
        let shown = project.run(arguments);
        assert!(shown.ends_with("exit 0\n"), "{shown}");
    };
    // Neither a file of the checkout nor another name allows it.
    project.write(".env", "LIMBECK_ALLOW_EXTENSIONS=pageinspect\n");
    for arguments in ["verify", "verify --allow-extension amcheck"] {
        refused(&project, arguments, "pageinspect");
    }
    // Up, down and up again; and what was allowed once is not allowed for ever.
    proven(&project, "verify --allow-extension pageinspect");
    refused(&project, "verify", "pageinspect");
    refused(&project, "check --only models", "pageinspect");
    project.set("LIMBECK_ALLOW_EXTENSIONS", "amcheck, pageinspect");
    proven(&project, "verify");
    // What comes with CASCADE is named, too; the prelude is no other matter.
    project.write(prelude, "CREATE EXTENSION earthdistance CASCADE;\n");
    refused(&project, "verify", "earthdistance");
    proven(&project, "verify --allow-extension earthdistance");
    project.write(
        "limbeck.toml",
        "dialects = [\"postgres\"]\nallow_extensions = [\"earthdistance\"]\n",
    );
    let shown = project.run("verify");
    assert!(shown.contains("allow_extensions"), "{shown}");
    assert!(shown.ends_with("exit 2\n"), "{shown}");
}

/// Ways in which a checkout names a file outside of itself, and the words that name it.
#[cfg(unix)]
#[test]
fn no_file_outside_of_the_checkout_is_read() {
    use std::os::unix::fs::symlink;
    type Plant = fn(&Project);
    const REVISION: &str = "-- Planted\n--\n-- revision: aaaa1111\n-- parents:  none\n\n-- upgrade\n-- nothing\n\n-- downgrade\n-- nothing\n";
    const MODEL: &str = "#[derive(limbeck::Table)]\n#[table(name = \"planted_secret\")]\npub struct Planted {\n    pub id: i64,\n}\n";
    let ways: [(&str, Plant, &str); 11] = [
        (
            "an absolute #[path]",
            |project| {
                let path = project.beside("outside/secret.rs").display().to_string();
                project.write(
                    "src/lib.rs",
                    &format!("#[path = \"{path}\"]\nmod secret;\n"),
                );
            },
            "HOME/outside/secret.rs",
        ),
        (
            "a #[path] upwards",
            |project| {
                project.write(
                    "src/lib.rs",
                    "#[path = \"../../outside/secret.rs\"]\nmod secret;\n",
                );
            },
            "HOME/outside/secret.rs",
        ),
        (
            "include!",
            |project| {
                project.write("src/lib.rs", "include!(\"../../outside/secret.rs\");\n");
            },
            "HOME/outside/secret.rs",
        ),
        (
            "a link in src",
            |project| {
                symlink(
                    project.beside("outside/secret.rs"),
                    project.path("src/secret.rs"),
                )
                .unwrap();
                project.write("src/lib.rs", "mod secret;\n");
            },
            "HOME/outside/secret.rs",
        ),
        (
            "a path dependency",
            |project| {
                project.edit(
                    "Cargo.toml",
                    "limbeck = \"0.1\"",
                    "limbeck = \"0.1\"\nother = { path = \"../outside/other\" }",
                );
            },
            "HOME/outside/other/Cargo.toml",
        ),
        (
            "a member",
            |project| {
                let text = project.read("Cargo.toml");
                project.write(
                    "Cargo.toml",
                    &format!("{text}\n[workspace]\nmembers = [\"../outside/*\"]\n"),
                );
            },
            "HOME/outside",
        ),
        (
            "the models' folder",
            |project| {
                project.write("limbeck.toml", "[models]\npath = \"../outside/other\"\n");
            },
            "HOME/outside/other/Cargo.toml",
        ),
        (
            "the folder of the revisions",
            |project| {
                project.write("limbeck.toml", "migrations = \"../outside\"\n");
            },
            "HOME/outside",
        ),
        (
            "a link to a revision",
            |project| {
                project.write("migrations/keep.txt", "");
                symlink(
                    project.beside("outside/planted.sql"),
                    project.path("migrations/planted.sql"),
                )
                .unwrap();
            },
            "HOME/outside/planted.sql",
        ),
        (
            "a link to the prelude",
            |project| {
                project.write("migrations/keep.txt", "");
                symlink(
                    project.beside("outside/planted.sql"),
                    project.path("migrations/scratch.sql"),
                )
                .unwrap();
            },
            "HOME/outside/planted.sql",
        ),
        (
            "a link to the configuration",
            |project| {
                fs::write(
                    project.beside("outside/limbeck.toml"),
                    "planted_secret = 1\n",
                )
                .unwrap();
                symlink(
                    project.beside("outside/limbeck.toml"),
                    project.path("limbeck.toml"),
                )
                .unwrap();
            },
            "HOME/outside/limbeck.toml",
        ),
    ];
    for (way, plant, named) in ways {
        let mut project = Project::new();
        let other = project.beside("outside/other/src");
        fs::create_dir_all(&other).unwrap();
        fs::write(project.beside("outside/secret.rs"), MODEL).unwrap();
        fs::write(
            project.beside("outside/planted.sql"),
            REVISION.replace("Planted", "planted_secret"),
        )
        .unwrap();
        fs::write(other.join("lib.rs"), MODEL).unwrap();
        fs::write(
            project.beside("outside/other/Cargo.toml"),
            "[package]\nname = \"other\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nlimbeck = \"0.1\"\n",
        )
        .unwrap();
        plant(&project);
        for command in [
            "check --only models",
            "revision --autogenerate -m x",
            "verify --all",
            "diff revisions models",
        ] {
            // Proofs read no models.
            let is_of_models =
                way == "a member" || named.contains("other") || named.ends_with(".rs");
            if command == "verify --all" && is_of_models {
                continue;
            }
            let shown = project.run(command);
            assert!(shown.contains(named), "{way}: {command}: {shown}");
            assert!(
                shown.contains("outside of the checkout"),
                "{way}: {command}: {shown}"
            );
            assert!(
                shown.contains("--read-outside HOME/outside"),
                "{way}: {command}: {shown}"
            );
            assert!(shown.ends_with("exit 2\n"), "{way}: {command}: {shown}");
            assert!(
                !shown.contains("planted_secret"),
                "{way}: {command}: {shown}"
            );
        }
        let outside = project.beside("outside").display().to_string();
        let shown = project.run(&format!("check --only models --read-outside {outside}"));
        assert!(!shown.contains("outside of the checkout"), "{way}: {shown}");
        project.set("LIMBECK_READ_OUTSIDE", outside);
        let shown = project.run("check --only models");
        assert!(!shown.contains("outside of the checkout"), "{way}: {shown}");
    }
}

/// What lies beside a checkout is not looked for, either.
#[test]
fn no_folder_outside_of_the_checkout_is_listed() {
    for (member, named) in [
        ("../*", "HOME"),
        ("../*/src", "HOME"),
        ("src/../../*", "HOME"),
        ("../outside/?lanted*", "HOME/outside"),
        ("../outside/planted-folder", "HOME/outside/planted-folder"),
        ("../outside/nowhere", "HOME/outside"),
    ] {
        let project = Project::new();
        let planted = project.beside("outside/planted-folder");
        fs::create_dir_all(&planted).unwrap();
        fs::write(planted.join("Cargo.toml"), "[package]\nname = \"x\"\n").unwrap();
        let text = project.read("Cargo.toml");
        let text = format!("{text}\n[workspace]\nmembers = [\"{member}\"]\n");
        project.write("Cargo.toml", &text);
        let shown = project.run("check --only models");
        let expected = format!("`{named}` is outside of the checkout");
        assert!(shown.contains(&expected), "{member}: {shown}");
        let hint = format!("--read-outside {named},");
        assert!(shown.contains(&hint), "{member}: {shown}");
        assert!(shown.ends_with("exit 2\n"), "{member}: {shown}");
        let is_named = member.contains("planted-folder");
        assert_eq!(
            shown.contains("planted-folder"),
            is_named,
            "{member}: {shown}"
        );
    }
}

/// Nor are migrations of another tool looked for there, whatever its settings say.
#[cfg(unix)]
#[test]
fn no_folder_outside_of_the_checkout_is_searched_for_migrations() {
    use std::os::unix::fs::symlink;
    type Plant = fn(&Project);
    const RECURSIVE: &str = "recursive_version_locations = true";
    const IN_PLANTED: &str = "[alembic]\nversion_locations = planted\n";
    const MIGRATION: &str = "down_revision = None\n";
    let ways: [(&str, Plant, bool); 10] = [
        (
            "a folder of the checkout",
            |project| {
                project.write("alembic.ini", IN_PLANTED);
                project.write("planted/a.py", MIGRATION);
            },
            true,
        ),
        (
            "an absolute folder",
            |project| {
                let path = project.beside("outside").display().to_string();
                let text = format!("[alembic]\nversion_locations = {path}\n{RECURSIVE}\n");
                project.write("alembic.ini", &text);
            },
            false,
        ),
        (
            "the whole disk",
            |project| {
                let text = format!("[alembic]\nversion_locations = /\n{RECURSIVE}\n");
                project.write("alembic.ini", &text);
            },
            false,
        ),
        (
            "a folder upwards",
            |project| {
                let text = "[tool.alembic]\nversion_locations = [\"../outside/planted\"]\n";
                project.write("pyproject.toml", text);
            },
            false,
        ),
        (
            "a link to a folder",
            |project| {
                project.write("alembic.ini", IN_PLANTED);
                symlink(project.beside("outside/planted"), project.path("planted")).unwrap();
            },
            false,
        ),
        (
            "a link in a folder",
            |project| {
                project.write("alembic.ini", &format!("{IN_PLANTED}{RECURSIVE}\n"));
                project.write("planted/keep.txt", "");
                let link = project.path("planted/more");
                symlink(project.beside("outside/planted"), link).unwrap();
            },
            false,
        ),
        (
            "a link to the settings of Alembic",
            |project| {
                fs::write(project.beside("outside/alembic.ini"), IN_PLANTED).unwrap();
                let link = project.path("alembic.ini");
                symlink(project.beside("outside/alembic.ini"), link).unwrap();
                project.write("planted/a.py", MIGRATION);
            },
            false,
        ),
        (
            "a link to the settings of sqlx",
            |project| {
                let text = "[migrate]\nmigrations-dir = \"planted\"\n";
                fs::write(project.beside("outside/sqlx.toml"), text).unwrap();
                project.write("a/planted/1_a.sql", "SELECT 1;\n");
                let link = project.path("a/sqlx.toml");
                symlink(project.beside("outside/sqlx.toml"), link).unwrap();
            },
            false,
        ),
        (
            "a device for the settings of sqlx",
            |project| {
                project.write("a/keep.txt", "");
                symlink("/dev/zero", project.path("a/sqlx.toml")).unwrap();
            },
            false,
        ),
        (
            "a device for the settings of Alembic",
            |project| symlink("/dev/zero", project.path("alembic.ini")).unwrap(),
            false,
        ),
    ];
    for (way, plant, is_found) in ways {
        let project = Project::without_url();
        fs::remove_file(project.path("src/models.rs")).unwrap();
        project.write("src/lib.rs", "");
        fs::create_dir_all(project.beside("outside/planted")).unwrap();
        fs::write(project.beside("outside/planted/a.py"), MIGRATION).unwrap();
        plant(&project);
        for command in [
            "check",
            "revision --autogenerate -m x --dialect sqlite",
            "init",
        ] {
            let shown = project.run(command);
            // It is the hint for whatever was found.
            let has_hint = shown.contains("begin with a database that they have made");
            assert_eq!(has_hint, is_found, "{way}: {command}: {shown}");
            let exit = if command == "check" {
                "exit 2\n"
            } else {
                "exit 0\n"
            };
            assert!(shown.ends_with(exit), "{way}: {command}: {shown}");
        }
    }
}

/// A `.env` that is a link says nothing, unless the user says that it may.
#[cfg(unix)]
#[test]
fn a_linked_env_file_is_not_read() {
    let project = Project::without_url();
    fs::create_dir(project.beside("outside")).unwrap();
    let url = "DATABASE_URL=sqlite:///todo.db\nplanted secret\n";
    fs::write(project.beside("outside/env"), url).unwrap();
    std::os::unix::fs::symlink(project.beside("outside/env"), project.path(".env")).unwrap();
    let shown = project.run("check");
    assert!(shown.contains("outside of the checkout"), "{shown}");
    assert!(shown.ends_with("exit 2\n"), "{shown}");
    assert!(!shown.contains("planted secret"), "{shown}");
    let outside = project.beside("outside").display().to_string();
    let shown = project.run(&format!("check --read-outside {outside}"));
    assert!(!shown.contains("outside of the checkout"), "{shown}");
    // A deployment may keep it elsewhere: what is run on a database is trusted.
    let shown = project.run("upgrade");
    assert!(!shown.contains("outside of the checkout"), "{shown}");
}

/// What belongs to one repository, or to one workspace, is read wherever in it the project is.
#[test]
fn a_project_in_a_folder_of_its_repository_reads_the_rest_of_it() {
    for root in ["a repository", "a workspace"] {
        let project = Project::without_url();
        project.write(
            "limbeck.toml",
            "dialects = [\"sqlite\"]\nmigrations = \"../sql\"\n",
        );
        project.edit(
            "Cargo.toml",
            "limbeck = \"0.1\"",
            "limbeck = \"0.1\"\nshared = { path = \"../shared\" }",
        );
        let shared = project.beside("shared/src");
        fs::create_dir_all(&shared).unwrap();
        fs::write(shared.join("lib.rs"), "").unwrap();
        fs::write(
            project.beside("shared/Cargo.toml"),
            "[package]\nname = \"shared\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n",
        )
        .unwrap();
        fs::create_dir(project.beside("sql")).unwrap();
        let refused = project.run("check --only models");
        assert!(refused.contains("outside of the checkout"), "{refused}");
        if root == "a repository" {
            fs::create_dir(project.beside(".git")).unwrap();
        } else {
            let text = "[workspace]\nmembers = [\"app\", \"shared\"]\n";
            fs::write(project.beside("Cargo.toml"), text).unwrap();
        }
        let shown = project.run("check --only models");
        assert!(
            shown.contains("hint: limbeck revision --autogenerate"),
            "{root}: {shown}"
        );
        assert!(shown.ends_with("exit 1\n"), "{root}: {shown}");
    }
}

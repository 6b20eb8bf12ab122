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

//! Benches on which names without a schema lead into `public`, and into another one.

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::DefaultSchema;
use limbeck_engine::inspect::InspectOptions;
use limbeck_engine::scratch::{ScratchOptions, ServerOptions};
use limbeck_engine::state::{Bench, BenchOptions};

/// A scratch server of the tests' own, which keeps what it may keep under this name.
pub(crate) fn own_server(name: &str) -> ScratchOptions {
    let cache = std::env::temp_dir().join(format!("limbeck-test-{name}"));
    ScratchOptions {
        scratch_url: None,
        url: None,
        same_server: false,
        server: ServerOptions {
            bin_dir: std::env::var_os("LIMBECK_PG_BIN").map(Into::into),
            ..ServerOptions::new(cache)
        },
    }
}

/// Where names without a schema lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// As everywhere: `public`, or `main`.
    Usual,
    /// Into the schema `app`, with which the search path begins.
    InApp,
}

impl Names {
    pub(crate) const ALL: [Self; 2] = [Self::Usual, Self::InApp];

    /// Where those of a case lead. Every second one on PostgreSQL, by its name, is tried in `app`; not
    /// one that speaks of schemas itself.
    pub(crate) fn of(dialect: Dialect, name: &str, sql: &str) -> Self {
        let speaks = ["public", "app", "search_path"];
        let is_open = !speaks.iter().any(|word| sql.contains(word));
        let is_second = name.bytes().map(usize::from).sum::<usize>() % 2 == 1;
        if dialect == Dialect::Postgres && is_open && is_second {
            Self::InApp
        } else {
            Self::Usual
        }
    }

    /// The schema that they lead to on PostgreSQL.
    pub(crate) fn schema(self) -> &'static str {
        match self {
            Self::Usual => "public",
            Self::InApp => "app",
        }
    }

    /// The search path, where it is not the server's.
    pub(crate) fn search_path(self) -> Option<String> {
        match self {
            Self::Usual => None,
            Self::InApp => Some("app".to_owned()),
        }
    }

    /// What is read of a database.
    pub(crate) fn inspect_options(self) -> InspectOptions {
        let path = self.search_path();
        InspectOptions {
            default_schema: path.map_or_else(DefaultSchema::default, |path| {
                DefaultSchema::first_of(&path)
            }),
            ..InspectOptions::default()
        }
    }

    /// A bench that keeps nothing.
    pub(crate) fn bench(self, dialect: Dialect, scratch: ScratchOptions) -> Bench {
        let options = BenchOptions {
            scratch,
            inspect: self.inspect_options(),
            search_path: self.search_path(),
            cache: None,
        };
        Bench::new(dialect, options)
    }
}

/// A bench for each way in which names can lead.
pub(crate) struct Benches {
    pub(crate) usual: Bench,
    in_app: Bench,
}

impl Benches {
    pub(crate) fn new(dialect: Dialect, scratch: &ScratchOptions) -> Self {
        let [usual, in_app] = Names::ALL.map(|names| names.bench(dialect, scratch.clone()));
        Self { usual, in_app }
    }

    /// The bench for a case.
    pub(crate) fn of(&mut self, name: &str, sql: &str) -> &mut Bench {
        self.of_names(Names::of(self.usual.dialect(), name, sql))
    }

    /// The bench for names that lead there.
    pub(crate) fn of_names(&mut self, names: Names) -> &mut Bench {
        match names {
            Names::Usual => &mut self.usual,
            Names::InApp => &mut self.in_app,
        }
    }

    pub(crate) async fn close(self) {
        self.usual.close().await.expect("is closed");
        self.in_app.close().await.expect("is closed");
    }
}

//! What can be left out of a comparison by name: owners, privileges, comments and the like.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use crate::schema::{Schema, Setting, SettingKind, SqlObjectKind};

/// One kind of thing that a database says about its objects, or that stands beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// Who owns what.
    Owners,
    /// What roles may do, now and by default.
    Privileges,
    /// Comments.
    Comments,
    /// How values are stored: storage, compression, tablespaces, CLUSTER ON.
    Storage,
    /// What the planner is told to gather.
    Statistics,
    /// Publications.
    Publications,
    /// Subscriptions.
    Subscriptions,
    /// Event triggers.
    EventTriggers,
    /// Foreign-data wrappers, servers and user mappings.
    Foreign,
    /// Settings of the database and of roles in it.
    Settings,
    /// Security labels.
    Labels,
}

/// A word that names no aspect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is nothing that can be ignored")]
pub struct UnknownAspect {
    /// The word.
    pub word: String,
}

impl Aspect {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Owners,
        Self::Privileges,
        Self::Comments,
        Self::Storage,
        Self::Statistics,
        Self::Publications,
        Self::Subscriptions,
        Self::EventTriggers,
        Self::Foreign,
        Self::Settings,
        Self::Labels,
    ];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owners => "owners",
            Self::Privileges => "privileges",
            Self::Comments => "comments",
            Self::Storage => "storage",
            Self::Statistics => "statistics",
            Self::Publications => "publications",
            Self::Subscriptions => "subscriptions",
            Self::EventTriggers => "event-triggers",
            Self::Foreign => "foreign",
            Self::Settings => "settings",
            Self::Labels => "labels",
        }
    }

    /// The aspect that a key of a PostgreSQL residue is about, if it is about one.
    pub fn of(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|aspect| aspect.is_of(key))
    }

    /// Whether a key of a PostgreSQL residue is about it.
    fn is_of(self, key: &str) -> bool {
        let fact = fact(key).map_or("", |(_, fact)| fact);
        match self {
            Self::Owners => fact == "owner",
            Self::Privileges => fact == "privileges",
            Self::Comments => fact == "comment",
            Self::Storage => ["storage", "compression", "tablespace", "clustered"].contains(&fact),
            Self::Statistics => {
                fact == "statistics" || fact == "options" && key.starts_with("column ")
            }
            Self::Publications => key.starts_with("publication "),
            Self::Subscriptions => key.starts_with("subscription "),
            Self::EventTriggers => key.starts_with("event trigger "),
            Self::Foreign => ["foreign-data wrapper ", "server ", "user mapping for "]
                .iter()
                .any(|start| key.starts_with(start)),
            Self::Settings => key.starts_with("database: settings"),
            Self::Labels => fact.starts_with("label for "),
        }
    }
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Aspect {
    type Err = UnknownAspect;

    fn from_str(word: &str) -> Result<Self, UnknownAspect> {
        Self::ALL
            .into_iter()
            .find(|one| one.as_str() == word)
            .ok_or_else(|| UnknownAspect {
                word: word.to_owned(),
            })
    }
}

/// What a comparison leaves out because somebody said so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignored(pub BTreeSet<Aspect>);

impl Ignored {
    /// Whether nothing is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The words, as a sentence names them: `owners, privileges and comments`.
    #[must_use]
    pub fn words(&self) -> String {
        let words: Vec<&str> = self.0.iter().map(|aspect| aspect.as_str()).collect();
        match words.split_last() {
            None => String::new(),
            Some((last, [])) => (*last).to_owned(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
        }
    }

    /// Whether a key of a residue is left out.
    pub fn takes(&self, key: &str) -> bool {
        self.0.iter().any(|aspect| aspect.is_of(key))
    }

    /// Takes it out of a residue.
    pub fn take_out(&self, residue: &mut BTreeMap<String, String>) {
        residue.retain(|key, _| !self.takes(key));
    }

    /// Makes `target` say of it what `before` says, so that no operation is about it.
    pub fn keep(&self, before: &Schema, target: &mut Schema) {
        if self.0.contains(&Aspect::Comments) {
            keep_comments(before, target);
        }
        let kinds = [
            (Aspect::Publications, SqlObjectKind::Publication),
            (Aspect::EventTriggers, SqlObjectKind::EventTrigger),
        ];
        for (_, kind) in kinds.iter().filter(|(aspect, _)| self.0.contains(aspect)) {
            target.sql_objects.retain(|object| object.kind != *kind);
            let theirs = before.sql_objects.iter();
            let theirs = theirs.filter(|object| object.kind == *kind).cloned();
            target.sql_objects.extend(theirs);
        }
    }
}

fn keep_comments(before: &Schema, target: &mut Schema) {
    for (name, table) in &mut target.tables {
        let Some(former) = before.tables.get(name) else {
            continue;
        };
        table.comment.clone_from(&former.comment);
        for column in &mut table.columns {
            if let Some(former) = former.column(&column.name) {
                column.comment.clone_from(&former.comment);
            }
        }
        for (name, constraint) in &mut table.constraints {
            if let Some(former) = former.constraints.get(name) {
                constraint.comment.clone_from(&former.comment);
            }
        }
        for (name, index) in &mut table.indexes {
            if let Some(former) = former.indexes.get(name) {
                index.comment.clone_from(&former.comment);
            }
        }
    }
    for (name, enum_type) in &mut target.enums {
        if let Some(former) = before.enums.get(name) {
            enum_type.comment.clone_from(&former.comment);
        }
    }
    let is_comment = |setting: &Setting| setting.kind == SettingKind::Comment;
    let sql_objects = std::mem::take(&mut target.sql_objects).into_iter();
    target.sql_objects = sql_objects
        .map(|mut object| {
            let former = before.sql_objects.iter();
            let former = former.clone().find(|one| one.key() == object.key());
            if let Some(former) = former {
                object.settings.retain(|setting| !is_comment(setting));
                let comments = former.settings.iter().filter(|one| is_comment(one));
                object.settings.extend(comments.cloned());
            }
            object
        })
        .collect();
}

/// What a key of a PostgreSQL residue is about, and what it says of that, unless it says what it is:
/// `table t` and `owner` of `table t: owner`.
#[must_use]
pub fn fact(key: &str) -> Option<(&str, &str)> {
    let is_named_behind = ["constraint on ", "trigger on ", "rule on ", "policy on "]
        .iter()
        .any(|start| key.starts_with(start));
    let mut colons = Vec::new();
    let mut is_quoted = false;
    for (place, letter) in key.char_indices() {
        match letter {
            '"' => is_quoted = !is_quoted,
            ':' if !is_quoted && key[place..].starts_with(": ") => colons.push(place),
            _ => {}
        }
    }
    let first = usize::from(is_named_behind);
    let place = *colons.get(first..)?.last()?;
    Some((&key[..place], &key[place + 2..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_an_aspect_and_a_name_is_none() {
        for aspect in Aspect::ALL {
            assert_eq!(aspect.as_str().parse(), Ok(aspect));
        }
        assert!("owner".parse::<Aspect>().is_err());
        let ignored = Ignored([Aspect::Owners, Aspect::Comments, Aspect::Statistics].into());
        assert_eq!(ignored.words(), "owners, comments and statistics");
        let all = Ignored(Aspect::ALL.into());
        for (key, is_taken) in [
            ("table t: owner", true),
            ("constraint on t: owner", false),
            ("constraint on t: owner: comment", true),
            ("trigger on t: comment", false),
            ("column t.\"a: owner\"", false),
            ("column t.a: options", true),
            ("table t: options", false),
            ("default privileges of clerk on tables: privileges", true),
            ("database: settings of clerk", true),
            ("extension hstore", false),
        ] {
            assert_eq!(all.takes(key), is_taken, "{key}");
        }
    }
}

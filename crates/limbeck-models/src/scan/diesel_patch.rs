//! The patch that Diesel puts on the file that it prints: the columns that it takes out are in the database, and nobody
//! speaks of them.

use std::cmp::Reverse;

/// A column that a patch takes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TakenOut {
    /// The line of the file in front of which it stood, from 1.
    pub(super) line: usize,
    /// Its name.
    pub(super) column: String,
}

/// What a patch takes out of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Patch {
    pub(super) taken_out: Vec<TakenOut>,
    /// The lines of hunks that take something out and fit nowhere.
    pub(super) without_place: Vec<usize>,
}

/// Finds what `patch`, a unified diff, has taken out of `text`.
pub(super) fn read(patch: &str, text: &str) -> Patch {
    let lines: Vec<&str> = text.lines().collect();
    let mut result = Patch::default();
    for hunk in hunks(patch) {
        for (position, column) in hunk.columns() {
            match hunk.place(position, &lines) {
                Some(place) => result.taken_out.push(TakenOut {
                    line: place + 1,
                    column,
                }),
                None if !result.without_place.contains(&hunk.line) => {
                    result.without_place.push(hunk.line);
                }
                None => {}
            }
        }
    }
    result
}

struct Hunk<'a> {
    /// Where it stands in the patch, from 1.
    line: usize,
    /// Where its new side starts in the file, from 0.
    start: usize,
    lines: Vec<Line<'a>>,
}

enum Line<'a> {
    Kept(&'a str),
    Added(&'a str),
    TakenOut(&'a str),
}

fn hunks(patch: &str) -> Vec<Hunk<'_>> {
    let mut hunks: Vec<Hunk<'_>> = Vec::new();
    let mut is_open = false;
    for (number, line) in patch.lines().enumerate() {
        if let Some(start) = start(line) {
            is_open = true;
            hunks.push(Hunk {
                line: number + 1,
                start,
                lines: Vec::new(),
            });
            continue;
        }
        is_open &= !line.starts_with("--- ");
        let (true, Some(hunk)) = (is_open, hunks.last_mut()) else {
            continue;
        };
        match (line.as_bytes().first(), line.get(1..)) {
            (Some(b'+'), Some(rest)) => hunk.lines.push(Line::Added(rest)),
            (Some(b'-'), Some(rest)) => hunk.lines.push(Line::TakenOut(rest)),
            (Some(b' '), Some(rest)) => hunk.lines.push(Line::Kept(rest)),
            // Editors take the blank away.
            (None, _) => hunk.lines.push(Line::Kept("")),
            _ => {}
        }
    }
    hunks
}

/// Where the new side starts: `@@ -169,12 +169,6 @@`.
fn start(line: &str) -> Option<usize> {
    let ranges = line.strip_prefix("@@ -")?;
    let (_, new) = ranges.split_once(" +")?;
    let digits = new.split([',', ' ']).next()?;
    let line: usize = digits.parse().ok()?;
    Some(line.saturating_sub(1))
}

impl Hunk<'_> {
    /// The columns that it takes out for good, each with the lines of the new side in front of it.
    fn columns(&self) -> Vec<(usize, String)> {
        let added = self.lines.iter().filter_map(|line| match line {
            Line::Added(text) => column(text),
            Line::Kept(_) | Line::TakenOut(_) => None,
        });
        let added: Vec<&str> = added.collect();
        let mut columns = Vec::new();
        let mut behind = 0;
        let mut named = None;
        let mut is_whole_table = false;
        for line in &self.lines {
            let Line::TakenOut(text) = line else {
                behind += 1;
                continue;
            };
            is_whole_table |= text.contains("table!");
            if let Some(name) = sql_name(text) {
                named = Some(name.to_owned());
            } else if let Some(column) = column(text) {
                let name = named.take().unwrap_or_else(|| column.to_owned());
                if !is_whole_table && !added.contains(&column) {
                    columns.push((behind, name));
                }
            }
            is_whole_table &= *text != "}";
        }
        columns
    }

    /// The line of the file, from 0, in front of which something stood that has so many lines of the new side before it.
    ///
    /// It is where most of these lines, and of those behind it, still stand, and of several such places the one nearest to
    /// where the hunk says: what was written there since then takes only one of the two sides away.
    fn place(&self, position: usize, lines: &[&str]) -> Option<usize> {
        let side: Vec<&str> = self
            .lines
            .iter()
            .filter_map(|line| match line {
                Line::Kept(text) | Line::Added(text) => Some(*text),
                Line::TakenOut(_) => None,
            })
            .collect();
        let (before, behind) = side.split_at(position);
        let alike = |place: usize| {
            let (above, below) = lines.split_at(place);
            let above = above.iter().rev().zip(before.iter().rev());
            let below = below.iter().zip(behind);
            let is_same = |(one, other): &(&&str, &&str)| one == other;
            let same = above.take_while(is_same).chain(below.take_while(is_same));
            // A bracket stands everywhere.
            same.fold((0, 0), |(words, all), (line, _)| {
                let has_word = line.contains(char::is_alphanumeric);
                (words + usize::from(has_word), all + 1)
            })
        };
        let said = self.start.saturating_add(position);
        let places = (0..=lines.len()).map(|place| (alike(place), place));
        let ((_, alike), place) =
            places.max_by_key(|(alike, place)| (*alike, Reverse(place.abs_diff(said))))?;
        (alike >= side.len().min(3)).then_some(place)
    }
}

/// The name in `name -> Text,`.
fn column(line: &str) -> Option<&str> {
    let (name, _) = line.trim().split_once(" -> ")?;
    let name = name.strip_prefix("r#").unwrap_or(name);
    let is_word = name
        .chars()
        .all(|char| char.is_alphanumeric() || char == '_');
    (is_word && !name.is_empty()).then_some(name)
}

/// The name in `#[sql_name = "name"]`.
fn sql_name(line: &str) -> Option<&str> {
    let rest = line.trim().strip_prefix("#[sql_name = \"")?;
    rest.strip_suffix("\"]")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = "\
diesel::table! {
    a (id) {
        id -> Int4,
        slug -> Text,
    }
}

diesel::table! {
    b (id) {
        id -> Int4,
        slug -> Text,
        more -> Text,
    }
}
";

    fn found(patch: &str) -> Vec<(usize, String)> {
        let patch = read(patch, SCHEMA);
        assert_eq!(patch.without_place, Vec::<usize>::new());
        let taken_out = patch.taken_out.into_iter();
        taken_out.map(|one| (one.line, one.column)).collect()
    }

    #[test]
    fn a_column_is_found_where_the_rest_of_its_hunk_is() {
        let hunk =
            |line: usize, rest: &str| format!("--- a\n+++ b\n@@ -{line},4 +{line},3 @@\n{rest}");
        let taken =
            "         id -> Int4,\n-        path -> Ltree,\n         slug -> Text,\n     }\n";
        assert_eq!(found(&hunk(3, taken)), [(4, "path".to_owned())]);
        // The nearest of two places, but for one where more of it stands.
        assert_eq!(found(&hunk(30, taken)), [(4, "path".to_owned())]);
        let short = taken.replace("     }\n", "");
        assert_eq!(found(&hunk(30, &short)), [(11, "path".to_owned())]);
        // Where the rest of the hunk has changed since then.
        let changed = "     b (id) {\n         id -> Int4,\n         slug -> Text,\n-        path -> Ltree,\n     }\n }\n \n";
        assert_eq!(found(&hunk(9, changed)), [(12, "path".to_owned())]);
        let named = "         id -> Int4,\n-        #[sql_name = \"type\"]\n-        type_ -> Text,\n         slug -> Text,\n";
        assert_eq!(found(&hunk(1, named)), [(4, "type".to_owned())]);
        // Another type, and a table that is taken out as a whole.
        let changed = "-        slug -> Varchar,\n+        slug -> Text,\n";
        assert_eq!(found(&hunk(4, changed)), []);
        let table = "-diesel::table! {\n-    c (id) {\n-        id -> Int4,\n-    }\n-}\n-\n diesel::table! {\n";
        assert_eq!(found(&hunk(1, table)), []);
    }

    #[test]
    fn a_hunk_that_fits_nowhere_is_told() {
        let patch = read("@@ -1,2 +1,1 @@\n never -> Text,\n-path -> Text,\n", SCHEMA);
        assert_eq!(patch.without_place, [1]);
        assert_eq!(patch.taken_out, []);
    }
}

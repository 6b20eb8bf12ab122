//! Draws a history as a graph of lines, newest revision first.

use std::collections::BTreeSet;

use limbeck_core::revision::{Graph, RevisionId};

use crate::commands::show::Shown;

/// The lines of a drawing: one for each revision, and those that lead from one to the other.
pub(super) fn lines(graph: &Graph, shown: &[Shown<'_>]) -> Vec<String> {
    let ids: BTreeSet<&RevisionId> = shown.iter().map(|one| one.revision).collect();
    let is_shown = |id: &&RevisionId| ids.contains(id);
    let nodes = shown.iter().map(|one| Node {
        id: one.revision,
        parents: one.parents.iter().filter(is_shown).collect(),
        sign: if one.is_current == Some(true) {
            '●'
        } else {
            '○'
        },
        text: one.line_with_needs(graph),
    });
    let mut drawing = Drawing::default();
    for node in nodes {
        drawing.add(&node);
    }
    drawing.lines
}

/// A revision as it is drawn.
struct Node<'a> {
    id: &'a RevisionId,
    /// Those that are drawn, too.
    parents: Vec<&'a RevisionId>,
    sign: char,
    text: String,
}

#[derive(Default)]
struct Drawing<'a> {
    /// The revision to which each column leads down.
    columns: Vec<Option<&'a RevisionId>>,
    lines: Vec<String>,
}

impl<'a> Drawing<'a> {
    fn add(&mut self, node: &Node<'a>) {
        let leads_here = |column: &Option<&RevisionId>| *column == Some(node.id);
        let mut arriving = (0..self.columns.len()).filter(|at| leads_here(&self.columns[*at]));
        let column = arriving.next();
        let joining: Vec<usize> = arriving.collect();
        let column = column.unwrap_or_else(|| self.free(0));
        if !joining.is_empty() {
            let line = self.line_between(column, &joining, '╯', '┴');
            self.lines.push(line);
            for at in joining {
                self.columns[at] = None;
            }
        }
        self.columns[column] = Some(node.id);
        let signs = self
            .columns
            .iter()
            .enumerate()
            .map(|(at, leads)| match leads {
                _ if at == column => node.sign,
                Some(_) => '│',
                None => ' ',
            });
        let drawn: Vec<String> = signs.map(String::from).collect();
        let drawn = drawn.join(" ");
        self.lines
            .push(format!("{}  {}", drawn.trim_end(), node.text));
        self.columns[column] = node.parents.first().copied();
        let others = node.parents.iter().skip(1);
        let mut going = Vec::new();
        let mut new = Vec::new();
        for parent in others {
            let known = self
                .columns
                .iter()
                .position(|leads| *leads == Some(*parent));
            let at = known.unwrap_or_else(|| self.free(column + 1));
            if known.is_none() {
                self.columns[at] = Some(*parent);
                new.push(at);
            }
            going.push(at);
        }
        if !going.is_empty() {
            let line = self.line_to(column, &going, &new);
            self.lines.push(line);
        }
        while self.columns.last() == Some(&None) {
            self.columns.pop();
        }
    }

    /// A column from `start` on that leads nowhere.
    fn free(&mut self, start: usize) -> usize {
        let mut columns = self.columns.iter().enumerate().skip(start);
        let free = columns.find(|(_, leads)| leads.is_none());
        match free.map(|(at, _)| at) {
            Some(at) => at,
            None => {
                self.columns.push(None);
                self.columns.len() - 1
            }
        }
    }

    /// A line on which columns to the right end in one.
    fn line_between(&self, column: usize, others: &[usize], last: char, inner: char) -> String {
        let end = others.iter().copied().max().unwrap_or(column);
        self.line(column, end, |at| {
            if at == column {
                Some('├')
            } else if at == end {
                Some(last)
            } else {
                others.contains(&at).then_some(inner)
            }
        })
    }

    /// A line on which columns go out of one, some of them new.
    fn line_to(&self, column: usize, others: &[usize], new: &[usize]) -> String {
        let all = || others.iter().copied().chain([column]);
        let start = all().min().unwrap_or(column);
        let end = all().max().unwrap_or(column);
        self.line(start, end, |at| {
            let (is_start, is_end) = (at == start, at == end);
            if at != column && !others.contains(&at) {
                return None;
            }
            Some(match (new.contains(&at), is_start, is_end) {
                (true, _, true) => '╮',
                (true, _, false) => '┬',
                (false, true, _) => '├',
                (false, false, true) => '┤',
                (false, false, false) => '┼',
            })
        })
    }

    /// A line with a bar from one column to another; `sign` says what stands in some of its columns.
    fn line(&self, start: usize, end: usize, sign: impl Fn(usize) -> Option<char>) -> String {
        let mut line = String::new();
        for (at, leads) in self.columns.iter().enumerate() {
            let is_in = (start..=end).contains(&at);
            let own = if is_in { sign(at) } else { None };
            line.push(match (own, leads, is_in) {
                (Some(own), _, _) => own,
                (None, Some(_), true) => '┼',
                (None, Some(_), false) => '│',
                (None, None, true) => '─',
                (None, None, false) => ' ',
            });
            line.push(if is_in && at < end { '─' } else { ' ' });
        }
        line.trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws `id parents…`, newest first.
    fn drawn(history: &[&str]) -> String {
        let ids: Vec<Vec<RevisionId>> = history
            .iter()
            .map(|line| line.split(' ').map(|id| id.parse().unwrap()).collect())
            .collect();
        let mut drawing = Drawing::default();
        for ids in &ids {
            drawing.add(&Node {
                id: &ids[0],
                parents: ids[1..].iter().collect(),
                sign: '○',
                text: ids[0].to_string(),
            });
        }
        drawing.lines.join("\n")
    }

    #[test]
    fn a_line() {
        insta::assert_snapshot!(drawn(&["c b", "b a", "a"]), @r#"
        ○  c
        ○  b
        ○  a
        "#);
    }

    #[test]
    fn branches_and_their_merge() {
        insta::assert_snapshot!(drawn(&["n m", "m c b", "c a", "b a", "a"]), @r#"
        ○  n
        ○  m
        ├─╮
        ○ │  c
        │ ○  b
        ├─╯
        ○  a
        "#);
    }

    #[test]
    fn two_heads_and_three_branches() {
        insta::assert_snapshot!(drawn(&["e a", "d a", "c b", "b a", "a"]), @r#"
        ○  e
        │ ○  d
        │ │ ○  c
        │ │ ○  b
        ├─┴─╯
        ○  a
        "#);
    }

    #[test]
    fn a_line_between_is_crossed() {
        insta::assert_snapshot!(drawn(&["f a", "e b", "d a", "c b", "b a", "a"]), @r#"
        ○  f
        │ ○  e
        │ │ ○  d
        │ │ │ ○  c
        │ ├─┼─╯
        │ ○ │  b
        ├─┴─╯
        ○  a
        "#);
    }

    #[test]
    fn a_merge_into_a_line_that_is_there() {
        insta::assert_snapshot!(drawn(&["e b", "d b c", "c a", "b a", "a"]), @r#"
        ○  e
        │ ○  d
        │ ├─╮
        │ │ ○  c
        ├─╯ │
        ○   │  b
        ├───╯
        ○  a
        "#);
    }

    #[test]
    fn several_trees() {
        insta::assert_snapshot!(drawn(&["d b", "c a", "b", "a"]), @r#"
        ○  d
        │ ○  c
        ○ │  b
          ○  a
        "#);
    }

    #[test]
    fn a_merge_of_three() {
        insta::assert_snapshot!(drawn(&["m d c b", "d a", "c a", "b a", "a"]), @r#"
        ○  m
        ├─┬─╮
        ○ │ │  d
        │ ○ │  c
        │ │ ○  b
        ├─┴─╯
        ○  a
        "#);
    }
}

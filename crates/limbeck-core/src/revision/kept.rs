//! What a database keeps of a revision, so that it can be taken back where no file has it.

use std::collections::BTreeMap;

use crate::dialect::Dialect;
use crate::revision::{
    Direction, Revision, RevisionError, RevisionId, Section, SectionError, Sections, parse, render,
};

/// Writes the revision as it is kept: its header, and the way back on one dialect.
///
/// # Errors
///
/// When the dialect has no way back, or it is still to be written.
pub fn keep(revision: &Revision, dialect: Dialect) -> Result<String, SectionError> {
    let downgrade = revision.section(Direction::Downgrade, dialect)?;
    let only = |section: Section| Sections {
        common: None,
        dialects: BTreeMap::from([(dialect, section)]),
    };
    let kept = Revision {
        pending: [].into(),
        dialects: [].into(),
        // Only who has not run it asks.
        replaces: Vec::new(),
        upgrade: only(Section::Steps(Vec::new())),
        downgrade: only(downgrade.clone()),
        ..revision.clone()
    };
    Ok(render(&kept))
}

/// Reads what was kept of a revision; `place` is what errors call it. What is of another revision is none of this one.
///
/// # Errors
///
/// When the text is no revision.
pub fn kept(id: &RevisionId, text: &str, place: &str) -> Result<Option<Revision>, RevisionError> {
    let revision = parse(text, place)?;
    Ok((revision.id == *id).then_some(revision))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_goes_back_the_same_way() {
        let file = "-- Title\n--\n-- more\n--\n-- revision: b\n-- parents: a\n-- label: x\n-- depends_on: c\n-- dialects: postgres\n\n\
            -- upgrade\nCREATE TABLE t (id int);\n\n\
            -- downgrade\n-- step\nDROP TABLE t;\n-- step: no transaction\nVACUUM;\n\n\
            -- upgrade sqlite\nSELECT 1;\n-- downgrade sqlite: irreversible, rows are gone\n";
        let revision = parse(file, "b.sql").expect("is a revision");
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            let text = keep(&revision, dialect).expect("has a way back");
            let back = kept(&revision.id, &text, "history")
                .expect("is read")
                .expect("is this one");
            assert_eq!(
                back.section(Direction::Downgrade, dialect),
                revision.section(Direction::Downgrade, dialect),
                "{text}"
            );
            assert_eq!(
                (back.parents, back.depends_on, back.label, back.description),
                (
                    revision.parents.clone(),
                    revision.depends_on.clone(),
                    revision.label.clone(),
                    revision.description.clone()
                )
            );
            let other = "a".parse().expect("is an id");
            assert_eq!(kept(&other, &text, "history").expect("is read"), None);
        }
    }
}

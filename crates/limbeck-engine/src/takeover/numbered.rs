//! Names of files that begin with a number: `12_add_tasks.sql`, of which several tools have dialects of their own.

/// A whole number, as a table spells it, and what follows its `_`.
pub(super) fn numbered(name: &str) -> Option<(u64, &str)> {
    let (number, rest) = name.split_once('_')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    Some((number.parse().ok().filter(|_| is_number)?, rest))
}

/// What a file is called besides its version, for people.
pub(super) fn title(name: &str) -> String {
    name.trim_matches(['_', '-']).replace(['_', '-'], " ")
}

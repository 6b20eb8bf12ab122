//! Finds what somebody probably meant to type.

use crate::schema::distance;

/// Returns at most three of the words, the nearest first, that are no more than a third away.
pub(crate) fn nearest<'a>(text: &str, words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let limit = (text.chars().count() / 3).clamp(1, 4);
    let mut found: Vec<(usize, &str)> = words
        .map(|word| (distance(text, word), word))
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    found.sort_unstable();
    found.into_iter().take(3).map(|(_, word)| word).collect()
}

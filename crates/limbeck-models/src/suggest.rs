//! "Did you mean": the nearest of a list of words.

use limbeck_core::schema::distance;

/// The word nearest to `word`, if one is near enough to have been meant.
pub(crate) fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A word of one or two letters is near to every other.
    let limit = match word.chars().count() {
        0..=2 => 0,
        length => (length / 3).max(1),
    };
    let lower = word.to_lowercase();
    words
        .into_iter()
        .map(|candidate| (distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// "did you mean `x`?", or all words where none is near.
pub(crate) fn hint<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    match nearest(word, words.iter().copied()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None if words.is_empty() => "there is nothing to choose from".to_owned(),
        None => format!("one of {}", listed(&words)),
    }
}

/// The words in backticks, with commas.
pub(crate) fn listed<S: AsRef<str>>(words: &[S]) -> String {
    let words: Vec<String> = words
        .iter()
        .map(|word| format!("`{}`", word.as_ref()))
        .collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let words = ["max_length", "unique", "index", "references"];
        assert_eq!(nearest("max_lenght", words), Some("max_length"));
        assert_eq!(nearest("refrences", words), Some("references"));
        assert_eq!(nearest("indx", words), Some("index"));
        assert_eq!(nearest("autoincrement", words), None);
    }
}

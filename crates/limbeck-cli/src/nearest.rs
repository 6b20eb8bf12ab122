//! Finds the word that somebody probably meant.

use limbeck_core::schema::distance;

/// The word that is nearest to `text`, when it is near at all.
pub(crate) fn nearest<'a>(text: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (text.chars().count() / 3).clamp(1, 4);
    words
        .into_iter()
        .map(|word| (distance(text, word), word))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found() {
        let words = ["migrations", "models", "names"];
        assert_eq!(nearest("migratons", words), Some("migrations"));
        assert_eq!(nearest("modles", words), Some("models"));
        assert_eq!(nearest("xyz", words), None);
    }
}

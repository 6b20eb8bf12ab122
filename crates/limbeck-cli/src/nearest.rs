//! Finds the word that somebody probably meant.

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

/// How many letters must be added, taken out or changed to make one into the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.chars().enumerate() {
        let mut next = vec![index + 1];
        for (place, other) in to.iter().enumerate() {
            let change = row[place] + usize::from(letter != *other);
            next.push(change.min(row[place + 1] + 1).min(next[place] + 1));
        }
        row = next;
    }
    row[to.len()]
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

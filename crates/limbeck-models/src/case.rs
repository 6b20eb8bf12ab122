//! Letter cases: Rust names to SQL names.

/// How the names of variants become values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenameRule {
    /// `in_progress`.
    SnakeCase,
    /// `inprogress`.
    LowerCase,
    /// `INPROGRESS`.
    UpperCase,
    /// `IN_PROGRESS`.
    ScreamingSnakeCase,
    /// `in-progress`.
    KebabCase,
    /// `inProgress`.
    CamelCase,
    /// `InProgress`, built from the words of the name.
    PascalCase,
    /// The name as it stands.
    AsIs,
}

impl RenameRule {
    /// The spellings that attributes accept.
    pub const NAMES: [&'static str; 8] = [
        "snake_case",
        "lowercase",
        "UPPERCASE",
        "SCREAMING_SNAKE_CASE",
        "kebab-case",
        "camelCase",
        "PascalCase",
        "as_is",
    ];

    /// The rule that an attribute spells so.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "snake_case" => Self::SnakeCase,
            "lowercase" => Self::LowerCase,
            "UPPERCASE" => Self::UpperCase,
            "SCREAMING_SNAKE_CASE" => Self::ScreamingSnakeCase,
            "kebab-case" => Self::KebabCase,
            "camelCase" => Self::CamelCase,
            "PascalCase" => Self::PascalCase,
            "as_is" => Self::AsIs,
            _ => return None,
        })
    }

    /// The value of a variant called `name`.
    pub fn apply(self, name: &str) -> String {
        match self {
            Self::SnakeCase => snake_case(name),
            Self::LowerCase => name.to_lowercase(),
            Self::UpperCase => name.to_uppercase(),
            Self::ScreamingSnakeCase => snake_case(name).to_uppercase(),
            Self::KebabCase => words(name).join("-"),
            Self::CamelCase => {
                let mut words = words(name).into_iter();
                let first = words.next().unwrap_or_default();
                first + &words.map(|word| capitalised(&word)).collect::<String>()
            }
            Self::PascalCase => words(name).iter().map(|word| capitalised(word)).collect(),
            Self::AsIs => name.to_owned(),
        }
    }
}

/// `TaskStatus` as `task_status`, `HTTPServer` as `http_server`, `Utf8Text` as `utf8_text`.
pub fn snake_case(name: &str) -> String {
    words(name).join("_")
}

/// The words of a name in lower case: a word starts at a capital that follows a small letter or
/// digit, and at the last capital of a run of them.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let letters: Vec<char> = name.chars().collect();
    for (position, letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            words.push(std::mem::take(&mut word));
            continue;
        }
        let before = position.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(position + 1);
        let starts = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_numeric()
                    || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
            });
        if starts {
            words.push(std::mem::take(&mut word));
        }
        word.extend(letter.to_lowercase());
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().collect::<String>() + letters.as_str(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_their_case() {
        assert_eq!(snake_case("Task"), "task");
        assert_eq!(snake_case("TaskStatus"), "task_status");
        assert_eq!(snake_case("HTTPServer"), "http_server");
        assert_eq!(snake_case("Utf8Text"), "utf8_text");
        let cases = [
            "in_progress",
            "inprogress",
            "INPROGRESS",
            "IN_PROGRESS",
            "in-progress",
            "inProgress",
            "InProgress",
            "InProgress",
        ];
        for (name, expected) in RenameRule::NAMES.into_iter().zip(cases) {
            let rule = RenameRule::from_name(name).expect("every listed name is a rule");
            assert_eq!(rule.apply("InProgress"), expected, "{name}");
        }
    }
}

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
    /// `IN-PROGRESS`.
    ScreamingKebabCase,
    /// `In Progress`.
    TitleCase,
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

    /// The rule that an attribute of sqlx, SeaORM or `diesel-derive-enum` spells so.
    pub(crate) fn from_foreign_name(name: &str) -> Option<Self> {
        Some(match name {
            "camel_case" => Self::PascalCase,
            "mixed_case" => Self::CamelCase,
            "snek_case" => Self::SnakeCase,
            "kebab_case" => Self::KebabCase,
            "shouty_snake_case" | "shouty_snek_case" => Self::ScreamingSnakeCase,
            "SCREAMING-KEBAB-CASE" => Self::ScreamingKebabCase,
            "title_case" => Self::TitleCase,
            "verbatim" => Self::AsIs,
            "as_is" => return None,
            other => return Self::from_name(other),
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
            Self::ScreamingKebabCase => words(name).join("-").to_uppercase(),
            Self::TitleCase => {
                let words: Vec<String> = words(name).iter().map(|word| capitalised(word)).collect();
                words.join(" ")
            }
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

/// The words of a name in lower case, as `heck` finds them, whom sqlx and SeaORM ask: a word starts
/// at a capital that follows a small letter, and at the last capital of a run of them. A digit counts
/// as what stands before it.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in name.split(|letter: char| !letter.is_alphanumeric()) {
        let letters: Vec<char> = part.chars().collect();
        let mut word = String::new();
        let mut before = None;
        for (position, letter) in letters.iter().enumerate() {
            let after = letters.get(position + 1);
            let starts = letter.is_uppercase()
                && match before {
                    Some(Letter::Small) => true,
                    Some(Letter::Capital) => after.is_some_and(|after| after.is_lowercase()),
                    None => false,
                };
            if starts {
                words.push(std::mem::take(&mut word));
            }
            if letter.is_lowercase() {
                before = Some(Letter::Small);
            } else if letter.is_uppercase() {
                before = Some(Letter::Capital);
            }
            word.extend(letter.to_lowercase());
        }
        words.push(word);
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The last letter that has a case.
#[derive(Clone, Copy)]
enum Letter {
    Small,
    Capital,
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

    #[test]
    fn words_are_those_that_the_drivers_find() {
        use heck::{
            ToKebabCase, ToLowerCamelCase, ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase,
        };
        for name in [
            "created_at",
            "CreatedAt",
            "HTTPServer",
            "HTTP2Server",
            "Utf8Text",
            "A1B",
            "FOO1BAR",
            "a1B",
            "x",
            "X",
            "XMLHttp",
            "_private",
            "two__lines",
            "Ünïcode",
            "ÄÖü",
            "i18n",
            "Ab1Cd2",
            "aB",
            "ABc",
        ] {
            assert_eq!(
                RenameRule::SnakeCase.apply(name),
                name.to_snake_case(),
                "{name}"
            );
            assert_eq!(
                RenameRule::CamelCase.apply(name),
                name.to_lower_camel_case(),
                "{name}"
            );
            assert_eq!(
                RenameRule::PascalCase.apply(name),
                name.to_upper_camel_case(),
                "{name}"
            );
            assert_eq!(
                RenameRule::KebabCase.apply(name),
                name.to_kebab_case(),
                "{name}"
            );
            assert_eq!(
                RenameRule::ScreamingSnakeCase.apply(name),
                name.to_shouty_snake_case(),
                "{name}"
            );
        }
    }
}

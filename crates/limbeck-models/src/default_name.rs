//! Names that members have when nobody names them, and the columns that such a name is made of.

use limbeck_core::schema::naming;

/// The name from a template; one without columns leaves their place out.
pub(crate) fn default_name(template: &str, table: &str, columns: &[String]) -> String {
    if columns.is_empty() {
        return naming::fill(&template.replace("_{columns}", ""), table, columns);
    }
    naming::fill(template, table, columns)
}

/// The columns that an expression names outside its strings, the first mentioned first.
pub(crate) fn mentioned(columns: &[&str], expression: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (position, outside) in expression.split('\'').enumerate() {
        if position % 2 == 1 {
            continue;
        }
        let words = outside
            .split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '$');
        for word in words {
            let column = columns
                .iter()
                .find(|name| **name == word || **name == word.to_lowercase());
            if let Some(column) = column
                && !found.iter().any(|one| one == column)
            {
                found.push((*column).to_owned());
            }
        }
    }
    found
}

//! Paths of SQLite files where a URL is wanted.

use std::path::Path;

/// What files of SQLite are called at their end.
const ENDS: [&str; 3] = ["db", "sqlite", "sqlite3"];

/// The URL of the file whose path the text is, in the spelling that Limbeck, Diesel and sqlx read alike; none where the text is no
/// path. One that may hold a password is a path only where the file is there.
pub(super) fn url_of(text: &str, base: &Path) -> Option<String> {
    let (path, query) = match text.strip_prefix("file:") {
        // SQLite's own URLs, which Diesel takes too.
        Some(rest) => {
            let rest = rest.strip_prefix("//").unwrap_or(rest);
            match rest.split_once('?') {
                Some((path, query)) => (path, Some(query)),
                None => (rest, None),
            }
        }
        None => (text, None),
    };
    let is_path = || {
        let name = Path::new(path);
        let end = name.extension().and_then(|end| end.to_str());
        let is_called_so = end.is_some_and(|end| ENDS.contains(&end));
        is_called_so && !has_scheme(path) && !path.contains(['@', '=', '?', ' '])
    };
    let is_there = || !path.contains("://") && base.join(path).is_file();
    if !is_path() && !is_there() {
        return None;
    }
    // A backslash is a letter of names elsewhere.
    let path = if cfg!(windows) {
        path.replace('\\', "/")
    } else {
        path.to_owned()
    };
    let path = path.trim_start_matches("./");
    let is_of_windows = cfg!(windows) && path.as_bytes().get(1) == Some(&b':');
    let slash = if is_of_windows { "/" } else { "" };
    let path = path
        .replace('%', "%25")
        .replace('?', "%3F")
        .replace('#', "%23");
    let query = query.map_or(String::new(), |query| format!("?{query}"));
    Some(format!("sqlite://{slash}{path}{query}"))
}

/// Whether a colon stands elsewhere than behind the letter of a drive, which Windows has.
fn has_scheme(path: &str) -> bool {
    path.match_indices(':')
        .any(|(at, _)| !cfg!(windows) || at != 1)
}

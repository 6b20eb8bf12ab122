//! The implementation of `embed!`: which files there are, and whether they are revisions.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use limbeck_core::revision::{self, FileKind, Graph};
use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;
use syn::parse::Parser;
use syn::punctuated::Punctuated;

pub(crate) fn expand(input: TokenStream) -> Result<TokenStream, syn::Error> {
    let folders = Punctuated::<LitStr, syn::Token![,]>::parse_terminated.parse2(input)?;
    let Some(first) = folders.first() else {
        let text = "name the folder with the revisions: embed!(\"migrations\")";
        return Err(syn::Error::new(proc_macro2::Span::call_site(), text));
    };
    let base = env::var_os("CARGO_MANIFEST_DIR").map_or_else(PathBuf::new, PathBuf::from);
    let mut revisions = Vec::new();
    let mut embedded = Vec::new();
    for folder in &folders {
        let failed = |text: String| syn::Error::new(folder.span(), text);
        let name = folder.value();
        let path = base.join(&name);
        let files = files(&path).map_err(|error| {
            failed(format!(
                "the folder {} cannot be read: {error}",
                path.display()
            ))
        })?;
        let mut entries = Vec::new();
        for (file, text) in files {
            let shown = format!("{name}/{file}");
            let parsed = revision::parse(&text, &shown);
            let parsed = parsed.map_err(|error| failed(error.to_string()))?;
            let written = parsed.ensure_written();
            written.map_err(|error| failed(format!("{error}: write its SQL, or `-- nothing`")))?;
            revisions.push((parsed, shown));
            let whole = path.join(&file).display().to_string();
            entries.push(quote! { (#file, ::core::include_str!(#whole)) });
        }
        let place = format!("/{name}");
        embedded.push(quote! {
            ::limbeck::migrator::Embedded {
                name: #name,
                files: &[#(#entries),*],
                path: if ::core::cfg!(debug_assertions) {
                    ::core::option::Option::Some(
                        ::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), #place)
                    )
                } else {
                    ::core::option::Option::None
                },
            }
        });
    }
    Graph::new(revisions).map_err(|error| syn::Error::new(first.span(), error.to_string()))?;
    let number = embedded.len();
    Ok(quote! {{
        static FOLDERS: [::limbeck::migrator::Embedded; #number] = [#(#embedded),*];
        ::limbeck::migrator::Migrator::embedded(&FOLDERS)
    }})
}

/// The revision files of a folder with their texts, in the order of their names.
fn files(folder: &Path) -> io::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.filter(|name| FileKind::of(name) == FileKind::Revision);
        if let Some(name) = name
            && path.is_file()
        {
            files.push((name.to_owned(), fs::read_to_string(&path)?));
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "-- revision: a\n-- parents: none\n\n-- upgrade\nSELECT 1;\n";

    /// What the build says about a folder with these files.
    fn refusal(files: &[(&str, &str)]) -> Option<String> {
        let home = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            fs::write(home.path().join(name), text).expect(name);
        }
        let folder = home.path().display().to_string();
        let outcome = expand(quote! { #folder });
        outcome
            .err()
            .map(|error| error.to_string().replace(&folder, "m"))
    }

    #[test]
    fn folders_that_hold_no_history_do_not_build() {
        let whole = format!("{HEADER}-- downgrade\n-- nothing\n");
        let unwritten = format!("{HEADER}-- downgrade\n-- later\n");
        let orphan = whole
            .replace("none", "b")
            .replace("revision: a", "revision: c");
        for (files, expected) in [
            (
                vec![
                    ("a.sql", whole.as_str()),
                    ("scratch.sql", "x"),
                    ("README", "x"),
                ],
                None,
            ),
            (vec![], None),
            (vec![("a.sql", HEADER)], Some("m/a.sql:")),
            (
                vec![("a.sql", unwritten.as_str())],
                Some("m/a.sql:6: nobody has written the downgrade"),
            ),
            (
                vec![("a.sql", "SELECT 1;")],
                Some("m/a.sql:1: the header is missing"),
            ),
            (
                vec![("a.sql", whole.as_str()), ("b.sql", whole.as_str())],
                Some("m/a.sql:1 and m/b.sql:1"),
            ),
            (
                vec![("a.sql", whole.as_str()), ("c.sql", orphan.as_str())],
                Some("`b`"),
            ),
        ] {
            let found = refusal(&files);
            assert_eq!(found.is_some(), expected.is_some(), "{files:?}: {found:?}");
            let found = found.unwrap_or_default();
            assert!(
                found.contains(expected.unwrap_or_default()),
                "{files:?}: {found}"
            );
        }
        for (input, expected) in [
            (quote! { "no/such/folder" }, "no/such/folder cannot be read"),
            (quote! {}, "name the folder with the revisions"),
            (quote! { migrations }, "expected string literal"),
        ] {
            let error = expand(input).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}

//! What foreign attributes say of a field.

use limbeck_core::schema::{IdentityKind, SequenceOptions, Type};
use proc_macro2::Span;

use crate::attribute::{Argument, Located};
use crate::column::{ColumnDeclaration, DefaultValue, IdentityChoice, column_name, option_inner};
use crate::error::GrammarError;
use crate::vocabulary::Vocabulary;

use super::name::{ForeignName, Named, join_names};
use super::table::ForeignTable;
use super::{Said, diesel, sea_orm, sqlx};

/// What they say of a column.
#[derive(Default)]
pub(crate) struct ForeignColumn {
    pub(super) names: Vec<Said<ForeignName>>,
    /// The program neither reads nor writes it.
    pub(super) skip: Option<Said<()>>,
    /// The fields of the field's struct are columns, not the field.
    pub(super) nested: Option<Said<()>>,
    /// The type that the driver reads and writes, instead of the field's.
    pub(super) read_as: Option<Said<syn::Type>>,
    /// Kept as JSON; whether NULL is read.
    pub(super) json: Option<Said<bool>>,
    pub(super) data_type: Option<Said<Type>>,
    /// A type that is not known here, as written.
    pub(super) unknown_type: Option<Said<String>>,
    pub(super) primary_key: Option<Said<()>>,
    pub(super) auto_increment: Option<Said<bool>>,
    pub(super) unique: Option<Said<()>>,
    /// Part of a unique constraint of several columns, which has this name.
    pub(super) unique_key: Option<Said<String>>,
    pub(super) indexed: Option<Said<()>>,
    pub(super) nullable: Option<Said<()>>,
    pub(super) default: Option<Said<DefaultValue>>,
    /// A default that is Rust and no literal.
    pub(super) unknown_default: Option<Said<()>>,
    pub(super) comment: Option<Said<String>>,
    pub(super) renamed_from: Option<Said<String>>,
    pub(super) faults: Vec<GrammarError>,
}

/// Whether a field is a column, for foreign attributes.
pub(crate) enum FieldRole {
    /// It is one.
    Column,
    /// It is none.
    Skipped,
    /// It is not one column, or two attributes contradict each other.
    Refused(GrammarError),
}

impl ForeignColumn {
    /// Reads the attributes of a field.
    pub(crate) fn read(field: &syn::Field, vocabulary: Vocabulary) -> Self {
        let attributes = &field.attrs;
        let mut column = Self::default();
        match vocabulary {
            Vocabulary::Limbeck => {
                sqlx::column(attributes, &mut column);
                sea_orm::column(attributes, &mut column);
                diesel::column(attributes, &mut column);
            }
            #[cfg(feature = "scan")]
            Vocabulary::SeaOrm | Vocabulary::Diesel => {
                sea_orm::column(attributes, &mut column);
                sea_orm::relation_field(field, &mut column);
                // Rust that is not run says nothing; the database keeps the default that it has.
                column.unknown_default = None;
            }
        }
        column
    }

    pub(super) fn read_as(&mut self, argument: &Argument, by: &'static str) {
        let crate::attribute::Value::Equals(tokens) = &argument.value else {
            return;
        };
        let span = argument.value_span();
        // sqlx writes the type as a string, Diesel as a type.
        let rust_type = match syn::parse2::<syn::LitStr>(tokens.clone()) {
            Ok(text) => text.parse(),
            Err(_) => syn::parse2(tokens.clone()),
        };
        match rust_type {
            Ok(rust_type) => {
                let first = self.read_as.replace(Said::new(rust_type, span, by));
                if let Some(first) = first
                    && self
                        .read_as
                        .as_ref()
                        .is_some_and(|one| one.value != first.value)
                {
                    self.faults.push(GrammarError::against(
                        span,
                        first.span,
                        format!("{by} and {} name two types", first.by),
                        "write the type of the column: `#[column(sql_type = \"…\")]`",
                    ));
                }
            }
            Err(_) => self.faults.push(GrammarError::new(
                span,
                format!("what {by} names is no type"),
                "write the type of the column: `#[column(sql_type = \"…\")]`",
            )),
        }
    }

    /// Our attribute says that it is a column, whatever the program reads.
    pub(crate) fn is_kept(&mut self) {
        self.skip = None;
    }

    /// Whether the field is a column; `own` is where our attribute says that it is one.
    pub(crate) fn verdict(&self, own: Option<Span>, field: &str) -> FieldRole {
        if let Some(nested) = &self.nested {
            return FieldRole::Refused(GrammarError::new(
                nested.span,
                format!(
                    "`{field}` is no column for {}: the fields of its struct are",
                    nested.by
                ),
                "write those fields here, or leave it out with `#[column(skip)]`",
            ));
        }
        match (&self.skip, own) {
            (Some(_), None) => FieldRole::Skipped,
            (Some(skip), Some(own)) => FieldRole::Refused(GrammarError::against(
                own,
                skip.span,
                format!("`{field}` is a column, and none for {}", skip.by),
                "remove one of the two; a column that the program does not read is \
                 `#[column(skip = false)]`",
            )),
            _ => FieldRole::Column,
        }
    }

    /// Takes over what `column` is silent about, and refuses what contradicts it.
    pub(crate) fn join(
        mut self,
        table: &ForeignTable,
        column: &mut ColumnDeclaration,
        is_named: bool,
        errors: &mut Vec<GrammarError>,
    ) {
        errors.append(&mut self.faults);
        self.join_names(table, column, is_named, errors);
        self.join_type(table.vocabulary, column, errors);
        self.join_nullability(column, errors);
        if let Some(key) = &self.primary_key {
            column.primary_key = column.primary_key.or(Some(key.span));
        }
        match (&self.auto_increment, &column.identity) {
            (Some(said), Some(own)) if said.value != (own.value != IdentityChoice::No) => {
                errors.push(GrammarError::against(
                    own.span,
                    said.span,
                    format!(
                        "`identity` and {} of `{}` contradict each other",
                        said.by, column.field
                    ),
                    "remove one of the two",
                ));
            }
            (Some(said), None) if !said.value => {
                column.identity = Some(Located::new(IdentityChoice::No, said.span));
            }
            (Some(said), None) => {
                let by_default =
                    IdentityChoice::Yes(IdentityKind::ByDefault, SequenceOptions::default());
                column.identity = Some(Located::new(by_default, said.span));
            }
            _ => {}
        }
        if let Some(unique) = &self.unique
            && column.unique.is_none()
            && column.unique_index.is_none()
        {
            column.unique = Some(Located::new(None, unique.span));
        }
        if let Some(index) = &self.indexed
            && column.index.is_none()
            && column.unique_index.is_none()
        {
            column.index = Some(Located::new(None, index.span));
        }
        if let Some(key) = self.unique_key.take() {
            column.unique_key = Some(Located::new(key.value, key.span));
        }
        self.join_default(column, errors);
        if let (None, Some(comment)) = (&column.comment, self.comment) {
            column.comment = Some(comment.value);
        }
        if let (None, Some(from)) = (&column.renamed_from, self.renamed_from) {
            column.renamed_from = Some(Located::new(from.value, from.span));
        }
    }

    fn join_names(
        &self,
        table: &ForeignTable,
        column: &mut ColumnDeclaration,
        is_named: bool,
        errors: &mut Vec<GrammarError>,
    ) {
        let field = column_name(&column.field);
        let mut names = self.names.clone();
        // An attribute of the field comes before the rule of the struct, each for its own crate.
        for rule in &table.rules {
            let krate = |by: &'static str| by.split_once('(').map_or(by, |(krate, _)| krate);
            if names.iter().all(|name| krate(name.by) != krate(rule.by)) {
                let name = ForeignName::Sql(rule.value.apply(&field));
                names.push(Said::new(name, rule.span, rule.by));
            }
        }
        let named = Named {
            kind: "column",
            subject: &format!("the column of `{field}`"),
            is_ours: is_named,
        };
        join_names(&mut column.name, names, &named, errors);
    }

    fn join_type(
        &self,
        vocabulary: Vocabulary,
        column: &mut ColumnDeclaration,
        errors: &mut Vec<GrammarError>,
    ) {
        if let Some(read_as) = &self.read_as {
            column.read_as = Some(read_as.value.clone());
        }
        // Who spells the type in SQL answers for it.
        if column.sql_type.is_some() {
            return;
        }
        if let Some(said) = &self.unknown_type {
            if vocabulary != Vocabulary::Limbeck {
                column.unknown_type = Some(Located::new(said.value.clone(), said.span));
                return;
            }
            errors.push(GrammarError::new(
                said.span,
                format!(
                    "what `{}` of {} is in SQL is not certain",
                    said.value, said.by
                ),
                "say it: `#[column(sql_type = \"…\")]`",
            ));
            return;
        }
        if let Some(said) = &self.data_type {
            match agreement(column, said) {
                Agreement::Refused(own) => errors.push(GrammarError::against(
                    own,
                    said.span,
                    format!(
                        "the type of `{}` is another one for {}",
                        column.field, said.by
                    ),
                    "make the two types one",
                )),
                Agreement::Ours => {}
                Agreement::Theirs => {
                    column.data_type = Some(Located::new(said.value.clone(), said.span));
                }
            }
        } else if let Some(said) = &self.json
            && column.json.is_none()
        {
            column.json = Some(Located::new(Type::Jsonb, said.span));
        }
    }

    fn join_nullability(&self, column: &mut ColumnDeclaration, errors: &mut Vec<GrammarError>) {
        let is_option = option_inner(&column.rust_type).is_some();
        match (&self.json, &column.nullable) {
            (Some(said), None) if said.value => {
                column.nullable = Some(Located::new(true, said.span));
            }
            (Some(said), None) if is_option => errors.push(GrammarError::new(
                said.span,
                format!(
                    "{} reads no NULL into `{}`, which is an `Option`",
                    said.by, column.field
                ),
                "write `#[sqlx(json(nullable))]`, or `#[column(nullable = false)]` beside it",
            )),
            (Some(said), Some(own)) if said.value != own.value => {
                errors.push(GrammarError::against(
                    own.span,
                    said.span,
                    format!(
                        "`nullable` and {} of `{}` contradict each other",
                        said.by, column.field
                    ),
                    "write `json(nullable)` where the column admits NULL, and `json` elsewhere",
                ));
            }
            _ => {}
        }
        match (&self.nullable, &column.nullable) {
            (Some(said), None) => column.nullable = Some(Located::new(true, said.span)),
            (Some(said), Some(own)) if !own.value => errors.push(GrammarError::against(
                own.span,
                said.span,
                format!(
                    "`nullable` and {} of `{}` contradict each other",
                    said.by, column.field
                ),
                "remove one of the two",
            )),
            _ => {}
        }
    }

    fn join_default(&self, column: &mut ColumnDeclaration, errors: &mut Vec<GrammarError>) {
        if column.default.is_some() || column.generated.is_some() {
            return;
        }
        if let Some(default) = &self.default {
            column.default = Some(Located::new(default.value.clone(), default.span));
        } else if let Some(default) = &self.unknown_default {
            errors.push(GrammarError::new(
                default.span,
                format!("{} is Rust, which the scan does not run", default.by),
                "say the default: `#[column(default_sql = \"…\")]`",
            ));
        }
    }
}

/// Whose type a column has.
enum Agreement {
    Ours,
    Theirs,
    /// The two contradict each other; where ours stands.
    Refused(Span),
}

fn agreement(column: &ColumnDeclaration, said: &Said<Type>) -> Agreement {
    if let Some(json) = &column.json {
        return if json.value == said.value {
            Agreement::Ours
        } else {
            Agreement::Refused(json.span)
        };
    }
    if let Some(length) = &column.max_length {
        return match &said.value {
            Type::Varchar(None) => Agreement::Ours,
            Type::Varchar(Some(own)) if *own == length.value => Agreement::Ours,
            // Diesel has one type for all texts.
            Type::Text if said.by.contains("diesel") => Agreement::Ours,
            _ => Agreement::Refused(length.span),
        };
    }
    if let Some(precision) = &column.precision {
        let scale = column.scale.as_ref().map_or(0, |scale| scale.value);
        return match &said.value {
            Type::Numeric(None) | Type::Timestamp { .. } | Type::Time { .. } => Agreement::Ours,
            Type::Numeric(Some(digits)) if *digits == (precision.value, scale) => Agreement::Ours,
            _ => Agreement::Refused(precision.span),
        };
    }
    Agreement::Theirs
}

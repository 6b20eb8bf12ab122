use limbeck::Table;

#[derive(Table)]
struct User {
    #[column(primary_key)]
    id: i64,
    #[column(unique)]
    email: String,
}

#[derive(Table)]
#[table(foreign_key(columns(author), references = User(id)))]
struct Task {
    #[column(primary_key)]
    id: i32,
    #[column(references = User)]
    user_id: i32,
    #[column(references = User::email)]
    email: Option<i64>,
    author: Option<bool>,
}

fn main() {}

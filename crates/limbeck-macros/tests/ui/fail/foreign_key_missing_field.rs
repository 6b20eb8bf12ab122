use limbeck::Table;

#[derive(Table)]
struct User {
    #[column(primary_key)]
    id: i64,
}

struct Plain;

#[derive(Table)]
struct Task {
    #[column(primary_key)]
    id: i32,
    #[column(references = User::emial)]
    email: String,
    #[column(references = Plain)]
    plain: i64,
}

fn main() {}

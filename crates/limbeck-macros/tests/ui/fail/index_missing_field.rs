use limbeck::Table;

#[derive(Table)]
#[table(index(user_id, craeted_at), unique(owner))]
struct Task {
    #[column(primary_key)]
    id: i32,
    user_id: i32,
    created_at: i64,
}

fn main() {}

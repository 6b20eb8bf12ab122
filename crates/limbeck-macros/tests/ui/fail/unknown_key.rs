use limbeck::Table;

#[derive(Table)]
struct Task {
    #[column(primary_key, colour = "red")]
    id: i32,
}

fn main() {}

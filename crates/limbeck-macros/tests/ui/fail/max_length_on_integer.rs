use limbeck::Table;

#[derive(Table)]
struct Task {
    #[column(primary_key, max_length = 10)]
    id: i32,
    #[column(default = "zero")]
    count: i32,
}

fn main() {}

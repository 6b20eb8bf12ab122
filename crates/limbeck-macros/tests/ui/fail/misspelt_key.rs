use limbeck::Table;

#[derive(Table)]
#[table(nmae = "tasks")]
struct Task {
    #[column(primary_key)]
    id: i32,
    #[column(max_lenght = 200)]
    title: String,
}

fn main() {}
